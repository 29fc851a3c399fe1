import type { IncidentState } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import type { IncidentFolding } from './incident-states.ts'

/** The incidents, as they stand. */
export function incidentsProjection(foldIncidents: IncidentFolding): Projection {
  return {
    name: 'incidents',
    version: 1,
    tables: ['incident'],
    createTables: async (tx) => {
      await sql`
        create table incident (
          id text collate "C" primary key,
          version integer not null,
          status text not null,
          declared_at timestamptz not null,
          state json not null
        ) with (fillfactor = 70)`.execute(tx)
    },
    createIndexes: async (tx) => {
      await sql`create index on incident (declared_at, id)`.execute(tx)
      await sql`create index on incident (status, declared_at, id)`.execute(tx)
      await sql`analyze incident`.execute(tx)
    },
    project: async (events, { tx }) => {
      const { ends } = await foldIncidents(events, (ids) => loadStates(tx, ids))
      await writeIncidents(tx, ends)
    },
  }
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<IncidentState>[]> {
  const { rows } = await sql<KeptState<IncidentState>>`
    select id, version, state from incident where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

async function writeIncidents(tx: Transaction<unknown>, ends: readonly KeptState<IncidentState>[]): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, declared_at: state.declaredAt, state }],
  )
  if (rows.length === 0) return
  await sql`
    insert into incident (id, version, status, declared_at, state)
    select id, version, status, declared_at, state
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, status text, declared_at timestamptz, state json
    )
    on conflict (id) do update set
      version = excluded.version, status = excluded.status, state = excluded.state`.execute(tx)
}
