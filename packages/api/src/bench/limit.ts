import type { DomainEvent } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'

/** What the database itself can do: prepared statements on a plain table of events, and nothing around them. */
export type Limit = {
  /** Stores the events of one command in one statement. */
  append(stream: string, version: number, events: readonly DomainEvent[]): Promise<unknown>
  /** Reads a stream, as a decision would need it. */
  load(stream: string): Promise<number>
  close(): Promise<void>
}

const table = `create table raw_events (
  position bigserial primary key, stream text not null, version integer not null, type text not null,
  data jsonb not null, recorded_at timestamptz not null default now(), unique (stream, version))`

/** Opens a Postgres and creates the plain table in it. @throws when the table is there already, or the database is not. */
export async function openLimit(url: string): Promise<Limit> {
  const pool = openPool({ connectionString: url })
  await pool.query(table)
  return {
    append: (stream, version, events) =>
      pool.query({
        name: 'append',
        text: `insert into raw_events (stream, version, type, data)
               select $1, $2 + n, type, data from unnest($3::text[], $4::jsonb[]) with ordinality as e (type, data, n)`,
        values: [stream, version, events.map(({ type }) => type), events.map((event) => JSON.stringify(event))],
      }),
    load: async (stream) => {
      const { rows } = await pool.query({
        name: 'load',
        text: 'select version, type, data from raw_events where stream = $1 order by version',
        values: [stream],
      })
      return rows.length
    },
    close: () => pool.end(),
  }
}
