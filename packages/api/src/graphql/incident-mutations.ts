import type { InputFieldMap } from '@pothos/core'
import { z } from 'zod'
import type { Desk, IdentifiedSender, IncidentCommandType } from '@guichet/domain'
import { incidentDeadlines, incidentStatuses } from '@guichet/domain'
import type { IncidentRow } from '@guichet/projections'
import type { Operation } from '../auth/rights.ts'
import type { ApiBuilder } from './builder.ts'
import { ownIdOf } from './builder.ts'
import type { CommandInput, CommandResult, InputBuilder } from './command.ts'
import { commandFields, toCommandResult, derivedId, withoutNullFields, inputOf, send, senderOf } from './command.ts'
import { viewerOf } from './context.ts'
import { list, readFilter } from './filter.ts'
import type { IncidentRef, IncidentWords } from './incident.ts'
import { connectionOf, namesOf } from './paging.ts'
import type { ResultTypes } from './result-types.ts'
import { payloadOf } from './result-types.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** Adds one mutation for every command of an incident. */
export function addIncidentMutations(
  builder: ApiBuilder,
  { channel }: Vocabulary,
  people: People,
  { payload }: ResultTypes,
  incident: IncidentRef,
  { severity }: IncidentWords,
): void {
  const incidentPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description: 'Waits until the list of incidents shows the change to everybody; false if that takes too long.',
          resolve: (_, __, { shows }) => shows(['incidents']),
        }),
        incident: t.field({
          type: incident,
          nullable: true,
          description: 'The incident after the command.',
          resolve: ({ id }, _, { services }) => (id === undefined ? undefined : writtenIncident(services.desk, id)),
        }),
      }),
    })
  const affectedInput = affectedCustomerInput(builder)
  const declaration = inputOf(builder, 'declareIncident', (t) => ({
    ...commandFields(t, 'the incident, 0 before it is declared,'),
    incidentId: t.id({ description: 'The id of the new incident, derived from the command id unless given.' }),
    title: t.string({ required: true }),
    description: t.string(),
    severity: t.field({ type: severity, description: 'The severity; critical unless given.' }),
    channel: t.field({ type: channel, description: 'The channel on which it was reported; other unless given.' }),
    customer: t.field({
      type: people.personInput,
      description: 'The customer who reports it. An urgent ticket is opened for them.',
    }),
    language: t.string({ description: 'The language of the customer.' }),
    plan: t.string({
      description:
        'The plan of the customer, which selects the SLA policy of the new ticket. An existing ticket keeps its own.',
    }),
    ticketId: t.id({ description: 'An existing ticket, which becomes urgent. No new ticket is opened.' }),
    customers: t.field({ type: [affectedInput], description: 'Other customers affected.' }),
    onSite: t.boolean({ description: 'Whether a technician has to go to the site.' }),
    callBack: t.boolean({ description: 'Whether an expert has to call the customer back.' }),
  }))

  builder.mutationField('declareIncident', (t) =>
    t.field({
      type: incidentPayload('declareIncident'),
      description:
        'Declares a critical incident. The agent on call is paged, and the urgent ticket is opened or linked.',
      args: { input: t.arg({ type: declaration, required: true }) },
      resolve: async (_, { input }, context) => {
        const { commandId, incidentId } = input
        const id = incidentId == null ? derivedId(viewerOf(context), commandId) : ownIdOf('Incident', incidentId)
        const sender = { ...senderOf(context, input), commandId } satisfies IdentifiedSender
        const outcome = await context.services.desk.declareIncident(id, dataOf(input) as never, sender)
        return toCommandResult(outcome, context, 'incident')
      },
    }),
  )

  for (const [type, { operation, description, fields }] of Object.entries(incidentCommands(people, affectedInput))) {
    const input = inputOf(builder, operation, (t) => ({
      incidentId: t.id({ required: true }),
      ...commandFields(t, 'the incident'),
      ...fields(t),
    }))
    builder.mutationField(operation, (t) =>
      t.field({
        type: incidentPayload(operation),
        description,
        args: { input: t.arg({ type: input, required: true }) },
        resolve: (_, args, context) => {
          const input = args.input as unknown as CommandInput & { readonly incidentId: string }
          return send(context, 'incident', ownIdOf('Incident', input.incidentId), { type, ...dataOf(input) }, input)
        },
      }),
    )
  }
}

