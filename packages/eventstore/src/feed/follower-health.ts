import { CorruptHistory } from '@guichet/domain'

/**
 * Receives reports of success and failure from consumers of the history and workers on queues; each reports under its
 * own name.
 */
export type FollowerReports = {
  /** Its work succeeded, or no longer belongs to this process. */
  succeeded(follower: string): void
  failed(follower: string, error: unknown): void
}

/** A follower that has failed repeatedly. */
export type FailingFollower = {
  readonly follower: string
  /** How long it had been failing at its last failure, in milliseconds. */
  readonly milliseconds: number
  readonly message: string
}

/** The followers of one process that have been failing for long. */
export type FollowerHealth = FollowerReports & { failing(): readonly FailingFollower[] }

/** When followers count as failing, and where that is logged. */
export type FollowerHealthOptions = {
  /** How long a follower fails before it counts as failing, in milliseconds. */
  readonly failingMs: number
  /**
   * Called once when a follower has been failing for that long, or at once when it comes to an event that it cannot read;
   * and once when it recovers.
   */
  readonly log?: (level: 'info' | 'error', message: string) => void
  /** A monotonic clock in milliseconds; `performance.now` by default. */
  readonly now?: () => number
}

type Failure = {
  readonly since: number
  milliseconds: number
  message: string
  announced: boolean
  /** What was said of an event that cannot be read: no retry helps, so that it is said at once. */
  unreadable?: string
}

/**
 * Starts without failures. A follower counts as failing once an unbroken series of its failures has lasted for
 * `failingMs`.
 */
export function createFollowerHealth(options: FollowerHealthOptions): FollowerHealth {
  const { failingMs, log = () => undefined, now = () => performance.now() } = options
  const failures = new Map<string, Failure>()
  return {
    succeeded(follower) {
      const failure = failures.get(follower)
      if (!failure) return
      failures.delete(follower)
      if (failure.announced || failure.unreadable !== undefined)
        log('info', `${follower}: has recovered after ${seconds(now() - failure.since)}`)
    },
    failed(follower, error) {
      const at = now()
      const message = error instanceof Error ? error.message : String(error)
      const failure = failures.get(follower) ?? { since: at, milliseconds: 0, message, announced: false }
      failures.set(follower, failure)
      failure.message = message
      failure.milliseconds = at - failure.since
      if (error instanceof CorruptHistory && failure.unreadable !== message) {
        failure.unreadable = message
        log('error', `${follower}: cannot read the next event, and waits: ${message}`)
      }
      if (failure.announced || failure.milliseconds < failingMs) return
      failure.announced = true
      if (failure.unreadable === message) return
      log('error', `${follower}: has been failing for ${seconds(failure.milliseconds)}, and is tried again: ${message}`)
    },
    failing: () =>
      [...failures]
        .filter(([, { announced }]) => announced)
        .map(([follower, { milliseconds, message }]) => ({ follower, milliseconds, message })),
  }
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1_000)} s`

/** Reports that are discarded. */
export const noReports: FollowerReports = { succeeded: () => undefined, failed: () => undefined }
