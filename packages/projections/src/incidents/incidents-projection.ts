import type { IncidentState } from '@guichet/domain'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { Moved } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { IncidentFolding } from './incident-states.ts'

/** The incidents, as they stand. */
export function incidentsProjection(incidents: IncidentFolding): Projection {
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
    project: async (events, context) => {
      await table.replace(context.tx, rowsOf(movedBy(await incidents.steps(events, context))))
    },
  }
}

const table = writtenTable('incident', 'id text', 'version integer, status text, declared_at timestamptz, state json')

const rowsOf = (moved: readonly Moved<IncidentState>[]): readonly object[] =>
  moved.flatMap(({ id, version, after: state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, declared_at: state.declaredAt, state }],
  )
