import { createHash } from 'node:crypto'
import { setImmediate as breath } from 'node:timers/promises'
import { DateTime } from 'luxon'
import type {
  Actor,
  Desk,
  IncidentCommandInput,
  Instant,
  Outcome,
  TermsTimeline,
  TicketAggregate,
  TicketCommandInput,
  TicketPolicy,
  TicketState,
} from '@guichet/domain'
import {
  clockActor,
  declareIncident,
  elapsed,
  fold,
  hours,
  instant,
  later,
  minutes,
  questionBroughtBy,
  termsAt,
  ticketAggregate,
  ticketDeadlines,
} from '@guichet/domain'
import type { Chance, Writer } from './customers.ts'
import { createChance, customer, regular } from './customers.ts'
import type { Problem } from './phrases.ts'
import { phrases } from './phrases.ts'
import type { Agent } from './roster.ts'
import { agents, atWork, nextAtWork } from './roster.ts'
import type { Story } from './stories.ts'
import { writeStory } from './stories.ts'

type CaseSetting = {
  /** The prefix of the ids of the case's tickets and commands. */
  readonly prefix: string
  readonly arrival: Instant
  readonly end: Instant
  readonly customer: Writer
  readonly story: Story
  readonly chance: Chance
  readonly aggregate: TicketAggregate
  readonly timeline: TermsTimeline
  /** The time zone of its agents. */
  readonly timeZone: string
}

/**
 * Simulates one customer's case, one happening after the other, up to the end of the simulation. Deadlines fire in
 * between according to the terms. The happenings depend only on the setting, never on the answers of a store.
 */
export function* playCase(setting: CaseSetting): Generator<Happening> {
  const { prefix, arrival, end, customer } = setting
  const world = createCaseWorld(prefix, setting)
  const ticketId = `${prefix}-1`
  const writer: Actor = { kind: 'customer', id: customer.id, name: customer.name }
  let agent: Agent | undefined
  let now = arrival

  yield* world.act(ticketId, { at: arrival, by: writer }, opening(setting, arrival, 'question'))
  for (const next of setting.story.acts) {
    const plannedAt = later(now, next.after)
    if ('merge' in next) {
      now = yield* writeTwice(setting, world, plannedAt)
      continue
    }
    const turn =
      next.by === 'customer' ? { at: plannedAt, by: writer } : agentsTurn(setting, plannedAt, agent, next.level)
    if (turn.at > end) break
    yield* world.deadlinesUntil(turn.at)
    if ('weekdays' in turn.by && turn.by !== agent) {
      agent = turn.by
      yield* world.act(ticketId, turn, { type: 'assign', assignee: { id: agent.id, name: agent.name } })
    }
    if (!(yield* world.act(ticketId, turn, next.command))) break
    now = turn.at
  }
  yield* world.deadlinesUntil(end)
}

/** The ticket's assignee acts, unless that would take hours longer than for another agent. */
function agentsTurn(
  { timeZone, chance, customer: { language } }: CaseSetting,
  plannedAt: Instant,
  assignee: Agent | undefined,
  level: Agent['level'] = 1,
) {
  const mine = assignee?.level === level && { by: assignee, at: atWork(assignee, plannedAt, timeZone) }
  return mine && elapsed(plannedAt, mine.at) <= hours(3)
    ? mine
    : nextAtWork(plannedAt, timeZone, chance, { level, language })
}

/** The customer opens a second ticket about the same problem, and an agent merges it into the first. */
function* writeTwice(setting: CaseSetting, world: CaseWorld, at: Instant): Generator<Happening, Instant> {
  const { prefix, end, customer, timeZone, chance } = setting
  if (at > end) return at
  yield* world.deadlinesUntil(at)
  const by: Actor = { kind: 'customer', id: customer.id, name: customer.name }
  yield* world.act(`${prefix}-2`, { at, by }, opening(setting, at, 'details'))
  const merging = nextAtWork(later(at, chance.about(minutes(30))), timeZone, chance)
  if (merging.at > end) return merging.at
  yield* world.deadlinesUntil(merging.at)
  yield* world.merge(`${prefix}-2`, `${prefix}-1`, customer.id, merging)
  return merging.at
}

