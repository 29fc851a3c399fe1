/** How many events a batch may have, by how long the last ones took to write. */
export type BatchLimit = {
  /** At most this many now. */
  events(): number
  /** A batch of so many events was written in so many milliseconds. */
  took(events: number, milliseconds: number): void
  /** A batch of so many events could not be kept, because another process had taken its lease over. */
  lost(events: number): void
}

/**
 * Keeps batches near a time that is well below a lease: after a slow one the next has as many events as would have been in
 * time, after a quick one twice as many.
 */
export function createBatchLimit(most: number, targetMs = 2_000): BatchLimit {
  let limit = most
  const shrink = (to: number): void => {
    limit = Math.max(1, Math.min(limit, Math.floor(to)))
  }
  return {
    events: () => limit,
    took: (events, milliseconds) => {
      if (milliseconds > targetMs) shrink((events * targetMs) / milliseconds)
      else if (milliseconds < targetMs / 2) limit = Math.min(most, limit * 2)
    },
    lost: (events) => shrink(events / 2),
  }
}
