import type { Logger } from 'pino'
import type { BusinessTime, Desk, Instant, Position, TicketCommandInput, TicketPolicy } from '@guichet/domain'
import { businessDaysOf, days, hours, later, minutes, sinceEpoch, slaFor } from '@guichet/domain'
import type { Engine } from '../engine/engine.ts'
import { now } from '../engine/engine.ts'
import { caughtUp } from '../engine/watch-database.ts'
import type { Environment } from '../environment/environment.ts'
import type { Fault } from '@guichet/desk'
import { retryWhileAway } from '@guichet/eventstore'
import type { Serving } from '../serving/serving.ts'
import { isMadeUp, serve } from '../serving/serving.ts'
import { categoryAt } from '../simulate/case.ts'
import { customer } from '../simulate/customers.ts'
import { phrases } from '../simulate/phrases.ts'
import { agents } from '../simulate/roster.ts'
import type { Temporal, TemporalOptions } from './temporal-server.ts'
import { openTemporal } from './temporal-server.ts'

/** All services on a developer's machine: Temporal, database, engine, worker and API. */
export type Constellation = {
  readonly serving: Serving
  readonly temporal: Temporal
  /** How many made-up tickets with a deadline within the hour were added. */
  readonly dueSoon: number
  /** Resolves with the reason when a part has ended and will not be restarted. */
  readonly failed: Promise<Fault>
  /** Stops the API, the worker and the engine, then the database, and finally Temporal. */
  stop(): Promise<void>
}

/**
 * Starts Temporal and then, with the clocks on it, the same services as `serve`.
 * @throws Fault as `openTemporal` and `serve` do; the signal's reason.
 */
export async function startConstellation(
  environment: Environment,
  options: TemporalOptions & {
    readonly log: Logger
    /** The variables that a worker process is started with; those of this process by default. */
    readonly variables?: Readonly<Record<string, string | undefined>>
  },
): Promise<Constellation> {
  const { log, signal, variables } = options
  const temporal = await openTemporal(environment, options)
  try {
    const serving = await serve({ ...environment, temporal: temporal.variables }, log, signal, variables)
    const stop = async (): Promise<void> => {
      await serving.stop()
      await temporal.stop()
    }
    try {
      const dueSoon = await retryWhileAway(() => addDueSoon(serving.engine, now(), signal), { signal })
      return { serving, temporal, dueSoon, failed: temporal.failed, stop }
    } catch (error) {
      await serving.stop()
      throw error
    }
  } catch (error) {
    await temporal.stop()
    throw error
  }
}

/** A made-up ticket with a deadline. */
type Case = {
  readonly dueIn: number
  readonly priority: 'normal' | 'urgent'
  /** Returns when the deadline has to start so that it falls due at an instant. */
  readonly beginning: (policy: TicketPolicy, category: string | undefined, dueAt: Instant) => Instant
  /** The command that starts the deadline; undefined if the opening of the ticket does. */
  readonly begins?: TicketCommandInput
}

const reply = (body: string, then: 'waiting_customer' | 'resolved'): TicketCommandInput => ({
  type: 'agentReply',
  body,
  then,
})

/** Returns the start of a deadline that falls due after an elapsed time. */
const before =
  (length: (policy: TicketPolicy) => number): Case['beginning'] =>
  (policy, _category, dueAt) =>
    later(dueAt, -length(policy))

const cases: readonly Case[] = [
  {
    dueIn: minutes(3),
    priority: 'normal',
    beginning: before(({ closeResolvedAfter }) => closeResolvedAfter),
    begins: reply('It works again: please sign in once more.', 'resolved'),
  },
  {
    dueIn: minutes(14),
    priority: 'normal',
    beginning: before(({ chaseAfter }) => chaseAfter[0] ?? 0),
    begins: reply('Which browser do you use?', 'waiting_customer'),
  },
  { dueIn: minutes(26), priority: 'urgent', beginning: awaitingUpdate },
  {
    dueIn: minutes(48),
    priority: 'normal',
    beginning: before(({ stagnationAfter }) => stagnationAfter),
    begins: { type: 'start' },
  },
]

/**
 * Adds a few tickets with deadlines within the hour to a made-up desk that has hardly any, so that there is something to see. Does not
 * change any other desk.
 * @returns how many tickets it has added.
 */
export async function addDueSoon(
  { desk, readModels, runner }: Pick<Engine, 'desk' | 'readModels' | 'runner'>,
  now: Instant,
  signal: AbortSignal,
): Promise<number> {
  if (!(await isMadeUp(desk))) return 0
  const due = await readModels.deadlines.dueBefore(later(now, hours(1)), cases.length)
  if (due.length >= cases.length - 1) return 0
  let position: Position | undefined
  for (const [number, one] of cases.entries()) position = await open(desk, now, number, one)
  await caughtUp(runner, { position, signal })
  return cases.length
}

async function open(desk: Desk, now: Instant, number: number, { dueIn, priority, beginning, begins }: Case) {
  const writer = customer('due soon', number + 2)
  const { id, name, firstName, email, language } = writer
  const problems = phrases[language].problems
  const problem = problems[number % problems.length] ?? problems[0]
  const agent = agents[number % agents.length] ?? agents[0]
  const { policy } = await desk.terms()
  const { category } = categoryAt(policy, problem)
  const beginsAt = beginning(policy, category, later(now, dueIn))
  const openedAt = begins ? later(beginsAt, -minutes(35)) : beginsAt
  const opening: TicketCommandInput = {
    type: 'open',
    subject: problem.subject,
    body: problem.question,
    customer: { id, name, firstName, email },
    priority,
    language,
    ...(category !== undefined && { category }),
  }
  const byWriter = { kind: 'customer', id, name } as const
  const byAgent = { kind: 'agent', id: agent.id, name: agent.name } as const
  const ticketId = `soon-${now.replaceAll(/\D/g, '').slice(0, 12)}-${number + 1}`
  const outcome = await desk.executeTogether(
    'ticket',
    ticketId,
    [
      { command: opening, by: byWriter, at: openedAt },
      ...(begins ? [{ command: begins, by: byAgent, at: beginsAt }] : []),
    ],
    { commandId: ticketId, at: openedAt, by: byWriter },
  )
  if (!outcome.ok) throw new Error(`the desk refuses a made-up ticket: ${outcome.refusal.message}`)
  return outcome.value.position
}

/**
 * Returns when an urgent ticket has to be opened so that an update is due at an instant: by the SLA policy of such a ticket or, if the
 * policy promises no updates, by the desk's threshold. If the policy's calendar is closed at the instant, the update is due when the
 * calendar last closed; if the policy promises business days, it is due approximately then.
 */
function awaitingUpdate(
  { serviceLevels, urgentUpdateEvery }: TicketPolicy,
  category: string | undefined,
  dueAt: Instant,
): Instant {
  const terms = { category, priority: 'urgent', plan: undefined, team: undefined, level: 1 } as const
  const promised = serviceLevels && slaFor(serviceLevels, terms, 'update')
  const update = promised?.policy.update
  if (!promised || update === undefined) return later(dueAt, -urgentUpdateEvery)
  if (typeof update === 'string') return later(dueAt, -days(businessDaysOf(update) ?? 1))
  return sinceEpoch(backwards(promised.time, Date.parse(dueAt), update))
}

/** Returns the latest instant from which an amount of business time passes until another instant. */
function backwards(time: BusinessTime, to: number, length: number): number {
  let from = to - length
  for (let passed = time.between(from, to); passed < length; passed = time.between(from, to)) from -= length - passed
  return from
}
