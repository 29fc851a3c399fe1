import type { Instant } from '@guichet/domain'
import type { Transaction } from 'kysely'

/**
 * The earliest deadline of a stream has changed: `undefined` when there is none. Where `before` and `after` are the same,
 * it stands as it did, and what operators filter clocks by has changed: status, priority, category, lateness or promises, or whether
 * anything is outstanding.
 */
export type StandingChange = {
  readonly stream: string
  readonly before: Instant | undefined
  readonly after: Instant | undefined
}

/** Where the projection of deadlines reports what changed, within its own transaction: the clock's queue. */
export type DeadlineSink = (tx: Transaction<unknown>, changes: readonly StandingChange[]) => Promise<void>
