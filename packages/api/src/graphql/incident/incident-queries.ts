import { connectionOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { IncidentRef, IncidentWords } from './incident-type.ts'

const list = 'incidents'

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
      resolve: (_, { id }, { loaders }) => loaders.incident.load(id),
    }),
    incidents: t.connection({
      type: incident,
      description: 'Incidents, the one declared last first.',
      args: { filter: t.arg({ type: filterInput }) },
      resolve: (_, { filter, ...args }, { read }) =>
        connectionOf(list, args, async (page) =>
          (await read('incidents')).list(filter?.status == null ? {} : { status: filter.status }, page),
        ),
    }),
  }))
}
