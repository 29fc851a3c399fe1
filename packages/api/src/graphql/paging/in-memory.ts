import type { Page, Slice } from '@guichet/projections'

/**
 * Cuts a page out of a list that is held in memory, whose rows are named by a key.
 * @throws RangeError when the page begins or ends at a row that is not in the list.
 */
export function sliceOf<T>(all: readonly T[], page: Page, keyOf: (row: T) => string): Slice<T> {
  const place = (key: string): number => {
    const index = all.findIndex((row) => keyOf(row) === key)
    if (index < 0) throw new RangeError(`not in this list: ${key}`)
    return index
  }
  const from = page.after ? place(page.after.value) + 1 : 0
  const to = page.before ? place(page.before.value) : all.length
  const start = page.backward ? Math.max(from, to - page.limit) : from
  const end = page.backward ? to : Math.min(to, from + page.limit)
  return {
    rows: all.slice(start, Math.max(start, end)).map((row) => ({ row, keyset: { value: keyOf(row), id: '' } })),
    hasPrevious: start > 0,
    hasNext: end < all.length,
  }
}
