import { instant } from '@guichet/domain'
import type { QueuedTicket, QueueOfLevel } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { loadNodes, namesOf, readSlice, toConnection, toPage } from '../paging.ts'
import { addTicketType } from './ticket.ts'

const placed = 'How many tickets left the queue with an agent in the last hour.'

/** Adds `queue`: the tickets that wait for an agent. */
export function addQueue({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
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
  builder.queryField('queue', (t) =>
    t.connection(
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
  )
}