function opening(
  { customer, story, chance, timeline }: CaseSetting,
  at: Instant,
  words: 'question' | 'details',
): TicketCommandInput {
  const { problem } = story
  const { id, name, firstName, email, language } = customer
  return {
    type: 'open',
    subject: problem.subject,
    body: problem[words],
    customer: { id, name, firstName, email },
    channel: chance.weighted({ web: 50, email: 30, chat: 12, phone: 8 }),
    priority: problem.priority ?? chance.weighted({ low: 15, normal: 65, high: 18, urgent: 2 }),
    language,
    ...categoryAt(termsAt(timeline, at).policy, problem),
  }
}

/** A happening in the simulated helpdesk: a command on one ticket, or a merge of two. */
export type Happening = { readonly commandId: string; readonly at: Instant; readonly by: Actor } & (
  | { readonly ticketId: string; readonly command: TicketCommandInput }
  | { readonly merge: string; readonly into: string }
)

/** An instant and its actor. */
type Moment = { readonly at: Instant; readonly by: Actor }

/**
 * The tickets of one case at simulated time. Each action yields its happenings, and returns whether it had an effect.
 */
type CaseWorld = {
  act(ticketId: string, moment: Moment, command: TicketCommandInput): Generator<Happening, boolean>
  merge(source: string, target: string, customerId: string, moment: Moment): Generator<Happening, boolean>
  /** Yields the deadlines that are due up to an instant. */
  deadlinesUntil(instant: Instant): Generator<Happening>
}

/** @param prefix of the ids of the commands. */
function createCaseWorld(
  prefix: string,
  { aggregate, timeline }: { readonly aggregate: TicketAggregate; readonly timeline: TermsTimeline },
): CaseWorld {
  const tickets = new Map<string, TicketState>()
  let commands = 0

  const takesEffect = (commandId: string, ticketId: string, { at, by }: Moment, input: TicketCommandInput): boolean => {
    const state = tickets.get(ticketId) ?? aggregate.initial
    const command = { ...ticketAggregate.schema.parse(input), commandId, aggregateId: ticketId, at, by }
    const decision = aggregate.decide(command, state)
    if (!decision.ok || decision.value.length === 0) return false
    tickets.set(ticketId, fold({ initial: state, evolve: aggregate.evolve }, decision.value))
    return true
  }
  const broughtBy = (source: string): object => {
    const state = tickets.get(source) ?? aggregate.initial
    return state.status === 'absent' ? {} : questionBroughtBy(state)
  }
  const nextDeadline = () =>
    [...tickets]
      .flatMap(([ticketId, state]) => ticketDeadlines(state, timeline).map((deadline) => ({ ticketId, deadline })))
      .sort((a, b) => (a.deadline.dueAt < b.deadline.dueAt ? -1 : 1))[0]

  const world: CaseWorld = {
    *act(ticketId, moment, command) {
      const commandId = `${prefix}:${commands++}`
      const effective = takesEffect(commandId, ticketId, moment, command)
      if (effective) yield { commandId, ...moment, ticketId, command }
      return effective
    },
    *merge(source, target, sourceCustomerId, moment) {
      const commandId = `${prefix}:${commands++}`
      const merged =
        takesEffect(commandId, target, moment, { type: 'absorb', source, sourceCustomerId }) &&
        takesEffect(commandId, source, moment, { type: 'mergeInto', target }) &&
        takesEffect(commandId, target, moment, { type: 'completeAbsorption', source, ...broughtBy(source) })
      if (merged) yield { commandId, ...moment, merge: source, into: target }
      return merged
    },
    *deadlinesUntil(instant) {
      for (;;) {
        const next = nextDeadline()
        if (!next || next.deadline.dueAt > instant) return
        const { kind, cycle, dueAt } = next.deadline
        const fired = world.act(next.ticketId, { at: dueAt, by: clockActor }, { type: 'fire', kind, cycle, dueAt })
        if (!(yield* fired)) return
      }
    },
  }
  return world
}

