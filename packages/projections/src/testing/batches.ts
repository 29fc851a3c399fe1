/** A history cut into batches of the given sizes, over and over. */
export function inBatches<E>(events: readonly E[], sizes: readonly number[]): readonly (readonly E[])[] {
  const batches: (readonly E[])[] = []
  for (let from = 0, n = 0; from < events.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    batches.push(events.slice(from, from + size))
    from += size
  }
  return batches
}
