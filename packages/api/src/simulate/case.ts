import type { Actor, Instant, TermsTimeline, TicketAggregate, TicketCommandInput } from '@guichet/domain'
import { elapsed, hours, later, minutes, termsAt } from '@guichet/domain'
import type { CaseWorld, Happening } from './case-world.ts'
import { createCaseWorld } from './case-world.ts'
import { categoryAt } from './category-at.ts'
import type { Chance } from './chance.ts'
import type { Writer } from './customers.ts'
import type { Agent } from './roster.ts'
import { atWork, nextAtWork } from './roster.ts'
import type { Story } from './stories.ts'

export type CaseSetting = {
  /** What the ids of the case's tickets and commands begin with. */
  readonly prefix: string
  readonly arrival: Instant
  readonly end: Instant
  readonly customer: Writer
  readonly story: Story
  readonly chance: Chance
  readonly aggregate: TicketAggregate
  readonly timeline: TermsTimeline
  /** Where its agents work. */
  readonly timeZone: string
}

/**
 * Plays one customer's case at simulated time, one happening after the other, up to the end of the simulation. Deadlines
 * fall due in between as the terms say. What happens follows from the setting alone, never from what a store answers.
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
    const wanted = later(now, next.after)
    if ('merge' in next) {
      now = yield* writeTwice(setting, world, wanted)
      continue
    }
    const turn = next.by === 'customer' ? { at: wanted, by: writer } : agentsTurn(setting, wanted, agent, next.level)
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

/** Whoever has the ticket acts, unless that would take hours longer than for somebody else. */
function agentsTurn(
  { timeZone, chance, customer: { language } }: CaseSetting,
  wanted: Instant,
  known: Agent | undefined,
  level: Agent['level'] = 1,
) {
  const mine = known?.level === level && { by: known, at: atWork(known, wanted, timeZone) }
  return mine && elapsed(wanted, mine.at) <= hours(3) ? mine : nextAtWork(wanted, timeZone, chance, { level, language })
}

/** The customer opens a second ticket for the same, and an agent merges it into the first. */
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
