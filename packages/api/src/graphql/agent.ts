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
import type { AgentRow, AgentTime, QueuedTicket, QueueOfLevel } from '@guichet/projections'
import { countDays, isCalendarDay, mostReportDays } from '@guichet/projections'
import { accessTo, accessToField } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import { onShiftAt } from '../shifts.ts'
import type { ApiBuilder } from './builder.ts'
import { ticketIdSchema } from './builder.ts'
import type { CommandInput } from './command.ts'
import { refused, send, senderOf } from './command.ts'
import { viewerOf } from './context.ts'
import type { Inputs } from './inputs.ts'
import { addCommandMutations } from './mutation.ts'
import { connectionOf, loadNodes, namesOf, readSlice, toConnection, toPage } from './paging.ts'
import type { ResultTypes } from './result-types.ts'
import type { ApiContext, Services } from './services.ts'
import type { TicketRef } from './ticket.ts'
import { enumOf } from './vocabulary.ts'

/** Adds the types `Agent` and `Availability`. */
export function addAgentType(builder: ApiBuilder) {
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
          const taken = loadOf(present)
          const { capacity } = present.profile
          return workChannels.map((each) => ({ channel: each, taken: taken[each], places: capacity[each] }))
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
          const valid = isCalendarDay(first) && isCalendarDay(last)
          const days = valid ? countDays(first, last) : 0
          if (days < 1 || days > mostReportDays) {
            throw edgeError('malformed_input', `from, to: must be a period of 1 to ${mostReportDays} days`)
          }
          return [...(await loaders.agentTimes.load({ id, first, last }))]
        },
      }),
    }),
  })
  return { agent, availability }
}

export type AgentTypes = ReturnType<typeof addAgentType>

const placed = 'How many tickets left the queue with an agent in the last hour.'

/** `agents`, `agent` and `queue`. */
export function addAgentQueries(builder: ApiBuilder, ticket: TicketRef, { agent, availability }: AgentTypes): void {
  const queued = builder.objectRef<QueuedTicket>('QueuedTicket')
  builder.node(queued, {
    id: { resolve: ({ ticketId }) => ticketId },
    loadMany: loadNodes('queue', async (id, { read }) => (await read('routing')).queuedTicket(id, instant(new Date()))),
    fields: (t) => ({
      position: t.exposeInt('position', { description: 'The place in the whole queue, counted from 1.' }),
      level: t.exposeInt('level', { description: 'The support level that it needs, 1 to 3.' }),
      waitingSince: t.expose('waitingSince', { type: 'DateTime' }),
      reason: t.exposeString('reason', {
        nullable: true,
        description:
          'Why no agent could take it in the last routing pass; null if that is not known, or while it is offered.',
      }),
      reasonSince: t.expose('reasonSince', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when that has been the reason.',
      }),
      expectedWait: t.exposeFloat('expectedWait', {
        nullable: true,
        description:
          'The expected time until it has an agent, in milliseconds. It is computed from its place among the tickets of its level and the pace of that level in the last hour; null if no ticket of the level found an agent in that hour.',
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })
  const queueOfLevel = builder.objectRef<QueueOfLevel>('QueueOfLevel').implement({
    description: 'The tickets in the queue that need one support level.',
    fields: (t) => ({
      level: t.exposeInt('level', { description: 'The support level, 1 to 3.' }),
      waiting: t.exposeInt('waiting', { description: 'How many tickets wait.' }),
      placedInTheLastHour: t.exposeInt('placedInTheLastHour', { description: placed }),
      expectedWait: t.exposeFloat('expectedWait', {
        nullable: true,
        description:
          'The expected wait of the last of them, in milliseconds; null if none waits, or if none found an agent in the last hour.',
      }),
    }),
  })
  builder.queryFields((t) => ({
    agents: t.connection(
      {
        type: agent,
        description: 'The agents of the desk, ordered by id.',
        args: { availability: t.arg({ type: [availability] }), retired: t.arg.boolean() },
        resolve: (_, { availability: wanted, retired, ...args }, { read }) =>
          connectionOf('agents', args, async (page) => {
            const filter = { retired: retired ?? false, ...(wanted && { availability: wanted }) }
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
    queue: t.connection(
      {
        type: queued,
        description: 'The tickets that wait for an agent, by priority and then by waiting time, the longest first.',
        resolve: async (_, args, { read }) => {
          const page = toPage('queue', args)
          const routing = await read('routing')
          const { tickets, ...counted } = await readSlice(args, () => routing.queue(page, instant(new Date())))
          return { ...toConnection('queue', tickets), ...counted }
        },
      },
      {
        ...namesOf('QueuedTicket')[0],
        fields: (queue) => ({
          totalCount: queue.exposeInt('total', { description: 'How many tickets wait.' }),
          placedInTheLastHour: queue.exposeInt('placedInTheLastHour', { description: placed }),
          levels: queue.field({
            type: [queueOfLevel],
            description: 'The queue by support level. Every level is listed, even if no tickets wait for it.',
            resolve: ({ levels }) => [...levels],
          }),
        }),
      },
      namesOf('QueuedTicket')[1],
    ),
  }))
}

/** The mutations of agents: supervisors manage profiles, agents set their own availability. */
export function addAgentMutations(
  builder: ApiBuilder,
  inputs: Inputs,
  { entityPayload }: ResultTypes,
  { agent }: AgentTypes,
): void {
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
    operations: {
      register: 'registerAgent',
      changeProfile: 'changeAgent',
      retire: 'retireAgent',
      setAvailability: 'setAvailability',
    },
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
