/** The bounds of a cache: a number of entries, and a total weight, where `weigh` is called when an entry is set. */
export type LruBounds<K, V> = {
  readonly maxEntries?: number
  readonly maxWeight?: number
  /** 1 for every entry by default. */
  readonly weigh?: (value: V, key: K) => number
}

/** Holds the entries used last, within its bounds; the entry that was set last stays, whatever its weight. */
export class LruCache<K, V> {
  readonly #bounds: LruBounds<K, V>
  /** The least recently used entry is the first one. */
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>()
  #weight = 0

  constructor(bounds: LruBounds<K, V>) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value of a key, which counts as a use of it. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Whether there is a value, without using it. */
  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): void {
    const { maxEntries = Infinity, maxWeight = Infinity, weigh = () => 1 } = this.#bounds
    this.delete(key)
    const weight = weigh(value, key)
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    const isWithin = (): boolean => this.size <= maxEntries && this.#weight <= maxWeight
    // The first key is found behind all that were deleted before it.
    if (isWithin()) return
    for (const oldest of this.#entries.keys()) {
      if (this.size === 1 || isWithin()) return
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
