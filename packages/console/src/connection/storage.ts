/** Where what must outlive the page is kept: the host's `localStorage`, or memory where that is refused. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/** The host's storage, or memory that ends with the page where the browser refuses it. */
export const hostStorage = (): Store => orMemory(() => localStorage)

/** The same for what belongs to one tab, and outlives its pages. */
export const tabStorage = (): Store => orMemory(() => sessionStorage)

function orMemory(storage: () => Store): Store {
  try {
    const store = storage()
    store.setItem('guichet', '')
    store.removeItem('guichet')
    return store
  } catch {
    return memoryStorage()
  }
}

/** A store that ends with the page. */
export function memoryStorage(): Store {
  const entries = new Map<string, string>()
  return {
    get length() {
      return entries.size
    },
    key: (index) => [...entries.keys()][index] ?? null,
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
}

/** Removes all that is kept under keys that begin with `beginning`. */
export function removeAll(store: Store, beginning: string): void {
  const keys = Array.from({ length: store.length }, (_, index) => store.key(index))
  for (const key of keys) if (key?.startsWith(beginning)) store.removeItem(key)
}

/**
 * Reads a value that was kept as JSON. What is missing, damaged, or not of the shape that `is` checks is undefined: any
 * script of the host's page may write there.
 */
export function readJson<T>(store: Store, key: string, is: (value: T) => boolean): T | undefined {
  try {
    const value = JSON.parse(store.getItem(key) ?? 'null') as T | null
    return value !== null && is(value) ? value : undefined
  } catch {
    return undefined
  }
}
