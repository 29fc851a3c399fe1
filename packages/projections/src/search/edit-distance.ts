/**
 * How many letters have to be added, left out, replaced or swapped with their neighbour to get from one word to another
 * (optimal string alignment). More than `most` is any number greater than it: it is not looked further.
 */
export function editDistance(a: string, b: string, most: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = Math.max(1, row - most); column <= Math.min(b.length, row + most); column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? Infinity

/**
 * Whether two words may be within so many edits of each other, by which letters they hold: an edit takes away one at most
 * and brings one at most. Much cheaper than the distance.
 */
export function mayBeWithin(edits: number, a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > edits) return false
  let left = 2 * edits
  for (let different = lettersOf(a) ^ lettersOf(b); different !== 0; different &= different - 1) {
    if (--left < 0) return false
  }
  return true
}

/** A bit for each letter, or for several that share it. */
function lettersOf(word: string): number {
  let letters = 0
  for (let at = 0; at < word.length; at++) letters |= 1 << (word.charCodeAt(at) % 32)
  return letters
}
