import type { Result } from '@guichet/domain'
import {
  accept,
  agentAggregate,
  availabilities,
  commandIdSchema,
  deny,
  instant,
  loadOf,
  personId,
  refusal,
  streamName,
  workChannels,
} from '@guichet/domain'
import type { AgentRow, AgentTime } from '@guichet/projections'
import { accessTo, accessToField, operationOf } from '../../auth/rights.ts'
import { onShiftAt } from '../../shifts.ts'
import type { SchemaParts } from '../builder.ts'
import { ticketIdSchema } from '../builder.ts'
import type { CommandInput } from '../command.ts'
import { refused, send, senderOf } from '../command.ts'
import { viewerOf } from '../context.ts'
import { checkReportDays } from '../desk/reports.ts'
import { addCommandMutations } from '../mutation.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext, Services } from '../services.ts'
import { enumOf } from '../vocabulary.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

/** Adds the types `Agent` and `Availability`. */
export function addAgentType({ builder }: SchemaParts) {
  const availability = enumOf(builder, 'Availability', availabilities)
  const channel = enumOf(builder, 'WorkChannel', workChannels)
  const skill = builder.objectRef<readonly [name: string, level: number]>('Skill').implement({
    fields: (t) => ({
      name: t.string({ resolve: ([name]) => name }),
      level: t.int({ description: 'The level of the skill, 1 to 5.', resolve: ([, level]) => level }),
    }),
  })
  const load = builder
    .objectRef<{ readonly channel: (typeof workChannels)[number]; readonly taken: number; readonly places: number }>(
      'AgentLoad',
    )
    .implement({
      description: 'The load of an agent on one channel. Only assignments by hand can exceed the places.',
      fields: (t) => ({
        channel: t.expose('channel', { type: channel }),
        taken: t.exposeInt('taken'),
        places: t.exposeInt('places'),
      }),
    })
  const time = builder.objectRef<AgentTime>('AgentTime').implement({
    description: 'How long an agent was in an availability on one day, in the desk’s current time zone.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date' }),
      availability: t.expose('availability', { type: availability }),
      milliseconds: t.exposeFloat('milliseconds'),
    }),
  })
  const agent = builder.objectRef<AgentRow>('Agent')
  builder.node(agent, {
    description: 'A person whom tickets are offered to.',
    id: { description: 'The global id. Queries and mutations take it as well as `userId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('agent', async (id, { read }) =>
      personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined,
    ),
    fields: (t) => ({
      userId: t.exposeID('id'),
      name: t.string({ resolve: ({ agent: { profile } }) => profile.name }),
      email: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.email }),
      level: t.int({ description: 'The support level, 1 to 3.', resolve: ({ agent: { profile } }) => profile.level }),
      centre: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.centre }),
      team: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.team }),
      languages: t.stringList({ resolve: ({ agent: { profile } }) => profile.languages }),
      skills: t.field({ type: [skill], resolve: ({ agent: { profile } }) => Object.entries(profile.skills) }),
      specialities: t.stringList({
        description: 'Paths of categories; each includes the categories below it.',
        resolve: ({ agent: { profile } }) => profile.specialities,
      }),
      rating: t.float({ description: 'The rating, 0 to 10.', resolve: ({ agent: { profile } }) => profile.rating }),
      shift: t.string({ nullable: true, resolve: ({ agent: { profile } }) => profile.shift }),
      onShift: t.boolean({
        description: 'Whether the agent is on shift now; true for an agent without a shift or a centre with hours.',
        resolve: async ({ agent: present }, _, { services: { desk } }) => {
          await desk.terms()
          return onShiftAt(desk.timeline, instant(new Date()))(present)
        },
      }),
      retired: t.boolean({ resolve: ({ agent: { status } }) => status === 'retired' }),
      availability: t.field({ type: availability, resolve: ({ agent: { availability: present } }) => present }),
      availabilityReason: t.string({
        nullable: true,
        resolve: ({ agent: { availabilityReason } }) => availabilityReason,
      }),
      availableSince: t.field({
        type: 'DateTime',
        description: 'Since when the agent has been in this availability.',
        resolve: ({ agent: { availableSince } }) => availableSince,
      }),
      load: t.field({
        type: [load],
        resolve: ({ agent: present }) => {
          const counts = loadOf(present)
          const { capacity } = present.profile
          return workChannels.map((each) => ({ channel: each, taken: counts[each], places: capacity[each] }))
        },
      }),
      timeInAvailability: t.field({
        type: [time],
        nullable: true,
        description:
          'By day, from the first to the last; the current availability counts until now. Agents read only their own; null if you may not read it.',
        extensions: { cost: 100 },
        args: { from: t.arg({ type: 'Date', required: true }), to: t.arg({ type: 'Date', required: true }) },
        resolve: async ({ id }, { from: first, to: last }, { loaders, principal }) => {
          const access = accessToField('Agent.timeInAvailability', principal)
          if (access === 'none' || (access === 'own' && principal?.id !== id)) return null
          checkReportDays(first, last)
          return [...(await loaders.agentTimes.load({ id, first, last }))]
        },
      }),
    }),
  })
  return { agent, availability }
}

