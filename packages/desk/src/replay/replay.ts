import type {
  Actor,
  Description,
  Desk,
  EventEnvelope,
  Instant,
  TicketEvent,
  TicketEventType,
  TicketState,
} from '@guichet/domain'
import { describeTicketEvent, evolveTicket, fold, instant, readHistory, withoutRedacted } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import { historyUntil, targetsAt } from '@guichet/projections'
import type { TermsHistory } from '../configuration/versions.ts'
import { termsHistory } from '../configuration/versions.ts'
import { ruleOf, whyAlerted, whyDue } from '../configuration/promises.ts'

/** One event of a history: actor, time, change and reason. */
export type Entry<T extends string> = {
  readonly version: number
  readonly at: Instant
  readonly type: T
  readonly by: Actor
  /** The stored event, without the fields above. */
  readonly data: Readonly<Record<string, unknown>>
  readonly shows: readonly string[]
} & Description

/** One event of a ticket, with the time of storing and its command. */
type ReplayEntry = Entry<TicketEventType> & {
  readonly recordedAt: Instant
  readonly commandId: string
  readonly correlationId: string
}

/** A running target, with the time of its policy in milliseconds, and the reason for its due instant. */
export type RunningTarget = SlaTargetRow & { readonly promisedMs: number | undefined; readonly why: string }

/** A ticket's history and its resulting state. */
export type Replay = {
  readonly ticketId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly ReplayEntry[]
  /** The ticket after the last entry; `absent` if it has no event by then. */
  readonly state: TicketState
  /** The SLA targets that run then, each with the reason for its due instant. */
  readonly targets: readonly RunningTarget[]
}

/**
 * Replays the history of a ticket; with an instant, its longest beginning without later events. Content that has been
 * removed since is not in it, whatever the instant.
 * @returns undefined if no such ticket was ever opened.
 */
export async function replayTicket(
  desk: Desk,
  ticketId: string,
  asOf?: Instant,
  now: Instant = instant(new Date()),
): Promise<Replay | undefined> {
  const stored = await readHistory(desk.store, 'ticket', ticketId)
  if (stored.length === 0) return undefined
  const all = withoutRedacted(stored)
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  const terms = termsHistory(desk)
  const { targets, pauses } = targetsAt(until, await terms.timelines(), asOf ?? now)
  const entries = await Promise.all(
    until.map(async (envelope) =>
      toEntry(envelope, await promiseIn(envelope.event, pauses.get(envelope.version) ?? [], terms)),
    ),
  )
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    until.map(({ event }) => event),
  )
  return { ticketId, asOf, entries, state, targets: await runningOf(targets, terms) }
}

/** Explains why the deadline of an event was due at its instant. */
async function promiseIn(
  event: TicketEvent,
  pauses: SlaTargetRow['pauses'],
  terms: TermsHistory,
): Promise<string | undefined> {
  if (event.type === 'StagnationDetected' || event.type === 'UpdateOverdue')
    return whyAlerted(event, await terms.alertsOf(event.policyVersion))
  if (!('policy' in event)) return undefined
  const breachedAt = event.type === 'TargetBreached' ? event.dueAt : undefined
  return whyDue({ ...event, pauses, breachedAt }, await ruleOf(event, terms))
}

const runningOf = (targets: readonly SlaTargetRow[], terms: TermsHistory): Promise<readonly RunningTarget[]> =>
  Promise.all(
    targets
      .filter(({ open }) => open)
      .map(async (target) => {
        const rule = await ruleOf(target, terms)
        return {
          ...target,
          promisedMs: typeof rule?.time === 'number' ? rule.time : undefined,
          why: whyDue(target, rule),
        }
      }),
  )

function toEntry(
  { event, version, recordedAt, commandId, correlationId }: EventEnvelope<TicketEvent>,
  promise: string | undefined,
): ReplayEntry {
  const { type, at, by, ...data } = event
  const { shows = [], ...said } = describeTicketEvent(event, promise)
  return { version, at, recordedAt, type, by, commandId, correlationId, ...said, data, shows }
}
