import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Keyset, Page, Reader, Slice } from './reader.ts'

/** A list before paging. */
export type List = {
  readonly columns: RawBuilder<unknown>
  readonly from: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  readonly ordering: Ordering
}

/**
 * A list that can be divided into strands, such as the rows of one name, each of which an index has in order. If too
 * many rows would be scanned to fill a page, the page is merged from the strands; the rows between those of the page
 * are never read, however many there are.
 */
type OverlongRow = List & {
  /** The items of `from`, and the condition of the rows of a strand. */
  readonly strands: { readonly from: RawBuilder<unknown>; readonly where: RawBuilder<unknown> }
  /** The condition of the index that has the order. */
  readonly amid: RawBuilder<unknown>
}

type SelectedRow<R> = R & {
  readonly key_value: unknown
  readonly key_id: string | null
  readonly further_start: boolean
  readonly further_end: boolean
  readonly looked_at: string
}

/** How many rows are scanned for each row of a page before the page is merged from strands. */
const rowsLookedAt = 20

/**
 * Cuts a page out of a list in one statement, or two if it has strands: the rows, and whether there are any before and
 * after them.
 * @throws RangeError when the limit is not a positive whole number, or a keyset does not fit the order.
 */
export async function readSlice<R extends object, Row>(
  reader: Reader,
  listed: List | OverlongRow,
  page: Page,
  toRow: (selected: R) => Row,
  planning: 'prepared' | 'ad hoc' = 'prepared',
): Promise<Slice<Row>> {
  if (!Number.isSafeInteger(page.limit) || page.limit < 1) throw new RangeError(`not a page size: ${page.limit}`)
  const selected = await select<R>(reader, listed, page, planning)
  const matches = selected.filter(({ key_id }) => key_id !== null)
  const rows = matches.slice(0, page.limit)
  const overflow = matches.length > page.limit
  if (page.backward) rows.reverse()
  return {
    rows: rows.map((each) => ({
      row: toRow(each),
      keyset: { value: listed.ordering.write(each.key_value), id: String(each.key_id) },
    })),
    hasPrevious: (page.backward === true && overflow) || selected[0]?.further_start === true,
    hasNext: (page.backward !== true && overflow) || selected[0]?.further_end === true,
  }
}

async function select<R extends object>(
  reader: Reader,
  listed: List | OverlongRow,
  page: Page,
  planning: 'prepared' | 'ad hoc',
): Promise<readonly SelectedRow<R>[]> {
  const most = page.limit + 1
  const run = (scan: RawBuilder<unknown>, where: RawBuilder<unknown>) =>
    reader.rows(pageStatement<R>(listed, page, scan, where), planning)
  if (!('strands' in listed)) return run(inOrder(listed, page, listed.where, most), sql`true`)
  const first = await run(inOrder(listed, page, listed.amid, most * rowsLookedAt), listed.where)
  const complete = first.length === most || Number(first[0]?.looked_at) < most * rowsLookedAt
  if (complete) return first
  const { from, where } = listed.strands
  const ofStrand = inOrder(listed, page, sql`${listed.where} and ${where}`, most)
  return run(sql`select r.* from ${from} cross join lateral (${ofStrand}) r`, sql`true`)
}

/** The first `limit` rows of a page in the order of the list that meet a condition. */
function inOrder(
  { columns, from, ordering }: List,
  page: Page,
  where: RawBuilder<unknown>,
  most: number,
): RawBuilder<unknown> {
  const { expression, id } = ordering
  const direction = isAscending(ordering, page) ? sql`asc` : sql`desc`
  return sql`
    select ${columns}, ${expression} as key_value, ${id} as key_id
    from ${from}
    where ${where} ${bounds(ordering, page)}
    order by ${expression} ${direction}, ${id} ${direction}
    limit ${most}`
}

/** The page among the scanned rows `s`, and whether the list has rows before and after it. */
function pageStatement<R extends object>(
  listed: List | OverlongRow,
  page: Page,
  scan: RawBuilder<unknown>,
  where: RawBuilder<unknown>,
): RawBuilder<SelectedRow<R>> {
  const direction = isAscending(listed.ordering, page) ? sql`asc` : sql`desc`
  return sql`
    with looked as materialized (${scan})
    select p.*, f.further_start, f.further_end, f.looked_at
    from (
      select ${beyond(listed, page.after, 'start')} as further_start, ${beyond(listed, page.before, 'end')} as further_end,
        (select count(*) from looked) as looked_at
    ) f
    left join (
      select s.* from looked s where ${where} order by s.key_value ${direction}, s.key_id ${direction} limit ${page.limit + 1}
    ) p on true
    order by p.key_value ${direction}, p.key_id ${direction}`
}

/**
 * Matches the next `most` rows of the unfiltered list from where a page begins; matches none if the list has fewer
 * left.
 */
