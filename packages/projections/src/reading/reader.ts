import { createHash } from 'node:crypto'
import type { RawBuilder } from 'kysely'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Pool, QueryResultRow } from 'pg'
import type { Instant } from '@guichet/domain'

/** The schema of the views onto the live generation of every read model. */
export const readSchema = 'guichet_read'

/** Queries the read models. */
export type Reader = {
  /** Runs one statement. It is prepared once per connection; an `ad hoc` statement is planned for its values. */
  rows<R extends QueryResultRow>(query: RawBuilder<R>, planning?: 'prepared' | 'ad hoc'): Promise<R[]>
}

/**
 * The maximum number of prepared statement shapes. Others are planned each time, so that callers cannot fill the
 * server's memory.
 */
const maxPrepared = 300

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** Creates a reader over a pool. The caller closes the pool. */
export function createReader(pool: Pool): Reader {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const knownName = names.get(text)
    if (knownName !== undefined || names.size >= maxPrepared) return knownName
    const name = `guichet_${createHash('sha1').update(text).digest('hex')}`
    names.set(text, name)
    return name
  }
  return {
    rows: async <R extends QueryResultRow>(query: RawBuilder<R>, planning: 'prepared' | 'ad hoc' = 'prepared') => {
      const { sql: text, parameters } = query.compile(compiler)
      const name = planning === 'prepared' ? nameOf(text) : undefined
      const { rows } = await pool.query<R>({ text, values: [...parameters], ...(name !== undefined && { name }) })
      return rows
    },
  }
}

/** A place in an ordered list: the sort value, and the id that breaks ties. */
export type Keyset = { readonly value: string; readonly id: string }

/** A page from the start of the order, or, if `backward`, from its end. */
export type Page = {
  readonly limit: number
  readonly backward?: boolean | undefined
  readonly after?: Keyset | undefined
  readonly before?: Keyset | undefined
}

/** A page of a list, with the keyset of each row, and whether rows precede and follow it. */
export type Slice<Row> = {
  readonly rows: readonly { readonly row: Row; readonly keyset: Keyset }[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** Half open: `from` is included, `to` is not; either end may be omitted. */
export type TimeRange = { readonly from?: Instant | undefined; readonly to?: Instant | undefined }

/** Reads a page of one part of a list. */
type ReadPart<Row> = (part: number, page: Page) => Promise<Slice<Row>>

/**
 * Cuts a page out of a list that consists of several lists, one after the other. Later lists are read only when the
 * page needs them. A keyset's value names the part, then the value within it.
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
    const partRows = slice.rows.map(({ row, keyset }) => ({
      row,
      keyset: { value: `${part}/${keyset.value}`, id: keyset.id },
    }))
    if (page.backward) rows.unshift(...partRows)
    else rows.push(...partRows)
    further.before ||= slice.hasPrevious
    further.after ||= slice.hasNext
  }
  return { rows, hasPrevious: further.before, hasNext: further.after }
}

type Side = 'before' | 'after'

/** The side of the page on which a part lies as a whole; undefined where it may hold rows of the page. */
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

/** Reads values by their keys, in the order of the keys. */
type ReadMany<K, V> = (keys: readonly K[]) => Promise<readonly V[]>

type ReadRequest<K, V> = {
  readonly keys: readonly K[]
  resolve(values: readonly V[]): void
  reject(error: unknown): void
}

/**
 * Combines all requests of one turn of the event loop into one read, at most `maxKeys` keys at a time, since readers
 * that wait for the same batch of events resume together. The read begins after each request, so no result is older
 * than a read of its own would give. When the read fails, each key is read separately, so that an unreadable key fails
 * only its own request.
 */
export function coalesced<K, V>(read: ReadMany<K, V>, maxKeys = 1_000): ReadMany<K, V> {
  let requests: ReadRequest<K, V>[] = []
  let keys = 0

  const send = async (): Promise<void> => {
    const together = requests
    requests = []
    keys = 0
    try {
      const values = await read(together.flatMap((each) => each.keys))
      let from = 0
      for (const { keys, resolve } of together) resolve(values.slice(from, (from += keys.length)))
    } catch (error) {
      if (together.length === 1) together[0]?.reject(error)
      else for (const { keys, resolve, reject } of together) read(keys).then(resolve, reject)
    }
  }

  return (requestKeys) =>
    new Promise((resolve, reject) => {
      if (keys + requestKeys.length > maxKeys) void send()
      if (requests.length === 0) {
        const opened = requests
        setImmediate(() => void (opened === requests && send()))
      }
      requests.push({ keys: requestKeys, resolve, reject })
      keys += requestKeys.length
    })
}
