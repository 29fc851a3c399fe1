import { z } from 'zod'
import type { Desk } from '@guichet/domain'
import { incidentAggregate, incidentDeadlines, incidentStatuses } from '@guichet/domain'
import type { IncidentRow } from '@guichet/projections'
import { operationOf } from '../../auth/rights.ts'
import type { SchemaParts } from '../builder.ts'
import { send, senderOf, toCommandResult } from '../command.ts'
import { list, readFilter } from '../filter.ts'
import { addIncidentEnums, addIncidentType } from './incident.ts'
import { addCommandMutations } from '../mutation.ts'
import { connectionOf, namesOf } from '../paging.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

/** Adds one mutation for every command of an incident. */
export function addIncidentMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload } = use(addResultTypes)
  const incident = use(addIncidentType)
  const incidentPayload = entityPayload('incident', incident, {
    models: ['incidents'],
    reached: 'Waits until the list of incidents shows the change to everybody; false if that takes too long.',
    description: 'The incident after the command.',
    read: (id, { services }) => writtenIncident(services.desk, id),
  })
  inputs.object('AffectedCustomerInput', incidentAggregate.schemas.addCustomers.shape.customers.element)
  addCommandMutations(builder, inputs, {
    category: 'incident',
    definitions: incidentAggregate,
    payload: incidentPayload,
    operations: operationOf.incident,
    begun: {
      declare: {
        id: 'The id of the new incident, derived from the command id unless given.',
        noun: 'the incident, 0 before it is declared,',
      },
    },
    resolve: async (command, sent, context) => {
      if (command.type !== 'declare') return send(context, 'incident', sent.id, command, sent)
      const outcome = await context.services.desk.declareIncident(sent.id, command, senderOf(context, sent))
      return toCommandResult(outcome, context, 'incident')
    },
  })
}

const incidents = 'incidents'
const filterSchema = z.object({ status: list(z.enum(incidentStatuses)) })

/** `incident` and `incidents`. */
export function addIncidentQueries({ builder, use }: SchemaParts): void {
  const incident = use(addIncidentType)
  const { status } = use(addIncidentEnums)
  const filterInput = builder.inputType('IncidentFilter', {
    fields: (t) => ({ status: t.field({ type: [status], description: 'Any of these statuses.' }) }),
  })
  builder.queryFields((t) => ({
    incident: t.field({
      type: incident,
      nullable: true,
      description: 'An incident by its id; null if there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, { loaders }) => loaders.incident.load(id),
    }),
    incidents: t.connection(
      {
        type: incident,
        description: 'Incidents, the latest first.',
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

/** Reads an incident from the event store, so that the read models need not show it yet. */
async function writtenIncident(desk: Pick<Desk, 'read'>, id: string): Promise<IncidentRow | undefined> {
  const { state, version } = await desk.read('incident', id)
  return state.status === 'absent' ? undefined : { id, version, incident: state, deadlines: incidentDeadlines(state) }
}
