import { instant } from '@guichet/domain'
import type { TicketOrder } from '@guichet/projections'
import { asksSlaModels, projectionsBehind, searchesOf, searchModels, slaModels } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import { connectionOf, namesOf } from '../paging/connection.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf, visibilityOf } from '../schema/context.ts'
import type { FilterInputs } from './filter.ts'
import { costOfFilter, toTicketFilter } from './filter.ts'
import type { TicketRef } from './ticket-type.ts'
import type { TicketView } from './ticket-view.ts'
import { enumOf } from '../schema/enum-values.ts'

const orders = ['openedAt', 'updatedAt', 'priority', 'relevance', 'due'] as const

/** `ticket` and `tickets`. */
export function addTicketQueries(builder: ApiBuilder, ticket: TicketRef, { filter }: FilterInputs): void {
  const orderInput = builder.inputType('TicketOrder', {
    fields: (t) => ({
      by: t.field({
        type: enumOf(builder, 'TicketOrderBy', orders, {
          description:
            '`DUE`: by when the first of their SLA targets is or was due that is still to be done, whatever targets the filter asks for; tickets without one come last, by when they were opened. Customers may not ask for it.',
        }),
        required: true,
      }),
      direction: t.field({
        type: enumOf(builder, 'Direction', ['asc', 'desc']),
        required: true,
        defaultValue: 'desc',
      }),
    }),
  })

  builder.queryFields((t) => ({
    ticket: t.field({
      type: ticket,
      nullable: true,
      description:
        'A ticket by its id or its number, either of which is given; null when there is none, or none that you may see.',
      args: {
        id: t.arg.id({ description: 'The desk’s own id.' }),
        number: t.arg.int({ description: 'The short number.' }),
      },
      resolve: async (_, { id, number }, { loaders }) => {
        if ((id == null) === (number == null)) throw edgeError('malformed_input', 'ticket: give either id or number')
        const found = id ?? (await loaders.ticketId.load(number ?? 0))
        return found === null ? null : loaders.ticket.load(found)
      },
    }),
    tickets: t.connection(
      {
        type: ticket,
        description: 'Tickets, newest first unless another order is given. `RELEVANCE` needs a search.',
        extensions: { costOfArguments: ({ filter: given }: Readonly<Record<string, unknown>>) => costOfFilter(given) },
        args: { filter: t.arg({ type: filter }), orderBy: t.arg({ type: orderInput }) },
        resolve: async (_, { filter: input, orderBy, ...args }, context) => {
          const viewer = viewerOf(context)
          const order: TicketOrder = orderBy ?? { by: 'openedAt', direction: 'desc' }
          const list = `tickets:${order.by}:${order.direction}`
          const conditions = toTicketFilter(input, viewer, instant(new Date()))
          if (order.by === 'due' && viewer.role === 'customer')
            throw edgeError('forbidden', 'orderBy: not for customers')
          if (order.by === 'relevance' && !input?.search) {
            throw edgeError('malformed_input', 'orderBy: RELEVANCE needs filter.search')
          }
          return connectionOf<TicketView>(list, args, async (page) => {
            const models = [
              ...projectionsBehind.tickets,
              ...(searchesOf(conditions).length > 0 ? searchModels : []),
              ...(order.by === 'due' || asksSlaModels(conditions) ? slaModels : []),
            ]
            return (await context.read('tickets', models)).list(conditions, order, page, visibilityOf(context))
          })
        },
      },
      ...namesOf('Ticket'),
    ),
  }))
}
