import { instant } from '@guichet/domain'
import type { CustomerFigures } from '@guichet/projections'
import { projectionsBehind, slaModels } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import type { ChatView } from '../chat/chat.ts'
import { addChatType } from '../chat/chat.ts'
import { visibilityOf } from '../context.ts'
import { connectionOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { TicketView } from '../ticket/ticket.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { addCustomerType } from './customer.ts'

/** Adds `Customer.figures`, `Customer.tickets`, `Customer.chats` and `Chat.customerRecord`. */
export function addCustomerWork({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const chat = use(addChatType)
  const customer = use(addCustomerType)
  const figures = builder.objectRef<CustomerFigures>('CustomerFigures').implement({
    description: 'What the desk has done for a customer, and for those who were merged into them.',
    fields: (t) => ({
      open: t.exposeInt('open', { description: 'The number of open tickets.' }),
      past: t.exposeInt('past', { description: 'The number of resolved and closed tickets.' }),
      lastThirtyDays: t.exposeInt('lastThirtyDays', {
        description: 'The number of tickets that were opened in the last 30 days.',
      }),
      openChats: t.exposeInt('openChats', { description: 'The number of chats that wait or are under way.' }),
      pastChats: t.exposeInt('pastChats', { description: 'The number of closed chats.' }),
      chatsLastThirtyDays: t.exposeInt('chatsLastThirtyDays', {
        description: 'The number of chats that were started in the last 30 days.',
      }),
      promisesOpen: t.exposeInt('promisesOpen', { description: 'The number of SLA targets that still run.' }),
      promisesKept: t.exposeInt('promisesKept', { description: 'The number of SLA targets that were met.' }),
      promisesMissed: t.exposeInt('promisesMissed', { description: 'The number of SLA targets that were missed.' }),
    }),
  })
  builder.objectFields(customer, (t) => ({
    figures: t.field({
      type: figures,
      description: 'What the desk has done for them.',
      extensions: { cost: 100 },
      resolve: async ({ id }, _, { read }) => {
        const models = [
          ...projectionsBehind.customers,
          ...projectionsBehind.tickets,
          ...projectionsBehind.chats,
          ...slaModels,
        ]
        const [row] = await (await read('customers', models)).figures([{ id, now: instant(new Date()) }])
        if (!row) throw new Error(`there are no figures of ${id}`)
        return row
      },
    }),
    tickets: t.connection(
      {
        type: ticket,
        description: 'Their tickets, and those of customers who were merged into them, the newest first.',
        extensions: { cost: 10 },
        resolve: ({ id }, args, context) =>
          connectionOf<TicketView>(`tickets-of:${id}`, args, async (page) => {
            const ids = await (await context.read('customers')).withMerged(id)
            const order = { by: 'openedAt', direction: 'desc' } as const
            return (await context.read('tickets')).list({ customerId: ids }, order, page, visibilityOf(context))
          }),
      },
      { name: 'CustomerTicketsConnection' },
      { name: 'CustomerTicketsEdge' },
    ),
    chats: t.connection(
      {
        type: chat,
        description: 'Their chats, and those of customers who were merged into them, the newest first.',
        extensions: { cost: 10 },
        resolve: ({ id }, args, context) =>
          connectionOf<ChatView>(`chats-of:${id}`, args, async (page) => {
            const customerId = await (await context.read('customers')).withMerged(id)
            const order = { by: 'startedAt', direction: 'desc' } as const
            return (await context.read('chats')).list({ customerId }, order, page, visibilityOf(context))
          }),
      },
      { name: 'CustomerChatsConnection' },
      { name: 'CustomerChatsEdge' },
    ),
  }))
  builder.objectField(chat, 'customerRecord', (t) =>
    t.field({
      type: customer,
      nullable: true,
      description:
        'What the desk knows of its customer, merges followed; null for a visitor of whom nothing is recorded, and for customers.',
      extensions: { ...deskOnly, cost: 5 },
      resolve: ({ customer: { id } }, _, { loaders }) => loaders.customer.load(id),
    }),
  )
}
