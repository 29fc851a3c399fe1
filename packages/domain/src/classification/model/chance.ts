/**
 * Numbers from 0 up to 1 that follow from a seed: the same in every run (mulberry32, by Tommy Ettinger, in the public domain).
 */
export function chanceFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Puts a list into an order of chance, in place (Fisher and Yates). */
export function shuffle(list: { [place: number]: number; readonly length: number }, chance: () => number): void {
  for (let place = list.length - 1; place > 0; place--) {
    const other = Math.floor(chance() * (place + 1))
    const kept = list[place] as number
    list[place] = list[other] as number
    list[other] = kept
  }
}
