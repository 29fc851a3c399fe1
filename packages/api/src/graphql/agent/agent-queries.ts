import { instant, personId } from '@guichet/domain'
import type { QueuedTicket, QueueOfLevel } from '@guichet/projections'
import { connectionOf, namesOf, readSlice, toConnection } from '../paging/connection.ts'
import { toPage } from '../paging/page.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { ownIdOf } from '../schema/global-id.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import type { AgentTypes } from './agent-type.ts'
import { loadNodes } from '../schema/load-nodes.ts'

const placed = 'How many left the queue with an agent in the hour before.'

/** `agents`, `agent` and `queue`. */
export function addAgentQueries(builder: ApiBuilder, ticket: TicketRef, { agent, availability }: AgentTypes): void {
  const queued = builder.objectRef<QueuedTicket>('QueuedTicket')
  builder.node(queued, {
    id: { resolve: ({ ticketId }) => ticketId },
    loadMany: loadNodes('queue', async (id, { read }) => (await read('routing')).queuedTicket(id, instant(new Date()))),
    fields: (t) => ({
      position: t.exposeInt('position', { description: 'From 1, in the whole queue.' }),
      level: t.exposeInt('level', { description: 'The support level that it asks for, 1 to 3.' }),
      waitingSince: t.expose('waitingSince', { type: 'DateTime' }),
      reason: t.exposeString('reason', {
        nullable: true,
        description:
          'Why nobody could take it when it was looked at last; null while that is not known, or it is offered.',
      }),
      reasonSince: t.expose('reasonSince', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when that reason has been known.',
      }),
      expectedWait: t.exposeFloat('expectedWait', {
        nullable: true,
        description:
          'Milliseconds until it is likely to have an agent: its place among the tickets of its level, at the pace of that level in the last hour; null when none of them found an agent in it.',
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })
  const queueOfLevel = builder.objectRef<QueueOfLevel>('QueueOfLevel').implement({
    description: 'The tickets in the queue that ask for one support level.',
    fields: (t) => ({
      level: t.exposeInt('level', { description: 'From 1 to 3.' }),
      waiting: t.exposeInt('waiting', { description: 'How many tickets wait.' }),
      placedInTheLastHour: t.exposeInt('placedInTheLastHour', { description: placed }),
      expectedWait: t.exposeFloat('expectedWait', {
        nullable: true,
        description:
          'What the last of them is expected to wait, in milliseconds; null where none waits, or none found an agent in the last hour.',
      }),
    }),
  })
  builder.queryFields((t) => ({
    agents: t.connection(
      {
        type: agent,
        description: 'Who works at the desk, by their ids: those in an availability only, if one is given.',
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
      description: 'An agent by their id; null when there is none.',
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_, { id: given }, { read }) => {
        const id = ownIdOf('Agent', given)
        return personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined
      },
    }),
    queue: t.connection(
      {
        type: queued,
        description: 'The tickets that wait for an agent: the more pressing first, then whoever has waited longer.',
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
            description:
              'The queue by the level that tickets ask for; every level, whether or not tickets wait for it.',
            resolve: ({ levels }) => [...levels],
          }),
        }),
      },
      namesOf('QueuedTicket')[1],
    ),
  }))
}
