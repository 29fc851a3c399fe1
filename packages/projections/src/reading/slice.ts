import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Condition } from './condition.ts'
import type { Keyset, Page, Slice } from './page.ts'
import type { Ordering } from './ordering.ts'
import type { Reader } from './reader.ts'

/** A list before it is cut into pages. */
export type Listed = {
  readonly columns: RawBuilder<unknown>
  readonly from: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  readonly ordering: Ordering
}

type Selected<R> = R & {
  readonly key_value: unknown
  readonly key_id: string | null
  readonly further_start: boolean
  readonly further_end: boolean
}

/**
 * Cuts a page out of a list in one statement: the rows, and whether there are any before and after them.
 * @throws RangeError when the limit is not a whole number from 1 on, or a keyset does not fit the order.
 */
export async function readSlice<R extends object, Row>(
  reader: Reader,
  listed: Listed,
  page: Page,
  toRow: (selected: R) => Row,
  planning: 'prepared' | 'ad hoc' = 'prepared',
): Promise<Slice<Row>> {
  if (!Number.isSafeInteger(page.limit) || page.limit < 1) throw new RangeError(`not a page size: ${page.limit}`)
  const selected = await reader.rows(pageStatement<R>(listed, page), planning)
  const found = selected.filter(({ key_id }) => key_id !== null)
  const rows = found.slice(0, page.limit)
  const overflow = found.length > page.limit
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

function pageStatement<R extends object>(listed: Listed, page: Page): RawBuilder<Selected<R>> {
  const { columns, from, where, ordering } = listed
  const { expression, id } = ordering
  const direction = isAscending(ordering, page) ? sql`asc` : sql`desc`
  return sql`
    select p.*, f.further_start, f.further_end
    from (select ${beyond(listed, page.after, 'start')} as further_start, ${beyond(listed, page.before, 'end')} as further_end) f
    left join (
      select ${columns}, ${expression} as key_value, ${id} as key_id
      from ${from}
      where ${where} ${bounds(ordering, page)}
      order by ${expression} ${direction}, ${id} ${direction}
      limit ${page.limit + 1}
    ) p on true
    order by p.key_value ${direction}, p.key_id ${direction}`
}

/**
 * Keeps the rows that lie within so many rows of a list, whatever it is narrowed down by, from where a page begins; none where it has
 * fewer left.
 */
export function near({ from, ordering }: Pick<Listed, 'from' | 'ordering'>, page: Page, most: number): Condition {
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

type Bound = 'start' | 'end'

/** Keeps the rows on the page's side of a bound, the bound itself left out. */
function within(ordering: Ordering, bound: Keyset | undefined, side: Bound): RawBuilder<unknown> {
  if (!bound) return sql``
  const above = (side === 'start') === (ordering.direction === 'asc')
  return sql`and ${place(ordering)} ${above ? sql`>` : sql`<`} (${ordering.read(bound.value)}, ${bound.id})`
}

/** Whether the list has rows at or beyond a bound. */
function beyond({ from, where, ordering }: Listed, bound: Keyset | undefined, side: Bound): RawBuilder<unknown> {
  if (!bound) return sql`false`
  const above = (side === 'end') === (ordering.direction === 'asc')
  const there = sql`${place(ordering)} ${above ? sql`>=` : sql`<=`} (${ordering.read(bound.value)}, ${bound.id})`
  return sql`exists (select from ${from} where ${where} and ${there})`
}

const place = ({ expression, id }: Ordering): RawBuilder<unknown> => sql`(${expression}, ${id})`
