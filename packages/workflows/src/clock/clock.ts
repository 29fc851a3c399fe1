import type { Instant } from '@guichet/domain'

/** A stream whose clock could not do its work, and will try again. */
export type ClockFailure = {
  readonly stream: string
  /** The refusal's code and message, or the error. */
  readonly message: string
  /** How often it has been tried. */
  readonly attempts: number
  readonly nextTry: Instant
}

export type ClockStatus = {
  /** The earliest instant at which the engine will look at a stream; undefined when it waits for nothing. */
  readonly nextDue: Instant | undefined
  /** Streams whose instant has passed and that are not dealt with yet. */
  readonly late: number
  /** Why the engine's own server cannot be asked now; then the rest is about what waits for it in the database. */
  readonly unavailable?: string
  /** How many streams fail. */
  readonly failing: number
  /** The failing streams that are tried next, at most 100. */
  readonly failures: readonly ClockFailure[]
}

/**
 * The port behind which every engine of the clock stands: it waits for the deadlines of all streams and lets `fireDue`
 * act on each, as one of any number of processes on the same database. `@guichet/workflows/contract` holds the suite
 * that each engine passes.
 */
export type ClockEngine = {
  /** Starts to act on deadlines, those first that fell due while no engine ran. */
  start(): Promise<void>
  /** Takes up nothing new and resolves when what is under way has ended. What stands is kept for the next engine. */
  stop(): Promise<void>
  status(): Promise<ClockStatus>
}
