import type { DeadlineKind, Instant } from '@guichet/domain'

/** A deadline that stands. */
export type DeadlineRow = {
  readonly stream: string
  readonly kind: DeadlineKind
  readonly cycle: number
  readonly dueAt: Instant
  /** The import that the ticket's history still comes from; its clock stands still until that import is complete. */
  readonly heldBy: string | undefined
}

export type DeadlinesQueries = {
  /** Deadlines due before an instant, earliest first, held ones left out. */
  dueBefore(instant: Instant, limit: number): Promise<readonly DeadlineRow[]>
  /** The deadlines of several tickets, each earliest first. */
  ofTickets(ticketIds: readonly string[]): Promise<ReadonlyMap<string, readonly DeadlineRow[]>>
}
