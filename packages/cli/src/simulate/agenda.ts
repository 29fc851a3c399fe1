type Item = { readonly at: number; readonly work: () => Promise<unknown> }

/** Work at simulated times, in milliseconds since 1970: a clock that goes from one item to the next. */
export type Agenda = {
  now(): number
  /** Adds work at a time; at once if that has passed. Work at the same time is done in the order in which it was added. */
  add(at: number, work: () => Promise<unknown>): void
  /** Does the work up to a time, and something else after each item. */
  run(until: number, afterEach: () => Promise<unknown>): Promise<void>
}

/** An agenda without items, at a time. */
export function createAgenda(start: number): Agenda {
  const items: Item[] = []
  let time = start
  /** The place after all items up to a time: those that are due first are at the end. */
  const placeOf = (at: number): number => {
    let [low, high] = [0, items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((items[middle]?.at ?? 0) <= at) high = middle
      else low = middle + 1
    }
    return low
  }
  return {
    now: () => time,
    add: (at, work) => void items.splice(placeOf(Math.max(at, time)), 0, { at: Math.max(at, time), work }),
    run: async (until, afterEach) => {
      for (let next = items.at(-1); next && next.at <= until; next = items.at(-1)) {
        items.pop()
        time = next.at
        await next.work()
        await afterEach()
      }
      time = until
    },
  }
}