/** The number of tickets from which a simulated helpdesk has an incident, which uses one of them. */
const fewest = 50

/** Returns the number of tickets that the incident of a simulation opens. */
export const ticketsOfOutage = ({ tickets }: Pick<SimulationPlan, 'tickets'>): number => (tickets < fewest ? 0 : 1)

/**
 * Simulates the critical incident of a helpdesk on its last day: declared, acknowledged, a war room, updates in time,
 * resolved within two hours, without a post-mortem yet.
 * @param prefix of the ids.
 * @returns the answers of the desk, and the number of new events.
 */
export async function playOutage(
  desk: Desk,
  plan: SimulationPlan,
  { prefix, correlationId }: { readonly prefix: string; readonly correlationId: string },
): Promise<{ readonly outcomes: readonly Outcome[]; readonly events: number }> {
  if (ticketsOfOutage(plan) === 0) return { outcomes: [], events: 0 }
  const declaredAt = later(plan.end, -hours(20))
  const after = (passed: number): Instant => later(declaredAt, minutes(passed))
  const { outage, update } = phrases[regular.language]
  const { language, ...customer } = regular
  const [first] = agents
  const expert = agents.find(({ level }) => level === 2) ?? first
  const by = ({ kind, id, name }: typeof first): Actor => ({ kind, id, name })
  const sender = (name: string, at: Instant) => ({ by: by(first), at, correlationId, commandId: `${prefix}:${name}` })
  const incident = `${prefix}-outage`

  const length = async (): Promise<number> =>
    (await desk.read('incident', incident)).version + (await desk.read('ticket', incident)).version
  const before = await length()
  const declaration = {
    title: outage.subject,
    description: outage.question,
    customer,
    language,
    channel: 'phone',
  } as const
  const declared = await declareIncident(desk.engine, incident, declaration, sender('declare', declaredAt))
  const managed: readonly (readonly [number, IncidentCommandInput])[] = [
    [4, { type: 'acknowledge' }],
    [15, { type: 'openWarRoom', place: 'Salle 2' }],
    [25, { type: 'postUpdate', message: update }],
    [50, { type: 'postUpdate', message: update }],
    [75, { type: 'postUpdate', message: update }],
    [95, { type: 'resolve', summary: outage.solution }],
  ]
  const handled: readonly (readonly [number, TicketCommandInput])[] = [
    [5, { type: 'assign', assignee: { id: expert.id, name: expert.name } }],
    [8, { type: 'agentReply', body: update }],
    [95, { type: 'agentReply', body: outage.solution, then: 'resolved' }],
  ]
  const steps = <C>(acts: readonly (readonly [number, C])[]) =>
    acts.map(([passed, command]) => ({ command, by: by(expert), at: after(passed) }))
  const outcomes: readonly Outcome[] = [
    declared,
    await desk.engine.executeTogether('incident', incident, steps(managed), sender('manage', after(4))),
    await desk.engine.executeTogether('ticket', incident, steps(handled), sender('handle', after(5))),
  ]
  return { outcomes, events: (await length()) - before }
}

/** Returns the category of a problem, if the desk has it. */
export function categoryAt({ categories }: TicketPolicy, { category }: Problem): { readonly category?: string } {
  const isKnown = category !== undefined && (!categories?.size || categories.has(category))
  return isKnown ? { category } : {}
}

/** The parameters of a simulated helpdesk. Equal plans give equal histories. */
export type SimulationPlan = {
  readonly tickets: number
  readonly seed: string
  readonly start: Instant
  readonly end: Instant
}

/** Returns the id of a simulation, the same for equal plans. */
export const simulationId = ({ tickets, seed, start, end }: SimulationPlan): string =>
  idOfParameters([tickets, seed, start, end])

/** The id of a simulation by the parameters that make it. */
export function idOfParameters(parameters: readonly unknown[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parameters)).digest('hex')
  return `simulation-${hash.slice(0, 10)}`
}

/** Returns the prefix of the ids of a simulation's tickets and commands. */
export const prefixOf = (plan: SimulationPlan): string => simulationId(plan).replace('simulation', 'sim')

