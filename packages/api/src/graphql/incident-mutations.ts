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

/** One mutation for every command of an incident. */
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
          description:
            'Waits until the list of incidents shows the change to everybody; false when that takes too long.',
          resolve: (_, __, { shows }) => shows(['incidents']),
        }),
        incident: t.field({
          type: incident,
          nullable: true,
          description: 'As it stands.',
          resolve: ({ id }, _, { services }) => (id === undefined ? undefined : writtenIncident(services.desk, id)),
        }),
      }),
    })
  const affectedInput = affectedCustomerInput(builder)
  const declaration = inputOf(builder, 'declareIncident', (t) => ({
    ...commandFields(t, 'the incident, 0 before it is declared,'),
    incidentId: t.id({ description: 'Derived from the command id unless given.' }),
    title: t.string({ required: true }),
    description: t.string(),
    severity: t.field({ type: severity, description: 'critical unless given.' }),
    channel: t.field({ type: channel, description: 'How the desk learned of it; other unless given.' }),
    customer: t.field({
      type: people.personInput,
      description: 'Who reports it: an urgent ticket is opened for them.',
    }),
    language: t.string({ description: 'Of the customer.' }),
    plan: t.string({
      description:
        'Of the customer, by which the SLA policy of the ticket is chosen that is opened; one that is there keeps its own.',
    }),
    ticketId: t.id({ description: 'A ticket that is there: it becomes urgent, and no other is opened.' }),
    customers: t.field({ type: [affectedInput], description: 'Other customers whom it affects.' }),
    onSite: t.boolean({ description: 'A technician has to come.' }),
    callBack: t.boolean({ description: 'An expert calls the customer back.' }),
  }))

  builder.mutationField('declareIncident', (t) =>
    t.field({
      type: incidentPayload('declareIncident'),
      description: 'Declares a critical incident: whoever is on call is paged, and the urgent ticket opened or linked.',
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
          const asked = args.input as unknown as CommandInput & { readonly incidentId: string }
          return send(context, 'incident', ownIdOf('Incident', asked.incidentId), { type, ...dataOf(asked) }, asked)
        },
      }),
    )
  }
}

/** The data of a command out of the input of its mutation: what GraphQL calls null was not given. */
function dataOf(input: object): Readonly<Record<string, unknown>> {
  const { incidentId: _, commandId: __, expectedVersion: ___, ...data } = input as Record<string, unknown>
  return withoutNullFields(data)
}

/** Commands whose input is the domain's own, field by field. */
type PlainIncidentCommand = Exclude<IncidentCommandType, 'declare' | 'linkTicket' | 'declineTicket' | 'fire'>

type Definition = {
  readonly operation: Operation
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** Every command of an incident as an input: the fields are named as the domain names them, and checked there. */
function incidentCommands(
  { personInput }: People,
  affectedInput: ReturnType<typeof affectedCustomerInput>,
): Readonly<Record<PlainIncidentCommand, Definition>> {
  const none = () => ({})
  return {
    acknowledge: {
      operation: 'acknowledgeIncident',
      description: 'Takes an incident on: nobody is paged any more.',
      fields: none,
    },
    addCustomers: {
      operation: 'addAffectedCustomers',
      description: 'Names more customers whom an incident affects.',
      fields: (t) => ({ customers: t.field({ type: [affectedInput], required: true }) }),
    },
    recordCallback: {
      operation: 'recordCallback',
      description: 'Notes that an expert has called back.',
      fields: (t) => ({ note: t.string() }),
    },
    openWarRoom: {
      operation: 'openWarRoom',
      description: 'Opens the war room, or moves it.',
      fields: (t) => ({ place: t.string({ required: true, description: 'A room, or an address of a call.' }) }),
    },
    dispatchTechnician: {
      operation: 'dispatchTechnician',
      description: 'Sends a technician to the site.',
      fields: (t) => ({ technician: t.field({ type: personInput, required: true }), site: t.string() }),
    },
    confirmOnSite: {
      operation: 'confirmOnSite',
      description: 'Notes that the technician is on site.',
      fields: none,
    },
    postUpdate: {
      operation: 'postIncidentUpdate',
      description: 'Tells the customers affected, and those who are briefed, how things stand.',
      fields: (t) => ({
        message: t.string({ required: true }),
        internal: t.boolean({ description: 'For the desk and those who are briefed alone; false unless given.' }),
      }),
    },
    resolve: {
      operation: 'resolveIncident',
      description: 'Ends an incident; the post-mortem is due.',
      fields: (t) => ({
        summary: t.string({ required: true, description: 'For the desk; customers are not told it.' }),
      }),
    },
    reopen: {
      operation: 'reopenIncident',
      description:
        'Takes the end of an incident back: what was owed is owed again from now on, and no post-mortem is due.',
      fields: (t) => ({ reason: t.string({ required: true, description: 'For the desk.' }) }),
    },
    writePostMortem: {
      operation: 'writePostMortem',
      description: 'Writes down what was learned, which closes the incident.',
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
      language: t.string({ description: 'A language tag such as fr, that they are written to in.' }),
    }),
  })

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

/** An incident as stored, whatever the read models show. */
async function writtenIncident(desk: Pick<Desk, 'read'>, id: string): Promise<IncidentRow | undefined> {
  const { state, version } = await desk.read('incident', id)
  return state.status === 'absent' ? undefined : { id, version, incident: state, deadlines: incidentDeadlines(state) }
}
