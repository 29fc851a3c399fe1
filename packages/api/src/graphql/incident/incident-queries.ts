import { incidentStatuses } from '@guichet/domain'
import { z } from 'zod'
import { list, readFilter } from '../filter/read-filter.ts'
import { connectionOf, namesOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { ownIdOf } from '../schema/global-id.ts'
import type { IncidentRef, IncidentWords } from './incident-type.ts'

const incidents = 'incidents'
const filterSchema = z.object({ status: list(z.enum(incidentStatuses)) })

/** `incident` and `incidents`. */
export function addIncidentQueries(builder: ApiBuilder, incident: IncidentRef, { status }: IncidentWords): void {
  const filterInput = builder.inputType('IncidentFilter', {
    fields: (t) => ({ status: t.field({ type: [status], description: 'In any of these.' }) }),
  })
  builder.queryFields((t) => ({
    incident: t.field({
      type: incident,
      nullable: true,
      description: 'An incident by its id; null when there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, { loaders }) => loaders.incident.load(ownIdOf('Incident', id)),
    }),
    incidents: t.connection(
      {
        type: incident,
        description: 'Incidents, the one declared last first.',
        args: { filter: t.arg({ type: filterInput }) },
        resolve: (_, { filter, ...args }, { read }) =>
          connectionOf(incidents, args, async (page) =>
            (await read('incidents')).list(readFilter(filterSchema, filter), page),
          ),
      },
      ...namesOf('Incident'),
    ),
  }))
}
