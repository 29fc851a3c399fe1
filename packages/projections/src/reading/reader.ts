import { createHash } from 'node:crypto'
import type { RawBuilder } from 'kysely'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Pool, QueryResultRow } from 'pg'

/** The schema of the views through which the live generation of every read model is read. */
export const readSchema = 'guichet_read'

/** Asks the read models. */
export type Reader = {
  /** Runs one statement. It is prepared once per connection unless `ad hoc`, which plans it for its very values. */
  rows<R extends QueryResultRow>(query: RawBuilder<R>, planning?: 'prepared' | 'ad hoc'): Promise<R[]>
}

/** How many shapes of statements are prepared; others are planned each time, so that callers cannot fill the server. */
const maxPrepared = 300

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** Reads over a pool, which stays its owner's to close. */
export function createReader(pool: Pool): Reader {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known !== undefined || names.size >= maxPrepared) return known
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
