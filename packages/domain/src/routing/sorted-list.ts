/** Things in an order of their own, each once; adding and removing one takes the time of a search. */
export type SortedList<T> = {
  readonly all: readonly T[]
  add(one: T): void
  /** Takes away what is equal in the order. */
  remove(one: T): void
}

/** An empty list; `compare` tells two different things apart. */
export function createSortedList<T>(compare: (a: T, b: T) => number): SortedList<T> {
  const all: T[] = []
  const placeOf = (one: T): number => {
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = all[middle]
      if (there !== undefined && compare(there, one) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    all,
    add: (one) => void all.splice(placeOf(one), 0, one),
    remove: (one) => {
      const place = placeOf(one)
      const there = all[place]
      if (there !== undefined && compare(there, one) === 0) all.splice(place, 1)
    },
  }
}
