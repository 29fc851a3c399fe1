import { instant, personId } from '@guichet/domain'
import type { QueuedTicket } from '@guichet/projections'
import { connectionOf, readSlice, toConnection } from '../paging/connection.ts'
import { toPage } from '../paging/page.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { TicketRef } from '../ticket/ticket-type.ts'
import type { AgentTypes } from './agent-type.ts'

/** `agents`, `agent` and `queue`. */
export function addAgentQueries(builder: ApiBuilder, ticket: TicketRef, { agent, availability }: AgentTypes): void {
  const queued = builder.objectRef<QueuedTicket>('QueuedTicket').implement({
    fields: (t) => ({
      position: t.exposeInt('position', { description: 'From 1.' }),
      waitingSince: t.expose('waitingSince', { type: 'DateTime' }),
      reason: t.exposeString('reason', {
        nullable: true,
        description:
          'Why nobody could take it when it was looked at last; null while that is not known, or it is offered.',
      }),
      expectedWait: t.exposeFloat('expectedWait', {
        nullable: true,
        description:
          'Milliseconds until it is likely to have an agent: its position, at the pace of the last hour; null when nothing left the queue in it.',
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ ticketId }, _, { loaders }) => loaders.ticket.load(ticketId),
      }),
    }),
  })
  builder.queryFields((t) => ({
    agents: t.connection({
      type: agent,
      description: 'Who works at the desk, by their ids: those in an availability only, if one is given.',
      args: { availability: t.arg({ type: [availability] }), retired: t.arg.boolean() },
      resolve: (_, { availability: wanted, retired, ...args }, { read }) =>
        connectionOf('agents', args, async (page) => {
          const filter = { retired: retired ?? false, ...(wanted && { availability: wanted }) }
          return (await read('routing')).agents(filter, page)
        }),
    }),
    agent: t.field({
      type: agent,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_, { id }, { read }) =>
        personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined,
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
        name: 'Queue',
        fields: (queue) => ({
          total: queue.exposeInt('total', { description: 'How many tickets wait.' }),
          placedInTheLastHour: queue.exposeInt('placedInTheLastHour', {
            description: 'How many left the queue with an agent in the hour before.',
          }),
        }),
      },
      { name: 'QueueEdge' },
    ),
  }))
}
