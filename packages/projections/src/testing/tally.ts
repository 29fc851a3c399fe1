import { sql } from 'kysely'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'

/** The smallest projection that tells twice from once and gaps from order: each event's place and version, by stream. */
export function tallyProjection(
  options: {
    /** `tally` by default; its tables are `<name>` (one row per stream) and `<name>_events` (one per event). */
    readonly name?: string
    readonly version?: number
    readonly basis?: string
    /** `prompt` by default. */
    readonly pace?: Projection['pace']
    /** Called before each batch is written: the place to fail, or to wait. */
    readonly before?: (events: readonly RecordedEvent[], context: ProjectionContext) => unknown
    readonly switched?: Projection['switched']
  } = {},
): Projection {
  const { name = 'tally', version = 1, basis = '', pace = 'prompt', before, switched } = options
  const streams = sql.table(name)
  const entries = sql.table(`${name}_events`)
  return {
    name,
    version,
    basis,
    pace,
    tables: [name, `${name}_events`],
    async createTables(tx) {
      await sql`create table ${streams} (stream text primary key, events integer not null, version integer not null)`.execute(
        tx,
      )
      await sql`create table ${entries} (id text primary key, stream text not null, version integer not null)`.execute(
        tx,
      )
    },
    async createIndexes(tx) {
      await sql`create unique index on ${entries} (stream, version)`.execute(tx)
    },
    async project(events, context) {
      await before?.(events, context)
      const ids = events.map(({ id }) => id)
      const names = events.map(({ stream }) => stream)
      const versions = events.map((event) => event.version)
      await sql`insert into ${entries}
        select * from unnest(${ids}::text[], ${names}::text[], ${versions}::integer[])`.execute(context.tx)
      await sql`insert into ${streams} as known
        select stream, count(*), max(version)
        from unnest(${names}::text[], ${versions}::integer[]) as e (stream, version) group by stream
        on conflict (stream) do update
        set events = known.events + excluded.events, version = excluded.version`.execute(context.tx)
    },
    ...(switched && { switched }),
  }
}
