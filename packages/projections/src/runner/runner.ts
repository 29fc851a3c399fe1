import type { Position } from '@guichet/domain'

export type ProjectionStatus = {
  readonly name: string
  readonly version: number
  /** `live` follows the history, `rebuilding` catches up beside the live one, `stopped` failed and waits for an operator. */
  readonly state: 'live' | 'rebuilding' | 'stopped'
  readonly generation: number
  readonly position: Position | undefined
  /** Events between the checkpoint and the head; 0 when it is caught up. */
  readonly lag: number
  readonly error:
    { readonly position: Position; readonly eventId: string; readonly message: string; readonly at: string } | undefined
  /** Which process holds the lease, if any. */
  readonly owner: string | undefined
}

export type RebuildProgress = { readonly projection: string; readonly events: number; readonly total: number }

/** Keeps the read models in step with the history, as one of any number of processes. */
export type ProjectionRunner = {
  start(): Promise<void>
  /** Ends the batches under way, gives the leases back and stops. */
  stop(): Promise<void>
  /** Resolves true once every live projection has passed the position, false when that takes longer than `timeoutMs`. */
  reached(position: Position, timeoutMs: number): Promise<boolean>
  /** Resolves when every live projection has reached the head as it stands now: what tests and imports wait for. */
  caughtUp(options?: { readonly signal?: AbortSignal; readonly onProgress?: (lag: number) => void }): Promise<void>
  status(): Promise<readonly ProjectionStatus[]>
  /** Builds new tables beside the live ones while reads and writes go on, then switches readers in one transaction. */
  rebuild(
    name: string,
    options?: { readonly onProgress?: (progress: RebuildProgress) => void; readonly signal?: AbortSignal },
  ): Promise<void>
}