export function near({ from, ordering }: Pick<List, 'from' | 'ordering'>, page: Page, most: number): Condition {
  const { expression, id } = ordering
  const ascending = isAscending(ordering, page)
  const direction = ascending ? sql`asc` : sql`desc`
  return sql`${place(ordering)} ${ascending ? sql`<=` : sql`>=`} (
    select ${expression}, ${id} from ${from} where true ${bounds(ordering, page)}
    order by ${expression} ${direction}, ${id} ${direction} offset ${most} limit 1)`
}

const isAscending = ({ direction }: Ordering, { backward }: Page): boolean =>
  (direction === 'asc') !== (backward === true)

const bounds = (ordering: Ordering, { after, before }: Page): RawBuilder<unknown> =>
  sql`${within(ordering, after, 'start')} ${within(ordering, before, 'end')}`

type PageBound = 'start' | 'end'

/** Selects the rows on the page's side of a bound, excluding the bound. */
function within(ordering: Ordering, bound: Keyset | undefined, side: PageBound): RawBuilder<unknown> {
  if (!bound) return sql``
  const above = (side === 'start') === (ordering.direction === 'asc')
  return sql`and ${place(ordering)} ${above ? sql`>` : sql`<`} (${ordering.read(bound.value)}, ${bound.id})`
}

/** Whether the list has rows at or beyond a bound. */
function beyond(listed: List | OverlongRow, bound: Keyset | undefined, side: PageBound): RawBuilder<unknown> {
  if (!bound) return sql`false`
  const { from, where, ordering } = listed
  const above = (side === 'end') === (ordering.direction === 'asc')
  const there = sql`${place(ordering)} ${above ? sql`>=` : sql`<=`} (${ordering.read(bound.value)}, ${bound.id})`
  const rows = sql`select from ${from} where ${where} and ${there}`
  if (!('strands' in listed)) return sql`exists (${rows})`
  const { strands } = listed
  return sql`exists (select from ${strands.from} cross join lateral (${rows} and ${strands.where} limit 1) r)`
}

const place = ({ expression, id }: Ordering): RawBuilder<unknown> => sql`(${expression}, ${id})`

/** How a list is sorted: the expression, and the format of its values in a keyset. */
export type Ordering = {
  readonly expression: RawBuilder<unknown>
  readonly id: RawBuilder<unknown>
  readonly direction: 'asc' | 'desc'
  /** The keyset's value of a selected value. */
  write(value: unknown): string
  /** @throws RangeError when the text is no value of this order, as in a foreign cursor. */
  read(text: string): RawBuilder<unknown>
}

type SortOrder = Pick<Ordering, 'expression' | 'id' | 'direction'>

/** By an instant, ties by id. */
export function byInstant(sorted: SortOrder): Ordering {
  return { ...sorted, write: (value) => toInstant(value as Date), read: (text) => sql`${instant(text)}::timestamptz` }
}

/** By a whole number, ties by id. */
export function byNumber(sorted: SortOrder): Ordering {
  return {
    ...sorted,
    write: String,
    read: (text) => {
      if (!/^-?\d{1,18}$/.test(text)) throw new RangeError(`not a whole number: ${text}`)
      return sql`${text}::bigint`
    },
  }
}

/** By a text in the order of its bytes, ties by id. */
export function byText(sorted: SortOrder): Ordering {
  return { ...sorted, write: String, read: (text) => sql`${text}::text` }
}

/** The instant of a value of `timestamptz`. */
export const toInstant = (value: Date): Instant => value.toISOString() as Instant

/** A condition on the rows of a statement. */
export type Condition = RawBuilder<unknown>

/** Joins these conditions with `and`; skips undefined ones. */
export function allOf(conditions: readonly (Condition | undefined | false)[]): Condition {
  const operands = conditions.filter(
    (condition) => condition !== undefined && condition !== false && condition !== always,
  ) as readonly Condition[]
  if (operands.length === 0) return always
  return operands.length === 1 && operands[0] ? operands[0] : sql`(${sql.join(operands, sql` and `)})`
}

/** Joins these conditions with `or`. */
export const anyOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`

/** Matches one of these values. */
export const among = (column: Condition, values: readonly string[]): Condition =>
  sql`${column} = any(${[...values]}::text[])`

/** Matches one of these values; `null` matches a missing value. */
export function amongOrNone(column: Condition, values: readonly (string | null)[]): Condition {
  const named = values.filter((value) => value !== null)
  if (named.length === values.length) return among(column, named)
  return anyOf([...(named.length > 0 ? [among(column, named)] : []), sql`${column} is null`])
}

const always: Condition = sql`true`

/**
 * Cuts a page out of rows within its bounds, in order, of which there is one more than it holds if the list goes on. A bound is a row of
 * the list.
 */
export function cutSlice<Row>(rows: Slice<Row>['rows'], { limit, backward, after, before }: Page): Slice<Row> {
  const overflow = rows.length > limit
  return {
    rows: backward ? rows.slice(-limit) : rows.slice(0, limit),
    hasPrevious: after !== undefined || (backward === true && overflow),
    hasNext: before !== undefined || (backward !== true && overflow),
  }
}

/**
 * Cuts a page out of several merged lists. Each slice is the result of its list for that page, in the order of
 * `compare`.
 */
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
