import type { Page, Slice } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import { toCursor } from './cursor.ts'
import type { PageArgs } from './page.ts'
import { toPage } from './page.ts'

/** A slice of a list as Relay names its parts. */
export type Connection<T> = {
  readonly edges: { readonly cursor: string; readonly node: T }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

/** The names of a connection and of its edges, after the type that is listed; each type has one of each. */
export const namesOf = (type: string) => [{ name: `${type}Connection` }, { name: `${type}Edge` }] as const

/**
 * The page of a list that its arguments ask for; throws `page_size_invalid` or `cursor_invalid`.
 * @param list names the list and its order: only it accepts the cursors that are made here.
 */
export async function connectionOf<Row>(
  list: string,
  args: PageArgs,
  read: (page: Page) => Promise<Slice<Row>>,
): Promise<Connection<Row>> {
  const slice = await readSlice(args, () => read(toPage(list, args)))
  return toConnection(list, slice)
}

/** Turns a slice into a connection whose cursors only this list in this order accepts. */
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

/** Reads a slice, or what holds one; a cursor whose value the list cannot read was not made by it. */
export async function readSlice<T>({ after, before }: PageArgs, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RangeError && (after != null || before != null)) throw edgeError('cursor_invalid')
    throw error
  }
}