/** Yields the cases of a simulation by arrival. With its outage they open as many tickets as planned. */
export async function* planCases(
  plan: SimulationPlan,
  terms: Pick<CaseSetting, 'aggregate' | 'timeline'>,
  signal?: AbortSignal,
): AsyncGenerator<CaseSetting> {
  const { tickets, seed, start, end } = plan
  const prefix = prefixOf(plan)
  const customers = Math.max(1, Math.ceil(tickets / 3))
  const count = await countCases(plan, customers, signal)
  const { timeZone } = termsAt(terms.timeline, start).policy
  let left = tickets - ticketsOfOutage(plan)
  for (const [number, arrival] of arrivals(count, { start, end, timeZone }, createChance(seed, 'arrivals')).entries()) {
    const made = makeCase(plan, number, customers, left)
    left -= made.story.tickets
    yield { prefix: `${prefix}-${number + 1}`, arrival, end, timeZone, ...made, ...terms }
  }
}

function makeCase({ seed }: SimulationPlan, number: number, customers: number, ticketsLeft: number) {
  const chance = createChance(seed, 'case', number)
  const writer = customer(seed, chance.whole(1, customers))
  const story: Story = writeStory(phrases[writer.language], chance, ticketsLeft)
  return { customer: writer, story, chance }
}

/** Counts the cases, and yields to other work from time to time, so that signals are handled. */
async function countCases(plan: SimulationPlan, customers: number, signal?: AbortSignal): Promise<number> {
  let left = plan.tickets - ticketsOfOutage(plan)
  let count = 0
  while (left > 0) {
    left -= makeCase(plan, count++, customers, left).story.tickets
    if (count % 500 > 0) continue
    await breath()
    signal?.throwIfAborted()
  }
  return count
}

/** The weight of each hour from midnight: a morning rush, a lunch dip, a quiet night. */
const byHour = [1, 1, 1, 1, 1, 2, 4, 10, 22, 30, 28, 24, 16, 20, 26, 25, 22, 18, 12, 10, 8, 6, 4, 2]

/** The weight of each day from Monday to Sunday. */
const byWeekday = [26, 22, 20, 19, 17, 7, 5]

/** How many customers write in the hour of a local instant, as a weight. */
export const weightOfHour = ({ hour, weekday }: { readonly hour: number; readonly weekday: number }): number =>
  (byHour[hour] ?? 1) * (byWeekday[weekday - 1] ?? 1)

/**
 * Returns the times of the customers' messages: `count` ascending instants from `start` to before `end`, by the desk's
 * hours.
 * @param isOpen whether customers write in an hour; in all of them by default.
 */
export function arrivals(
  count: number,
  period: { readonly start: Instant; readonly end: Instant; readonly timeZone: string },
  chance: Chance,
  isOpen: (hour: Instant) => boolean = () => true,
): readonly Instant[] {
  const { start, end, timeZone } = period
  const weights: { readonly from: Instant; readonly upTo: number }[] = []
  let total = 0
  for (let from = start; from < end; from = later(from, hours(1))) {
    if (!isOpen(from)) continue
    total += weightOfHour(DateTime.fromISO(from, { zone: timeZone }))
    weights.push({ from, upTo: total })
  }
  if (weights.length === 0) return []
  const last = later(end, -1)
  const times = Array.from({ length: count }, () => {
    const hour = firstAbove(weights, chance.share() * total)
    const time = later(hour, chance.whole(0, 3_599) * 1_000)
    return time < last ? time : last
  })
  return times.sort()
}

function firstAbove(weights: readonly { readonly from: Instant; readonly upTo: number }[], mark: number): Instant {
  let low = 0
  let high = weights.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((weights[middle]?.upTo ?? 0) > mark) high = middle
    else low = middle + 1
  }
  const hour = weights[low]
  if (!hour) throw new RangeError('the period is empty')
  return hour.from
}

/** Returns the full hour at or before an instant. */
export function fullHour(at: Instant): Instant {
  return instant(new Date(Math.floor(Date.parse(at) / hours(1)) * hours(1)))
}
