import { refusal } from '@guichet/domain'
import type { CommandInput, InputBuilder } from '../command/command-input.ts'
import { commandFields, inputOf } from '../command/command-input.ts'
import type { CommandResult } from '../command/outcome.ts'
import { refused } from '../command/outcome.ts'
import type { ResultTypes } from '../command/result-types.ts'
import { payloadOf } from '../command/result-types.ts'
import { send } from '../command/send.ts'
import { accessTo } from '../../auth/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import { given } from '../schema/given.ts'
import { ownIdOf } from '../schema/global-id.ts'
import type { AgentTypes } from './agent-type.ts'

type AgentInput = CommandInput & { readonly agentId: string } & Readonly<Record<string, unknown>>

/** Who works at the desk, as supervisors say; what they are doing, as they say themselves. */
export function addAgentMutations(
  builder: ApiBuilder,
  { payload }: ResultTypes,
  { agent, availability }: AgentTypes,
): void {
  const agentPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description: 'Waits until the list of agents shows the change to everybody; false when that takes too long.',
          resolve: (_, __, { shows }) => shows(['routing']),
        }),
        agent: t.field({
          type: agent,
          nullable: true,
          description: 'As they stand.',
          resolve: async ({ id }, _, { services }) => {
            if (id === undefined) return undefined
            const { version, state } = await services.desk.read('agent', id)
            return state.status === 'absent' ? undefined : { id, version, agent: state }
          },
        }),
      }),
    })
  const skill = builder.inputType('SkillInput', {
    fields: (t) => ({
      name: t.string({ required: true }),
      level: t.int({ required: true, description: 'From 1 to 5.' }),
    }),
  })
  const capacity = builder.inputType('CapacityInput', {
    fields: (t) => ({ ticket: t.int(), chat: t.int(), phone: t.int() }),
  })
  const profile = (t: InputBuilder) => ({
    email: t.string(),
    level: t.int({ description: 'The support level, 1 to 3.' }),
    centre: t.string(),
    team: t.string(),
    languages: t.stringList(),
    skills: t.field({ type: [skill] }),
    specialities: t.stringList({ description: 'Paths of categories; one covers what lies below it.' }),
    capacity: t.field({
      type: capacity,
      description: 'How much at once: 30 tickets, 3 chats and 1 call unless given.',
    }),
    rating: t.float({ description: 'From 0 to 10.' }),
    shift: t.string({ description: 'The calendar by which the agent works.' }),
  })
  const identified = (t: InputBuilder) => ({ agentId: t.id({ required: true }), ...commandFields(t, 'the agent') })

  const registerInput = inputOf(builder, 'registerAgent', (t) => ({
    ...identified(t),
    name: t.string({ required: true }),
    ...profile(t),
  }))
  const changeInput = inputOf(builder, 'changeAgent', (t) => ({ ...identified(t), name: t.string(), ...profile(t) }))
  const retireInput = inputOf(builder, 'retireAgent', (t) => ({ ...identified(t), reason: t.string() }))
  const availabilityInput = inputOf(builder, 'setAvailability', (t) => ({
    ...identified(t),
    availability: t.field({ type: availability, required: true }),
    reason: t.string(),
  }))

  builder.mutationFields((t) => ({
    registerAgent: t.field({
      type: agentPayload('registerAgent'),
      description: 'Registers somebody whom tickets are offered to; they are offline until they say otherwise.',
      args: { input: t.arg({ type: registerInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'agent', ownIdOf('Agent', input.agentId), { type: 'register', profile: profileOf(input) }, input),
    }),
    changeAgent: t.field({
      type: agentPayload('changeAgent'),
      description:
        'Changes what is given of an agent’s profile; null takes the e-mail address, centre, team or shift away.',
      args: { input: t.arg({ type: changeInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(
          context,
          'agent',
          ownIdOf('Agent', input.agentId),
          { type: 'changeProfile', changes: profileOf(input) },
          input,
        ),
    }),
    retireAgent: t.field({
      type: agentPayload('retireAgent'),
      description:
        'Offers nothing more to an agent. The tickets that they have, or are offered, are taken from them and offered to others.',
      args: { input: t.arg({ type: retireInput, required: true }) },
      resolve: (_, { input }, context) =>
        send(context, 'agent', ownIdOf('Agent', input.agentId), { type: 'retire', ...dataOf(input) }, input),
    }),
    setAvailability: t.field({
      type: agentPayload('setAvailability'),
      description: 'Says what an agent is doing: agents for themselves, supervisors for anybody.',
      args: { input: t.arg({ type: availabilityInput, required: true }) },
      resolve: (_, { input }, context) => {
        const agentId = ownIdOf('Agent', input.agentId)
        const viewer = viewerOf(context)
        if (accessTo('setAvailability', viewer) === 'own' && agentId !== viewer.id) {
          const message = 'agents say themselves what they are doing'
          return refused(refusal('not_for_this_actor', { message, field: 'agentId' }))
        }
        return send(context, 'agent', agentId, { type: 'setAvailability', ...dataOf(input) }, input)
      },
    }),
  }))
}

/** The input without what every command brings. */
function dataOf({ agentId: _, commandId: __, expectedVersion: ___, ...data }: AgentInput) {
  return given(data)
}

/** What an agent may be without: null takes it away. */
const optional = ['email', 'centre', 'team', 'shift'] as const

function profileOf(input: AgentInput) {
  const { skills, ...rest } = dataOf(input)
  const away = Object.fromEntries(optional.flatMap((field) => (input[field] === null ? [[field, null]] : [])))
  const known = skills as readonly { readonly name: string; readonly level: number }[] | undefined
  return {
    ...rest,
    ...away,
    ...(known && { skills: Object.fromEntries(known.map(({ name, level }) => [name, level])) }),
  }
}
