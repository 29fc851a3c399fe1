import type { Deadline, DeadlineKind, Instant } from '@guichet/domain'

/** A deadline that stands. */
export type DeadlineRow<K extends string = string> = Deadline<K> & {
  readonly stream: string
  /** The import that the stream's history still comes from; its clock stands still until that import is complete. */
  readonly heldBy: string | undefined
}

/** A deadline that stands on a ticket. */
export type TicketDeadlineRow = DeadlineRow<DeadlineKind>

export type DeadlinesQueries = {
  /** Deadlines of tickets due before an instant, earliest first, held ones left out. */
  dueBefore(instant: Instant, limit: number): Promise<readonly TicketDeadlineRow[]>
  /** The deadlines of several tickets, each earliest first. */
  ofTickets(ticketIds: readonly string[]): Promise<ReadonlyMap<string, readonly TicketDeadlineRow[]>>
  /** The deadlines of several streams of any category, by stream, each earliest first. */
  ofStreams(streams: readonly string[]): Promise<ReadonlyMap<string, readonly DeadlineRow[]>>
}
