import type { Pool } from 'pg'
import { z } from 'zod'
import type { Position, SnapshotStore, StoredSnapshot, StreamName } from '@guichet/domain'
import { migrateSchema } from '../migrate-schema.ts'

const row = z.object({
  version: z.int().positive(),
  position: z.string().transform((text) => text as Position),
  fold: z.string(),
  state: z.string().transform((text): unknown => JSON.parse(text)),
})

/** After how many milliseconds a process looks again whether another one has stored the first snapshot. */
const lookAgainMs = 30_000

/** The snapshots in Postgres, with a way to wait for those that are being written. */
type PostgresSnapshots = SnapshotStore & { idle(): Promise<void> }

/**
 * Snapshots in a schema of their own beside the events, `<schema>_snapshots`, which the first snapshot creates: they
 * are derived, and belong to the role that runs the product. A state is written as text in the turn after the caller's.
 */
export function postgresSnapshots(pool: Pool, eventsSchema: string): PostgresSnapshots {
  const schema = `${eventsSchema}_snapshots`
  const writing = new Set<Promise<void>>()
  let prepared: Promise<void> | undefined
  let lookedAt = -Infinity
  let table: Promise<boolean> | undefined

  /** Whether there is a table, asked rarely: a failed query would cost the connection of the pool. */
  const isThere = (): Promise<boolean> => {
    if (performance.now() - lookedAt >= lookAgainMs) {
      lookedAt = performance.now()
      table = pool
        .query<{ present: boolean }>('select to_regclass($1) is not null as present', [`${schema}.snapshots`])
        .then(
          ({ rows }) => {
            if (rows[0]?.present) lookedAt = Infinity
            return rows[0]?.present === true
          },
          () => {
            lookedAt = -Infinity
            return false
          },
        )
    }
    return table ?? Promise.resolve(false)
  }

  const write = async (stream: StreamName, { version, position, fold, state }: StoredSnapshot): Promise<void> => {
    await nextTurn()
    prepared ??= migrateSchema(pool, { schema, part: 'snapshots', steps: [createTable(schema)] })
    await prepared
    lookedAt = Infinity
    table = Promise.resolve(true)
    await pool.query(
      `insert into ${schema}.snapshots as known (stream, version, position, fold, state) values ($1, $2, $3, $4, $5)
       on conflict (stream) do update set version = excluded.version, position = excluded.position,
         fold = excluded.fold, state = excluded.state, stored_at = now()
       where known.version < excluded.version or known.fold <> excluded.fold`,
      [stream, version, position, fold, JSON.stringify(state)],
    )
  }

  return {
    load: async (stream) => {
      try {
        if (!(await isThere())) return undefined
        const { rows } = await pool.query({
          name: `${schema}.load_snapshot`,
          text: `select version, position, fold, state from ${schema}.snapshots where stream = $1`,
          values: [stream],
        })
        return rows.length > 0 ? row.parse(rows[0]) : undefined
      } catch {
        // It is broken. What is wrong with the database, the read of the events reports.
        return undefined
      }
    },
    save: async (stream, snapshot) => {
      const written = write(stream, snapshot).catch(() => {
        prepared = undefined
      })
      writing.add(written)
      await written
      writing.delete(written)
    },
    idle: async () => {
      while (writing.size > 0) await Promise.all(writing)
    },
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const createTable = (schema: string): string => `
create table ${schema}.snapshots (
  stream    text        collate "C" primary key,
  version   integer     not null,
  position  text        not null,
  fold      text        not null,
  state     text        not null,
  stored_at timestamptz not null default now()
);

comment on table ${schema}.snapshots is 'Folded states of long streams; rows may be deleted at any time';
`
