/** Where what follows the history, or works off what follows from it, reports how it goes; each under a name of its own. */
export type FollowerReports = {
  /** Its work went well, or is not this process's any more. */
  succeeded(follower: string): void
  failed(follower: string, error: unknown): void
}

/** A follower that has failed over and over. */
export type FailingFollower = {
  readonly follower: string
  /** For how many milliseconds it had failed when it failed last. */
  readonly milliseconds: number
  readonly message: string
}

/** The followers of one process that have been failing for long. */
export type FollowerHealth = FollowerReports & { failing(): readonly FailingFollower[] }

export type FollowerHealthOptions = {
  /** How long a follower fails before it counts as failing, in milliseconds. */
  readonly failingMs: number
  /** Hears once that a follower has been failing for that long, and once that it goes on. */
  readonly log?: (level: 'info' | 'error', message: string) => void
  /** Milliseconds that only ever go forward; `performance.now` by default. */
  readonly now?: () => number
}

type Failure = { readonly since: number; milliseconds: number; message: string; announced: boolean }

/** Knows no failure yet. A follower counts as failing from the first failure that comes so long after an unbroken row of others. */
export function createFollowerHealth(options: FollowerHealthOptions): FollowerHealth {
  const { failingMs, log = () => undefined, now = () => performance.now() } = options
  const failures = new Map<string, Failure>()
  return {
    succeeded(follower) {
      const failure = failures.get(follower)
      if (!failure) return
      failures.delete(follower)
      if (failure.announced) log('info', `${follower}: goes on again after ${seconds(now() - failure.since)}`)
    },
    failed(follower, error) {
      const at = now()
      const message = error instanceof Error ? error.message : String(error)
      const failure = failures.get(follower) ?? { since: at, milliseconds: 0, message, announced: false }
      failures.set(follower, failure)
      failure.message = message
      failure.milliseconds = at - failure.since
      if (failure.announced || failure.milliseconds < failingMs) return
      failure.announced = true
      log('error', `${follower}: has been failing for ${seconds(failure.milliseconds)}, and is tried again: ${message}`)
    },
    failing: () =>
      [...failures]
        .filter(([, { announced }]) => announced)
        .map(([follower, { milliseconds, message }]) => ({ follower, milliseconds, message })),
  }
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1_000)} s`

/** Reports that nobody hears. */
export const noReports: FollowerReports = { succeeded: () => undefined, failed: () => undefined }