/** Returns the data of a command from the input of its mutation, without fields that are null. */
function dataOf(input: object): Readonly<Record<string, unknown>> {
  const { incidentId: _, commandId: __, expectedVersion: ___, ...data } = input as Record<string, unknown>
  return withoutNullFields(data)
}

/** Commands whose input has the same fields as in the domain. */
type PlainIncidentCommand = Exclude<IncidentCommandType, 'declare' | 'linkTicket' | 'declineTicket' | 'fire'>

type Definition = {
  readonly operation: Operation
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** The input of every command of an incident. The fields have the names of the domain, which validates them. */
function incidentCommands(
  { personInput }: People,
  affectedInput: ReturnType<typeof affectedCustomerInput>,
): Readonly<Record<PlainIncidentCommand, Definition>> {
  const none = () => ({})
  return {
    acknowledge: {
      operation: 'acknowledgeIncident',
      description: 'Acknowledges an incident, which ends the paging.',
      fields: none,
    },
    addCustomers: {
      operation: 'addAffectedCustomers',
      description: 'Adds customers affected by an incident.',
      fields: (t) => ({ customers: t.field({ type: [affectedInput], required: true }) }),
    },
    recordCallback: {
      operation: 'recordCallback',
      description: 'Records that an expert has called the customer back.',
      fields: (t) => ({ note: t.string() }),
    },
    openWarRoom: {
      operation: 'openWarRoom',
      description: 'Opens the war room, or moves it.',
      fields: (t) => ({
        place: t.string({ required: true, description: 'The place: a room, or the link of a call.' }),
      }),
    },
    dispatchTechnician: {
      operation: 'dispatchTechnician',
      description: 'Sends a technician to the site.',
      fields: (t) => ({ technician: t.field({ type: personInput, required: true }), site: t.string() }),
    },
    confirmOnSite: {
      operation: 'confirmOnSite',
      description: 'Records that the technician is on site.',
      fields: none,
    },
    postUpdate: {
      operation: 'postIncidentUpdate',
      description: 'Posts an update to the customers affected and to the people who are briefed.',
      fields: (t) => ({
        message: t.string({ required: true }),
        internal: t.boolean({ description: 'Whether customers do not get the update; false unless given.' }),
      }),
    },
    resolve: {
      operation: 'resolveIncident',
      description: 'Resolves an incident. The post-mortem is then due.',
      fields: (t) => ({
        summary: t.string({ required: true, description: 'A summary for the desk, which customers do not see.' }),
      }),
    },
    reopen: {
      operation: 'reopenIncident',
      description: 'Reopens a resolved incident. Its deadlines start again from now on, and no post-mortem is due.',
      fields: (t) => ({ reason: t.string({ required: true, description: 'The reason, for the desk.' }) }),
    },
    writePostMortem: {
      operation: 'writePostMortem',
      description: 'Records the post-mortem, which closes the incident.',
      fields: (t) => ({ body: t.string({ required: true }) }),
    },
  }
}

/** `AffectedCustomerInput`. */
const affectedCustomerInput = (builder: ApiBuilder) =>
  builder.inputType('AffectedCustomerInput', {
    fields: (t) => ({
      id: t.id({ required: true }),
      name: t.string(),
      firstName: t.string(),
      email: t.string(),
      language: t.string({ description: 'A language tag such as fr, of the language of messages to the customer.' }),
    }),
  })

const incidents = 'incidents'
const filterSchema = z.object({ status: list(z.enum(incidentStatuses)) })

/** `incident` and `incidents`. */
export function addIncidentQueries(builder: ApiBuilder, incident: IncidentRef, { status }: IncidentWords): void {
  const filterInput = builder.inputType('IncidentFilter', {
    fields: (t) => ({ status: t.field({ type: [status], description: 'Any of these statuses.' }) }),
  })
  builder.queryFields((t) => ({
    incident: t.field({
      type: incident,
      nullable: true,
      description: 'An incident by its id; null if there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, { loaders }) => loaders.incident.load(ownIdOf('Incident', id)),
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
