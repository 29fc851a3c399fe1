import type { Desk, EventEnvelope, Instant, TicketEvent, TicketEventType, TicketState } from '@guichet/domain'
import { instant, streamName, ticketAggregate } from '@guichet/domain'
import { historyUntil } from '@guichet/projections'
import type { Entry } from './describe-event.ts'
import { describeEvent } from './describe-event.ts'
import { evidenceOf } from './evidence.ts'
import type { Counted, RunningTarget, Still } from './promises.ts'
import { countedUntil, runningTargets, stillAfter } from './promises.ts'

/** One event of a ticket, with when and by which command it was stored. */
export type ReplayEntry = Entry<TicketEventType> & {
  readonly recordedAt: Instant
  readonly commandId: string
  readonly correlationId: string
}

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
  await desk.terms()
  const { timeline } = desk
  const { initial, evolve } = ticketAggregate(() => timeline)
  let state = initial
  let still: Still = []
  const entries: ReplayEntry[] = []
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  for (const envelope of until) {
    const { event } = envelope
    entries.push(toEntry(envelope, countedBy(event, still)))
    state = evolve(state, event)
    still = stillAfter(still, state, event.at)
  }
  const targets = await runningTargets(until, still, asOf ?? now, timeline)
  return { ticketId, asOf, entries, state, targets }

  function countedBy(event: TicketEvent, stood: Still): Counted {
    if (!('policy' in event)) return { promisedMs: undefined, stoodStillMs: 0 }
    return countedUntil(event, stood, event.dueAt < event.at ? event.dueAt : event.at, timeline)
  }
}

function toEntry(
  { event, version, recordedAt, commandId, correlationId }: EventEnvelope<TicketEvent>,
  counted: Counted,
): ReplayEntry {
  const { type, at, by, ...data } = event
  const told = describeEvent(event, counted)
  return { version, at, recordedAt, type, by, commandId, correlationId, ...told, data, shows: evidenceOf(event) }
}
