import type { Position } from '@guichet/domain'
import type { ProjectionError, RunnerMetrics } from './failure.ts'
import type { BlockedModel, ModelLag } from './lag.ts'

/** One generation of a projection. A projection that is being rebuilt has two. */
export type ProjectionStatus = {
  readonly name: string
  readonly version: number
  /**
   * `live`: follows the history while a runner is up. `unfollowed`: readers see it, but its version or basis is not
   * this program's and no process moves it. `rebuilding`: catches up beside the live one. `stopped`: failed and waits
   * for an operator.
   */
  readonly state: 'live' | 'unfollowed' | 'rebuilding' | 'stopped'
  readonly generation: number
  readonly position: Position | undefined
  /** Events between the checkpoint and the head; 0 when caught up. */
  readonly lag: number
  /** How long the first of these events has been stored, in milliseconds; 0 when there is none. */
  readonly lagMilliseconds: number
  /** Why the first of these events cannot be read, such as an event of a module that this process does not have. */
  readonly unreadable: string | undefined
  readonly error: ProjectionError | undefined
  /** The process that holds the lease, if any. */
  readonly owner: string | undefined
}

/** How far the rebuild of a read model is: the events processed, of how many. */
export type RebuildProgress = { readonly projection: string; readonly events: number; readonly total: number }

/** A stream that projections pass over, since it was deleted or has lost its first events. */
export type LostStream = {
  readonly stream: string
  readonly reason: string
  /** When a projection first passed over it, UTC. */
  readonly since: string
}

/** Keeps the read models in step with the history. Any number of processes may each run one. */
export type ProjectionRunner = {
  /**
   * Migrates the schema, creates missing generations and starts to follow; resolves once it follows. A projection whose
   * version differs from the live generation's is rebuilt beside it.
   */
  start(): Promise<void>
  /** Finishes the batches under way, releases the leases and stops for good. */
  stop(): Promise<void>
  /**
   * Looks for new events immediately, as after an append of this process. Called when readers wait for events that another
   * process has appended.
   */
  wake(): void
  /**
   * Records that another process has committed a checkpoint of a live read model, this many events after its previous
   * one. Readers that wait for that position continue without querying the database.
   */
  checkpointMoved(name: string, position: Position, events: number): void
  /**
   * Resolves true once the named projections (all of them without names) have reached the position. Resolves false when
   * that takes longer than `timeoutMs`, and immediately when one of them cannot get there by itself: it is stopped, or
   * is being built for the first time or for a new version.
   */
  reached(position: Position, timeoutMs: number, names?: readonly string[]): Promise<boolean>
  /**
   * Resolves when every projection that is not stopped has reached the current head, including those that are being
   * built. For tests and imports. `onProgress` receives the number of events that the slowest one lacks. Rejects with
   * the signal's reason when it aborts. The head is the last readable event. Right after an append, or while an older
   * transaction is open anywhere in the server, that may not be the last event; use `reached` to wait for a given one.
   */
  caughtUp(options?: { readonly signal?: AbortSignal; readonly onProgress?: (lag: number) => void }): Promise<void>
  /** Every generation by name, the live one first. */
  status(): Promise<readonly ProjectionStatus[]>
  /** The streams that projections pass over, the latest first, at most a hundred: their rows stay as they were. */
  lostStreams(): Promise<readonly LostStream[]>
  /** The time of the database of the read models, which may differ from that of this process. */
  now(): Promise<Date>
  /**
   * Removes the records of the streams that were passed over before an instant of `now`, for when this process has rebuilt every read
   * model since then: their rows are what the history has. Streams that it has passed over itself keep theirs.
   */
  forgetLostStreams(before: Date): Promise<void>
  /**
   * The names of the projections that make no progress by themselves: those that are stopped, and those that readers
   * see in a version or on a basis that is not this program's while no process follows them. One small query; unlike
   * `status`, it does not count the lag.
   */
  stopped(): Promise<readonly string[]>
  /**
   * The read models whose next event cannot be read, such as one of a module that this process does not have: they wait
   * before it. A small query and a read of one event for each position.
   */
  blocked(): Promise<readonly BlockedModel[]>
  /**
   * The read models that had lagged for long at the last check, some seconds ago, the furthest behind first, whichever
   * process moves them. Empty before `start`.
   */
  lagging(): readonly ModelLag[]
  /** Why the lag is unknown, such as a database that is away; undefined when it is known, and before `start`. */
  lagUnknown(): string | undefined
  metrics(): Promise<RunnerMetrics>
  /**
   * Builds new tables beside the live ones while reads and writes continue, then switches readers in one transaction.
   * Does not need `start`. The live tables are unchanged when it rejects.
   * @throws RebuildRefused when the name is unknown or a rebuild of it is under way.
   * @throws RebuildFailed when an event cannot be folded.
   * @throws ForeignHistory when the read models follow another store.
   * @throws the signal's reason when it aborts.
   */
  rebuild(
    name: string,
    options?: { readonly onProgress?: (progress: RebuildProgress) => void; readonly signal?: AbortSignal },
  ): Promise<void>
  /**
   * Lets a stopped projection retry the event at which it stopped; returns whether it was stopped. One whose checkpoint
   * the log does not have stays stopped until it is rebuilt.
   */
  resume(name: string): Promise<boolean>
}
