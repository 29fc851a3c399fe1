import pg from 'pg'
import { retryWithBackOff } from '@guichet/eventstore'

const deadlock = '40P01'
const lockTimeout = '55P03'

/** Whether the database has ended work since it waited for a lock: in a circle, or for longer than it may. */
const isLockFailure = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === deadlock || error.code === lockTimeout)

/**
 * Does work, and some times again where it failed for a lock, of which the database has left nothing.
 * @throws the error of the last attempt.
 */
export const retryAfterLockFailure = <T>(work: () => Promise<T>): Promise<T> =>
  retryWithBackOff(work, { backOff: { first: 50, last: 1_000 }, retries: 5, isRetryable: isLockFailure })
