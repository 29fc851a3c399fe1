import type { Incident } from '@guichet/domain'
import { incidentDeadlines } from '@guichet/domain'
import { sql } from 'kysely'
import { byInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { IncidentRow, IncidentsQueries } from './incident-query.ts'

type Selected = { readonly id: string; readonly version: number; readonly state: Incident }

/** Asks the live generation of the incidents. */
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
      const selected = await reader.rows(sql<Selected>`
        select ${columns} from ${from} where i.id = any(${[...ids]}::text[])`)
      const found = new Map(selected.map((each) => [each.id, toRow(each)]))
      return ids.map((id) => found.get(id))
    },
  }
}

const toRow = ({ id, version, state }: Selected): IncidentRow => ({
  id,
  version,
  incident: state,
  deadlines: incidentDeadlines(state),
})
