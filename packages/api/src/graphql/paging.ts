import { z } from 'zod'
import type { Keyset, Page, Slice } from '@guichet/projections'
import type { Operation } from '../auth/rights.ts'
import { accessTo } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import type { ApiContext } from './services.ts'

/** Loads nodes by their own ids for callers who may use the operation that lists them; others get none. */
export const loadNodes =
  <T>(operation: Operation, load: (id: string, context: ApiContext) => Promise<T | null | undefined>) =>
  async (ids: string[], context: ApiContext): Promise<(T | null)[]> =>
    accessTo(operation, context.principal) === 'none'
      ? ids.map(() => null)
      : Promise.all(ids.map(async (id) => (await load(id, context)) ?? null))

/** A slice of a list in the form of a Relay connection. */
type Connection<T> = {
  readonly edges: { readonly cursor: string; readonly node: T }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

/** A slice of a list that has nothing. */
export const emptySlice: Slice<never> = { rows: [], hasNext: false, hasPrevious: false }

/** Returns the names of the connection and the edges of a type. */
export const namesOf = (type: string) => [{ name: `${type}Connection` }, { name: `${type}Edge` }] as const

/**
 * Reads the page of a list that the arguments describe; throws `page_size_invalid` or `cursor_invalid`.
 * @param list names the list and its order: its cursors are valid for no other list or order.
 */
export async function connectionOf<Row>(
  list: string,
  args: PageArgs,
  read: (page: Page) => Promise<Slice<Row>>,
): Promise<Connection<Row>> {
  const slice = await readSlice(args, () => read(toPage(list, args)))
  return toConnection(list, slice)
}

/** Turns a slice into a connection, whose cursors are valid only for this list in this order. */
export function toConnection<Row>(list: string, { rows, hasNext, hasPrevious }: Slice<Row>): Connection<Row> {
  const edges = rows.map(({ row, keyset }) => ({ cursor: toCursor(list, keyset), node: row }))
  return {
    edges,
    pageInfo: {
      hasNextPage: hasNext,
      hasPreviousPage: hasPrevious,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** Reads a slice, or an object with one; throws `cursor_invalid` for a cursor value that the list cannot read. */
export async function readSlice<T>({ after, before }: PageArgs, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RangeError && (after != null || before != null)) throw edgeError('cursor_invalid')
    throw error
  }
}

/** The arguments of a list: exactly one of `first` and `last`. */
type PageArgs = {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

/** The most items that one page of a list has. */
export const largestPage = 100

/** Returns the page that the arguments of a list describe; throws `page_size_invalid` or `cursor_invalid`. */
export function toPage(list: string, { first, last, after, before }: PageArgs): Page {
  const limit = first ?? last
  if (limit == null || (first != null && last != null)) throw edgeError('page_size_invalid')
  assertPageSize(first == null ? 'last' : 'first', limit)
  return {
    limit,
    backward: first == null,
    ...(after != null && { after: fromCursor(list, after) }),
    ...(before != null && { before: fromCursor(list, before) }),
  }
}

/** Throws `page_size_invalid`, naming the argument, for an invalid page size. */
export function assertPageSize(argument: string, size: number): void {
  if (size >= 1 && size <= largestPage) return
  throw edgeError('page_size_invalid', `${argument} must be from 1 to ${largestPage}`)
}

const version = 1
const longestCursor = 2_000

/** Cursors are opaque to clients. They contain their version, their list and its order. */
const cursorSchema = z.tuple([z.literal(version), z.string(), z.string().max(500), z.string().max(500)])

/** Writes the cursor of an item. `list` names the list and its order. */
export function toCursor(list: string, { value, id }: Keyset): string {
  return Buffer.from(JSON.stringify([version, list, value, id])).toString('base64url')
}

/** Reads a cursor of the same list in the same order, or throws `cursor_invalid`. */
function fromCursor(list: string, cursor: string): Keyset {
  const keyset = keysetIn(list, cursor)
  if (!keyset) throw edgeError('cursor_invalid')
  return keyset
}

/**
 * Reads what a subscription may begin after: a cursor of the list of the same events, which its own results have too. Undefined for a
 * text that is no cursor, such as a position; throws `cursor_invalid` for a cursor of another list.
 */
export function keysetIn(list: string, text: string): Keyset | undefined {
  const parsed = text.length > longestCursor ? undefined : cursorSchema.safeParse(decode(text))
  if (!parsed?.success) return undefined
  const [, made, value, id] = parsed.data
  if (made !== list || parsed.data.some(hasNul)) throw edgeError('cursor_invalid')
  return { value, id }
}

const hasNul = (part: unknown): boolean => typeof part === 'string' && part.includes('\0')

/** The content of a cursor; undefined when it is no text that this server wrote. */
function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/**
 * Returns a page of a list in memory, whose rows have a key.
 * @throws RangeError when the page begins or ends at a row that is not in the list.
 */
export function sliceOf<T>(all: readonly T[], page: Page, keyOf: (row: T) => Keyset): Slice<T> {
  const indexOf = ({ value, id }: Keyset): number => {
    const index = all.findIndex((row) => keyOf(row).value === value && keyOf(row).id === id)
    if (index < 0) throw new RangeError(`not in this list: ${value}`)
    return index
  }
  const from = page.after ? indexOf(page.after) + 1 : 0
  const to = page.before ? indexOf(page.before) : all.length
  const start = page.backward ? Math.max(from, to - page.limit) : from
  const end = page.backward ? to : Math.min(to, from + page.limit)
  return {
    rows: all.slice(start, Math.max(start, end)).map((row) => ({ row, keyset: keyOf(row) })),
    hasPrevious: start > 0,
    hasNext: end < all.length,
  }
}
