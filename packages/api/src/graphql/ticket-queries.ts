import type { Instant, Relation, TicketCommandType } from '@guichet/domain'
import { accepts, evolveTicket, fold, instant, parseStream, acceptedWhenMerged } from '@guichet/domain'
import type { TicketDeadlineRow, TicketOrder } from '@guichet/projections'
import { asksSlaModels, projectionsBehind, searchesOf, searchModels, slaModels } from '@guichet/projections'
import type { Principal } from '../auth/principal.ts'
import { accessTo, operationOf } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import { seesOwnOnly, viewerOf, visibilityOf } from './context.ts'
import { historyCost } from './loaders.ts'
import { assertPageSize, connectionOf, namesOf } from './paging.ts'
import type { TicketHistory } from './services.ts'
import type { FilterInputs } from './ticket-filter.ts'
import { costOfFilter, toTicketFilter } from './ticket-filter.ts'
import type { TicketRef, TicketView } from './ticket.ts'
import { ticketBeside } from './ticket.ts'
import type { Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

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

type Link = { readonly to: string; readonly relation: Relation; readonly asOf?: Instant | undefined }

/** `Ticket.links`, read from the ticket's own history; customers are shown none, as they are not shown the linking. */
export function addLinks(builder: ApiBuilder, ticket: TicketRef, { relation }: Vocabulary): void {
  const link = builder.objectRef<Link>('TicketLink').implement({
    fields: (t) => ({
      to: t.exposeID('to', { description: 'The other ticket’s id.' }),
      relation: t.expose('relation', { type: relation, description: 'What this ticket is to the other one.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The other ticket; of a link of a ticket as it was, as the other one was then.',
        resolve: (view, _, context) => ticketBeside(view, view.to, context),
      }),
    }),
  })

  builder.objectField(ticket, 'links', (t) =>
    t.field({
      type: [link],
      description: 'The tickets that the desk has linked it to; empty for customers.',
      extensions: { cost: historyCost },
      resolve: async ({ id, history, asOf }, _, context) => {
        if (seesOwnOnly(context)) return []
        const links = linksOf(history ?? (await context.loaders.history.load(id)))
        return links.map((each) => ({ ...each, asOf }))
      },
    }),
  )
}

function linksOf(history: TicketHistory): readonly Link[] {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  return state.status === 'absent' ? [] : state.links
}

/** Whether a viewer's command would be taken by a ticket as it stands: the rights table, then the lifecycle table. */
function viewerCan(principal: Principal | undefined, ticket: TicketView, command: TicketCommandType): boolean {
  const operation = operationOf[command]
  if (operation === undefined || !principal) return false
  const access = accessTo(operation, principal)
  if (access === 'none' || (access === 'own' && ticket.customer.id !== principal.id)) return false
  if (ticket.mergedInto !== undefined && !acceptedWhenMerged.has(command)) return false
  return accepts(ticket.status, command)
}

/** `viewerCan…`, one field for every command that can be sent to a ticket. */
export function addViewerCan(builder: ApiBuilder, ticket: TicketRef): void {
  const commands = Object.entries(operationOf).filter(([command]) => command !== 'open')
  builder.objectFields(ticket, (t) =>
    Object.fromEntries(
      commands.map(([command, operation]) => [
        `viewerCan${capitalized(command)}`,
        t.boolean({
          nullable: true,
          description: `Whether \`${operation}\` would be taken from you now; null for a ticket as it was.`,
          resolve: (view, _, { principal }) =>
            view.asOf === undefined ? viewerCan(principal, view, command as TicketCommandType) : undefined,
        }),
      ]),
    ),
  )
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** Deadlines: of a ticket, and of the whole desk. Customers see none: they are the desk's own affair. */
export function addDeadlines(builder: ApiBuilder, ticket: TicketRef, { deadlineKind }: Vocabulary): void {
  const deadline = builder.objectRef<TicketDeadlineRow>('Deadline').implement({
    description: 'Something that falls due unless something else happens first.',
    fields: (t) => ({
      kind: t.expose('kind', { type: deadlineKind }),
      dueAt: t.expose('dueAt', { type: 'DateTime' }),
      cycle: t.exposeInt('cycle', { description: 'Tells it from its elder twins.' }),
      held: t.boolean({
        description: 'True while the history of an imported ticket is not complete.',
        resolve: ({ heldBy }) => heldBy !== undefined,
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        resolve: ({ stream }, _, { loaders }) => loaders.ticket.load(parseStream(stream).id),
      }),
    }),
  })

  builder.objectField(ticket, 'deadlines', (t) =>
    t.field({
      type: [deadline],
      description:
        'What falls due, earliest first. Empty for customers, and for a ticket as it was at an earlier moment.',
      extensions: { cost: 3 },
      resolve: ({ id, asOf }, _, context) =>
        seesOwnOnly(context) || asOf !== undefined
          ? []
          : (context.loaders.deadlines.load(id) as Promise<TicketDeadlineRow[]>),
    }),
  )

  builder.queryField('deadlines', (t) =>
    t.field({
      type: [deadline],
      description: 'What falls due before an instant on any ticket, earliest first.',
      args: {
        dueBefore: t.arg({ type: 'DateTime', required: true }),
        first: t.arg.int({ required: true }),
      },
      resolve: async (_, { dueBefore, first }, { read }) => {
        assertPageSize('first', first)
        const deadlines = await read('deadlines')
        return [...(await deadlines.dueBefore(dueBefore, first))]
      },
    }),
  )
}