/** Adds `agents` and `agent`. */
export function addAgentQueries({ builder, use }: SchemaParts): void {
  const { agent, availability } = use(addAgentType)
  builder.queryFields((t) => ({
    agents: t.connection(
      {
        type: agent,
        description: 'The agents of the desk, ordered by id.',
        args: { availability: t.arg({ type: [availability] }), retired: t.arg.boolean() },
        resolve: (_, { availability: states, retired, ...args }, { read }) =>
          connectionOf('agents', args, async (page) => {
            const filter = { retired: retired ?? false, ...(states && { availability: states }) }
            return (await read('routing')).agents(filter, page)
          }),
      },
      ...namesOf('Agent'),
    ),
    agent: t.field({
      type: agent,
      nullable: true,
      description: 'An agent by id; null if there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_, { id }, { read }) =>
        personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined,
    }),
  }))
}

/** The mutations of agents: supervisors manage profiles, agents set their own availability. */
export function addAgentMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload } = use(addResultTypes)
  const { agent } = use(addAgentType)
  const agentPayload = entityPayload('agent', agent, {
    models: ['routing'],
    reached: 'Waits until the list of agents shows the change to everybody; false if that takes too long.',
    description: 'The agent after the command.',
    read: async (id, { services }) => {
      const { version, state } = await services.desk.read('agent', id)
      return state.status === 'absent' ? undefined : { id, version, agent: state }
    },
  })
  inputs.pairs('SkillInput', agentAggregate.schemas.changeProfile.shape.changes.shape.skills.unwrap(), 'name', 'level')
  addCommandMutations(builder, inputs, {
    category: 'agent',
    definitions: {
      ...agentAggregate,
      descriptions: {
        ...agentAggregate.descriptions,
        setAvailability: `${agentAggregate.descriptions.setAvailability} Agents set their own, supervisors that of any agent.`,
      },
    },
    payload: agentPayload,
    operations: operationOf.agent,
    parts: { register: 'profile', changeProfile: 'changes' },
    resolve: (command, sent, context) => {
      const viewer = viewerOf(context)
      if (accessTo(sent.operation, viewer) === 'own' && sent.id !== viewer.id) {
        const message = 'agents say themselves what they are doing'
        return refused(refusal('not_for_this_actor', { message, field: 'agentId' }))
      }
      return send(context, 'agent', sent.id, command, sent)
    },
  })
}

/** Desks that are known to have registered an agent; that never changes back. */
const registering = new WeakSet<Services>()

/** The part of a profile that an assignment stores. */
type AgentContact = { readonly name: string; readonly email?: string }

/**
 * Returns the profile of a possible assignee. A desk that registers agents accepts only an agent who has not retired. Any other desk
 * accepts anybody, without a profile. This check runs before the command is decided, since a ticket has no access to agents: an agent who
 * retires in between can still get the ticket.
 */
async function nameOfAgent(id: string, { services, read }: ApiContext): Promise<Result<AgentContact | undefined>> {
  const { state } = await services.desk.read('agent', id)
  if (state.status === 'active') {
    const { name, email } = state.profile
    return accept({ name, ...(email !== null && { email }) })
  }
  if (state.status === 'retired') return deny(refusal('agent_retired', { field: 'assignee' }))
  if (!registering.has(services)) {
    const { rows } = await (await read('routing')).agents({ retired: true }, { limit: 1 })
    if (rows.length === 0) return accept(undefined)
    registering.add(services)
  }
  return deny(refusal('agent_not_found', { field: 'assignee' }))
}

/** As `nameOfAgent`, but a repeated command skips the check, because it returns its first outcome. */
export async function nameOfAssignee(
  id: string,
  input: CommandInput & { readonly ticketId: string },
  context: ApiContext,
): Promise<Result<AgentContact | undefined>> {
  const { ticketId, commandId } = input
  if (!ticketIdSchema.safeParse(ticketId).success || !commandIdSchema.safeParse(commandId).success)
    return accept(undefined)
  const named = await nameOfAgent(id, context)
  if (named.ok) return named
  const { commandId: storedId } = senderOf(context, input)
  return (await context.services.store.findCommand(streamName('ticket', ticketId), storedId))
    ? accept(undefined)
    : named
}
