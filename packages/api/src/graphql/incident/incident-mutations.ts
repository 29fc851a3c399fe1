import type { IdentifiedSender } from '@guichet/domain'
import type { CommandInput } from '../command/command-input.ts'
import { commandFields, inputOf } from '../command/command-input.ts'
import type { CommandResult } from '../command/outcome.ts'
import { concluded } from '../command/outcome.ts'
import type { ResultTypes } from '../command/result-types.ts'
import { payloadOf } from '../command/result-types.ts'
import { derivedId } from '../command/chosen-ids.ts'
import { send, senderOf } from '../command/send.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import { given } from '../schema/given.ts'
import { ownIdOf } from '../schema/global-id.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { affectedCustomerInput, incidentCommands } from './incident-commands.ts'
import type { IncidentRef, IncidentWords } from './incident-type.ts'
import { writtenIncident } from './written-incident.ts'

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
        return concluded(outcome, context, 'incident')
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
  return given(data)
}
