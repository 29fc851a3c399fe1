import type { Position } from '@guichet/domain'
import type { ProjectionError, RunnerMetrics } from './failure.ts'
import type { ModelLag } from './lag.ts'

/** One generation of a projection; a projection that is being rebuilt has two. */
export type ProjectionStatus = {
  readonly name: string
  readonly version: number
  /**
   * `live` follows the history, as soon as a runner is there; `unfollowed` is what readers see, in a version or on a basis that is not this
   * program's, and no process moves it; `rebuilding` catches up beside the live one; `stopped` failed and waits for an operator.
   */
  readonly state: 'live' | 'unfollowed' | 'rebuilding' | 'stopped'
  readonly generation: number
  readonly position: Position | undefined
  /** Events between the checkpoint and the head; 0 when it is caught up. */
  readonly lag: number
  /** How long the first of them has been stored, in milliseconds; 0 when there is none. */
  readonly lagMilliseconds: number
  readonly error: ProjectionError | undefined
  /** Which process holds the lease, if any. */
  readonly owner: string | undefined
}

export type RebuildProgress = { readonly projection: string; readonly events: number; readonly total: number }

/** Keeps the read models in step with the history, as one of any number of processes. */
export type ProjectionRunner = {
  /**
   * Brings the schema up to date, creates what is missing and begins to follow; resolves when that has begun. A
   * projection whose version is another than the live generation's is rebuilt beside it.
   */
  start(): Promise<void>
  /** Ends the batches under way, gives the leases back and stops for good. */
  stop(): Promise<void>
  /** Looks for new events at once, as after an append of this process: somebody waits for what another process has appended. */
  wake(): void
  /**
   * Takes note that another process has committed a checkpoint of a live read model, so many events after its last one;
   * whoever waits for it goes on without asking the database.
   */
  checkpointMoved(name: string, position: Position, events: number): void
  /**
   * Resolves true once the named projections, all of them without names, show the position; false when that takes
   * longer than `timeoutMs`, and at once when one of them cannot get there by itself: it has stopped, or is being built
   * for the first time or for a new version.
   */
  reached(position: Position, timeoutMs: number, names?: readonly string[]): Promise<boolean>
  /**
   * Resolves when every projection that is not stopped has reached the head as it stands now, also those that are being
   * built: what tests and imports wait for. `onProgress` hears how many events the slowest one lacks. Rejects with the
   * signal's reason when it aborts. The head is the last event that can be read: right after an append, and while an
   * older transaction is open anywhere in the server, that may not be the last one; `reached` waits for a given one.
   */
  caughtUp(options?: { readonly signal?: AbortSignal; readonly onProgress?: (lag: number) => void }): Promise<void>
  /** Every generation by name, the live one first. */
  status(): Promise<readonly ProjectionStatus[]>
  /**
   * The names of the projections that get no further by themselves: those that are stopped, and those that readers see in a version
   * or on a basis that is not this program's while no process follows them. One small query, whatever the lag, which `status` counts.
   */
  stopped(): Promise<readonly string[]>
  /**
   * The read models that were behind for long when that was looked at last, some seconds ago, the furthest first, whichever process
   * moves them; none before `start`.
   */
  lagging(): readonly ModelLag[]
  /** Why it is not known how far they are behind, such as a database that is away; undefined when it is known, and before `start`. */
  lagUnknown(): string | undefined
  metrics(): Promise<RunnerMetrics>
  /**
   * Builds new tables beside the live ones while reads and writes go on, then switches readers in one transaction. Needs
   * no `start`. Rejects with `RebuildRefused` when the name is unknown or a rebuild of it is under way, with
   * `RebuildFailed` when an event cannot be folded, with `ForeignHistory` when the read models follow another store, and with the signal's reason; the live tables stay as they are then.
   */
  rebuild(
    name: string,
    options?: { readonly onProgress?: (progress: RebuildProgress) => void; readonly signal?: AbortSignal },
  ): Promise<void>
  /** Lets a stopped projection try the event again at which it was stopped; it answers whether it was stopped. */
  resume(name: string): Promise<boolean>
}
