import { instant, personId } from '@guichet/domain'
import type { Queue, QueuedTicket } from '@guichet/projections'
import { assertPageSize } from '../paging/page.ts'
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
  const queue = builder.objectRef<Queue>('Queue').implement({
    description: 'The tickets that wait for an agent: the more pressing first, then whoever has waited longer.',
    fields: (t) => ({
      total: t.exposeInt('total'),
      placedInTheLastHour: t.exposeInt('placedInTheLastHour'),
      tickets: t.expose('tickets', { type: [queued] }),
    }),
  })

  builder.queryFields((t) => ({
    agents: t.field({
      type: [agent],
      description: 'Who works at the desk, by their ids: those in an availability only, if one is given.',
      extensions: { cost: 100 },
      args: { availability: t.arg({ type: [availability] }), retired: t.arg.boolean() },
      resolve: async (_, { availability: wanted, retired }, { read }) => {
        const rows = await (await read('routing')).agents({ retired: retired ?? false })
        return wanted == null ? [...rows] : rows.filter(({ agent: present }) => wanted.includes(present.availability))
      },
    }),
    agent: t.field({
      type: agent,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_, { id }, { read }) =>
        personId.safeParse(id).success ? (await read('routing')).agent(id) : undefined,
    }),
    queue: t.field({
      type: queue,
      args: { first: t.arg.int({ required: true }) },
      resolve: async (_, { first }, { read }) => {
        assertPageSize('first', first)
        return (await read('routing')).queue(first, instant(new Date()))
      },
    }),
  }))
}
