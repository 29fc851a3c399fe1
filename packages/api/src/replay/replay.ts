import type { Actor, Desk, EventEnvelope, Instant, TicketEvent, TicketEventType, TicketState } from '@guichet/domain'
import { fold, streamName, ticketAggregate } from '@guichet/domain'
import { historyUntil } from '@guichet/projections'
import type { Description } from './describe-event.ts'
import { describeEvent } from './describe-event.ts'

/** One event of a ticket: who, when, what changed and why. */
export type ReplayEntry = {
  readonly version: number
  readonly at: Instant
  readonly recordedAt: Instant
  readonly type: TicketEventType
  readonly by: Actor
  readonly commandId: string
  readonly correlationId: string
} & Description

/** A ticket's history and where it had led to. */
export type Replay = {
  readonly ticketId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly ReplayEntry[]
  /** The ticket after the last entry; `absent` when nothing had happened by then. */
  readonly state: TicketState
}

/**
 * Tells the history of a ticket; with an instant, its longest beginning in which nothing happened after it.
 * @returns undefined when no such ticket has ever been opened.
 */
export async function replayTicket(desk: Desk, ticketId: string, asOf?: Instant): Promise<Replay | undefined> {
  const all = (await desk.store.readStream(streamName('ticket', ticketId))) as readonly EventEnvelope<TicketEvent>[]
  if (all.length === 0) return undefined
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  return {
    ticketId,
    asOf,
    entries: until.map(toEntry),
    state: fold(
      ticketAggregate(() => desk.timeline),
      until.map(({ event }) => event),
    ),
  }
}

function toEntry({ event, version, recordedAt, commandId, correlationId }: EventEnvelope<TicketEvent>): ReplayEntry {
  const { type, at, by } = event
  return { version, at, recordedAt, type, by, commandId, correlationId, ...describeEvent(event) }
}
