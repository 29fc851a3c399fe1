import type { Keyset, Page, Slice } from './page.ts'

/** Reads a page of one part of a list. */
type ReadPart<Row> = (part: number, page: Page) => Promise<Slice<Row>>

/**
 * Cuts a page out of a list that consists of several lists, one after the other; later ones are read only when the page
 * needs them. A keyset's value names the part, then the value within it.
 * @throws RangeError when a keyset names no part.
 */
export async function readParts<Row>(parts: number, page: Page, read: ReadPart<Row>): Promise<Slice<Row>> {
  const after = page.after && locate(page.after, parts)
  const before = page.before && locate(page.before, parts)
  const rows: Slice<Row>['rows'][number][] = []
  const further = { before: false, after: false }
  const order = [...Array(parts).keys()]
  if (page.backward) order.reverse()
  for (const part of order) {
    const side = sideOf(part, after?.part, before?.part) ?? (rows.length < page.limit ? undefined : pastPage(page))
    if (side) {
      if (!further[side]) further[side] = await isThere(part, read)
      continue
    }
    const slice = await read(part, {
      limit: page.limit - rows.length,
      backward: page.backward,
      after: after?.part === part ? after.keyset : undefined,
      before: before?.part === part ? before.keyset : undefined,
    })
    const found = slice.rows.map(({ row, keyset }) => ({
      row,
      keyset: { value: `${part}/${keyset.value}`, id: keyset.id },
    }))
    if (page.backward) rows.unshift(...found)
    else rows.push(...found)
    further.before ||= slice.hasPrevious
    further.after ||= slice.hasNext
  }
  return { rows, hasPrevious: further.before, hasNext: further.after }
}

type Side = 'before' | 'after'

/** On which side of the page a part lies as a whole; undefined where it may hold rows of the page. */
function sideOf(part: number, after: number | undefined, before: number | undefined): Side | undefined {
  if (after !== undefined && part < after) return 'before'
  return before !== undefined && part > before ? 'after' : undefined
}

const pastPage = ({ backward }: Page): Side => (backward ? 'before' : 'after')

async function isThere<Row>(part: number, read: ReadPart<Row>): Promise<boolean> {
  return (await read(part, { limit: 1 })).rows.length > 0
}

function locate({ value, id }: Keyset, parts: number): { readonly part: number; readonly keyset: Keyset } {
  const slash = value.indexOf('/')
  const part = Number(value.slice(0, slash))
  if (slash < 1 || !Number.isInteger(part) || part < 0 || part >= parts) {
    throw new RangeError(`not a place in this list: ${value}`)
  }
  return { part, keyset: { value: value.slice(slash + 1), id } }
}
