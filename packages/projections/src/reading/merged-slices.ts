import type { Page, Slice } from './page.ts'

/** Cuts a page out of what several lists hold together: each has been asked for that very page, and is in the order told. */
export function mergedSlices<Row>(
  slices: readonly Slice<Row>[],
  page: Page,
  compare: (a: Row, b: Row) => number,
): Slice<Row> {
  const rows = slices.flatMap((slice) => slice.rows).sort((a, b) => compare(a.row, b.row))
  const left = rows.length > page.limit
  return {
    rows: page.backward ? rows.slice(-page.limit) : rows.slice(0, page.limit),
    hasPrevious: (left && page.backward === true) || slices.some(({ hasPrevious }) => hasPrevious),
    hasNext: (left && page.backward !== true) || slices.some(({ hasNext }) => hasNext),
  }
}
