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
import { describeTicketEvent, evolveTicket, fold, instant, streamName } from '@guichet/domain'
import type { SlaTargetRow } from '@guichet/projections'
import { historyUntil, targetsAt } from '@guichet/projections'
import type { TermsHistory } from '../desk-configuration/versions.ts'
import { termsHistory } from '../desk-configuration/versions.ts'
import { ruleOf, whyAlerted, whyDue } from '../promises.ts'

/** One event of a history: who, when, what changed and why. */
export type Entry<T extends string> = {
  readonly version: number
  readonly at: Instant
  readonly type: T
  readonly by: Actor
  /** The event as it is stored, without what stands above. */
  readonly data: Readonly<Record<string, unknown>>
  readonly shows: readonly string[]
} & Description

/** One event of a ticket, with when and by which command it was stored. */
type ReplayEntry = Entry<TicketEventType> & {
  readonly recordedAt: Instant
  readonly commandId: string
  readonly correlationId: string
}

/** A target that runs, with the time that its policy promises, in milliseconds, and why it is due when it is. */
export type RunningTarget = SlaTargetRow & { readonly promisedMs: number | undefined; readonly why: string }

/** A ticket's history and where it had led to. */
export type Replay = {
  readonly ticketId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly ReplayEntry[]
  /** The ticket after the last entry; `absent` when nothing had happened by then. */
  readonly state: TicketState
  /** The SLA targets that run then, and why each is due when it is. */
  readonly targets: readonly RunningTarget[]
}

/**
 * Tells the history of a ticket; with an instant, its longest beginning in which nothing happened after it.
 * @returns undefined when no such ticket has ever been opened.
 */
export async function replayTicket(
  desk: Desk,
  ticketId: string,
  asOf?: Instant,
  now: Instant = instant(new Date()),
): Promise<Replay | undefined> {
  const all = (await desk.store.readStream(streamName('ticket', ticketId))) as readonly EventEnvelope<TicketEvent>[]
  if (all.length === 0) return undefined
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  const terms = termsHistory(desk)
  const { targets, pauses } = targetsAt(until, await terms.known(), asOf ?? now)
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

/** Why what an event tells of was due when it was. */
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
