import { sql } from 'kysely'
import type { Incident, IncidentDeadline, IncidentEvent, IncidentState, IncidentStatus } from '@guichet/domain'
import { incidentDeadlines } from '@guichet/domain'
import type { Page, Reader, Slice } from './reading/reader.ts'
import { readSchema } from './reading/reader.ts'
import { byInstant, readSlice } from './reading/slice.ts'
import type { Projection } from './runner/projection.ts'
import type { MovedStream, Step, StreamFolding } from './streams/stream-folding.ts'
import { movedBy } from './streams/stream-folding.ts'
import { tablesOf, writtenTable } from './written-table.ts'

/** The current state of every incident. */
export function incidentsProjection(incidents: IncidentFolding): Projection {
  return {
    name: 'incidents',
    version: 1,
    ...tablesOf(table),
    project: async (events, context) => {
      await table.replace(context.tx, rowsOf(movedBy(await incidents.steps(events, context))))
    },
  }
}

const table = writtenTable(
  'incident',
  `id text collate "C" primary key,
  version integer not null,
  status text not null,
  declared_at timestamptz not null,
  state json not null`,
  { fillfactor: 70, indexes: ['index on incident (declared_at, id)', 'index on incident (status, declared_at, id)'] },
)

const rowsOf = (moved: readonly MovedStream<IncidentState>[]): readonly object[] =>
  moved.flatMap(({ id, version, after: state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, declared_at: state.declaredAt, state }],
  )

/** An event of an incident, with the incident before and after it. */
export type IncidentStep = Step<IncidentEvent, IncidentState>
/** The folding of incidents that all read models of a process share. */
export type IncidentFolding = StreamFolding<IncidentEvent, IncidentState>

type SelectedRow = { readonly id: string; readonly version: number; readonly state: Incident }

/** Queries the live generation of the incidents. */
export function incidentsQueries(reader: Reader): IncidentsQueries {
  const from = sql`${sql.id(readSchema)}.incident i`
  const columns = sql`i.id, i.version, i.state`
  const ordering = byInstant({ expression: sql`i.declared_at`, id: sql`i.id`, direction: 'desc' })
  return {
    list: ({ status }, page) => {
      const where = status === undefined ? sql`true` : sql`i.status = any(${[...status]}::text[])`
      return readSlice(reader, { columns, from, where, ordering }, page, toRow)
    },
    byIds: async (ids) => {
      const selected = await reader.rows(sql<SelectedRow>`
        select ${columns} from ${from} where i.id = any(${[...ids]}::text[])`)
      const rowsById = new Map(selected.map((each) => [each.id, toRow(each)]))
      return ids.map((id) => rowsById.get(id))
    },
  }
}

const toRow = ({ id, version, state }: SelectedRow): IncidentRow => ({
  id,
  version,
  incident: state,
  deadlines: incidentDeadlines(state),
})

/** The current state of an incident. */
export type IncidentRow = {
  readonly id: string
  readonly version: number
  readonly incident: Incident
  /** Its deadlines, earliest first. */
  readonly deadlines: readonly IncidentDeadline[]
}

/** Conditions on incidents, all of which must hold. */
export type IncidentFilter = {
  /** Any of these statuses; all without them. */
  readonly status?: readonly IncidentStatus[] | undefined
}

/** The queries on incidents. */
export type IncidentsQueries = {
  /** Incidents, the last declared first. */
  list(filter: IncidentFilter, page: Page): Promise<Slice<IncidentRow>>
  /** Incidents in the order of their ids; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (IncidentRow | undefined)[]>
}
