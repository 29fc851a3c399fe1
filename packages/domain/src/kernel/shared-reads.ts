import { LruCache } from './lru-cache.ts'

/** The bounds of shared reads. */
export type SharedReadOptions = {
  /** For how long what was read is given to others who ask for the same, in milliseconds from the beginning of the read. */
  readonly sharedMs: number
  /** Of how many keys what was read last is in memory. */
  readonly maxEntries: number
  /** A clock in milliseconds. */
  readonly now: () => number
}

/** What many ask for and few have to read: a read is shared by all who ask for its key for a while, one that fails by none. */
export class SharedReads<T> {
  readonly #options: SharedReadOptions
  readonly #reads: LruCache<string, { readonly result: Promise<T>; readonly until: number }>

  constructor(options: SharedReadOptions) {
    this.#options = options
    this.#reads = new LruCache({ maxEntries: options.maxEntries })
  }

  /** What was read of a key lately, or else what `read` reads now. Rejects as `read` does. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const { sharedMs, now } = this.#options
    const last = this.#reads.get(key)
    if (last && last.until > now()) return last.result
    const result = read()
    const entry = { result, until: now() + sharedMs }
    this.#reads.set(key, entry)
    result.catch(() => {
      if (this.#reads.get(key) === entry) this.#reads.delete(key)
    })
    return result
  }

  /** Lets the next one who asks for a key read it. */
  delete(key: string): void {
    this.#reads.delete(key)
  }
}
