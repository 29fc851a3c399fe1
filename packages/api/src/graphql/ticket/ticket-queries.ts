import type { Instant, Relation, TicketState } from '@guichet/domain'
import { accepts, evolveTicket, fold, instant, parseStream, acceptedWhenMerged } from '@guichet/domain'
import type { TicketDeadlineRow, TicketOrder } from '@guichet/projections'
import {
  asksDrafts,
  asksPersons,
  asksSlaModels,
  projectionsBehind,
  searchesOf,
  searchModels,
  slaModels,
  ticketInstants,
} from '@guichet/projections'
import { isCustomer } from '../../auth/principal.ts'
import type { SentTo } from '../../auth/rights.ts'
import { accessTo, operationOf } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import { viewerOf, visibilityOf } from '../context.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext, TicketHistory } from '../services.ts'
import { isViewerThemselves, mayShare, ticketsSeenBy } from '../shared-access.ts'
import { addFilterInputs, costOfFilter, internalInstants, toTicketFilter } from './ticket-filter.ts'
import type { TicketView } from './ticket.ts'
import { addTicketType, ticketBeside } from './ticket.ts'
import { addVocabulary, enumOf } from '../vocabulary.ts'

const orders = [...ticketInstants, 'priority', 'relevance', 'due'] as const

/** Orders that would reveal internal data to customers. */
const internalOrders: ReadonlySet<string> = new Set(['due', ...internalInstants])

/** The most tickets that `totalCount` counts, and what a count costs. */
const mostCounted = 10_000
const countCost = 50

/** Orders without an index: without a status, all tickets are sorted, which costs as much as a long history. */
const unindexedOrders: ReadonlySet<unknown> = new Set(['LAST_CUSTOMER_REPLY_AT', 'LAST_AGENT_REPLY_AT'])

type ListArguments = {
  readonly filter?: { readonly status?: unknown } | null
  readonly orderBy?: { readonly by?: unknown } | null
}

/** The cost of the arguments of `tickets`, as the document has them. */
export function costOfList(args: Readonly<Record<string, unknown>>): number {
  const { filter, orderBy } = args as ListArguments
  const sortsAll = unindexedOrders.has(orderBy?.by) && filter?.status == null
  return costOfFilter(filter) + (sortsAll ? historyCost : 0)
}

/** Adds `ticket` and `tickets`. */
export function addTicketQueries({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const { filter } = use(addFilterInputs)
  const orderInput = builder.inputType('TicketOrder', {
    fields: (t) => ({
      by: t.field({
        type: enumOf(builder, 'TicketOrderBy', orders, {
          description:
            'The order of tickets. `DUE` orders by the due time of the first open SLA target, regardless of the filter. Tickets without one come last, ordered by opening time. By an instant that some tickets do not have, such as `WAITING_SINCE`, these come last in either direction, ordered by opening time. Customers may not use `DUE`, `CUSTOMER_WAITING_SINCE`, `UNREAD_SINCE` and `IDLE_SINCE`.',
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
        'A ticket by its id or its number, of which exactly one is given; null if there is none or you may not see it.',
      args: {
        id: t.arg.id({ description: 'The id of the ticket.' }),
        number: t.arg.int({ description: 'The short number of the ticket.' }),
      },
      resolve: async (_, { id, number }, { loaders }) => {
        if ((id == null) === (number == null)) throw edgeError('malformed_input', 'ticket: give either id or number')
        const ticketId = id ?? (await loaders.ticketId.load(number ?? 0))
        return ticketId === null ? null : loaders.ticket.load(ticketId)
      },
    }),
    tickets: t.connection(
      {
        type: ticket,
        description:
          'Tickets, newest first unless another order is given. `RELEVANCE` requires a search. Customers see their own, and those that their organisation shares with them.',
        extensions: { costOfArguments: costOfList },
        args: { filter: t.arg({ type: filter }), orderBy: t.arg({ type: orderInput }) },
        resolve: async (_, { filter: input, orderBy, ...args }, context) => {
          const viewer = viewerOf(context)
          const order: TicketOrder = orderBy ?? { by: 'openedAt', direction: 'desc' }
          const list = `tickets:${order.by}:${order.direction}`
          const conditions = toTicketFilter(input, viewer, instant(new Date()), await ticketsSeenBy(context))
          if (internalOrders.has(order.by) && isCustomer(viewer))
            throw edgeError('forbidden', 'orderBy: not for customers')
          if (order.by === 'relevance' && !input?.search) {
            throw edgeError('malformed_input', 'orderBy: RELEVANCE needs filter.search')
          }
          const models = [
            ...projectionsBehind.tickets,
            ...(searchesOf(conditions).length > 0 ? searchModels : []),
            ...(order.by === 'due' || asksSlaModels(conditions) ? slaModels : []),
            ...(asksPersons(conditions) ? projectionsBehind.customers : []),
            ...(asksDrafts(conditions) ? projectionsBehind.drafts : []),
          ]
          const visibility = visibilityOf(context)
          const page = await connectionOf<TicketView>(list, args, async (pageRequest) =>
            (await context.read('tickets', models)).list(conditions, order, pageRequest, visibility),
          )
          const count = async () => (await context.read('tickets', models)).count(conditions, mostCounted, visibility)
          return { ...page, count }
        },
      },
      {
        ...namesOf('Ticket')[0],
        fields: (c) => ({
          totalCount: c.int({
            nullable: true,
            description: `The number of tickets of the filter on all pages. Counting stops at ${mostCounted}, which stands for that many or more. Null for a list with a search, which is not counted.`,
            extensions: { cost: countCost },
            resolve: ({ count }) => count(),
          }),
        }),
      },
      namesOf('Ticket')[1],
    ),
  }))
}

type Link = { readonly to: string; readonly relation: Relation; readonly asOf?: Instant | undefined }

/** Adds `Ticket.links`, read from the ticket's history. Customers see none, as linking is internal. */
export function addLinks({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const { relation } = use(addVocabulary)
  const link = builder.objectRef<Link>('TicketLink').implement({
    fields: (t) => ({
      to: t.exposeID('to', { description: 'The id of the other ticket.' }),
      relation: t.expose('relation', { type: relation, description: 'The relation of this ticket to the other one.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The other ticket. For a ticket as it was, the other one is as it was then.',
        resolve: (view, _, context) => ticketBeside(view, view.to, context),
      }),
    }),
  })

  builder.objectField(ticket, 'links', (t) =>
    t.field({
      type: [link],
      description: 'The links to other tickets; empty for customers.',
      extensions: { ...deskOnly, cost: historyCost },
      resolve: async ({ id, history, asOf }, _, { loaders }) => {
        const links = linksOf(history ?? (await loaders.history.load(id)))
        return links.map((each) => ({ ...each, asOf }))
      },
    }),
  )
}

/** Adds `Ticket.mergedTickets`, read from the ticket's history. */
export function addMergedTickets({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  builder.objectField(ticket, 'mergedTickets', (t) =>
    t.field({
      type: [ticket],
      description:
        'The tickets that were merged into it, in the order of the merges; those that were merged into these are theirs. For a ticket as it was, they are as they were then.',
      extensions: { cost: historyCost },
      resolve: async ({ id, history, asOf }, _, context) => {
        const state = stateAfter(history ?? (await context.loaders.history.load(id)))
        const sources = state.status === 'absent' ? [] : state.absorbed
        const tickets = await Promise.all(sources.map((source) => ticketBeside({ asOf }, source, context)))
        return tickets.filter((each) => each != null)
      },
    }),
  )
}

function linksOf(history: TicketHistory): readonly Link[] {
  const state = stateAfter(history)
  return state.status === 'absent' ? [] : state.links
}

const stateAfter = (history: TicketHistory): TicketState =>
  fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )

/** Whether a ticket in its current state would accept a command of a viewer, by the rights table and the lifecycle table. */
async function viewerCan(context: ApiContext, ticket: TicketView, command: SentTo<'ticket'>): Promise<boolean> {
  const { principal } = context
  if (!principal) return false
  const access = accessTo(operationOf.ticket[command], principal)
  if (access === 'none') return false
  if (access === 'own' && !mayShare(command, context) && !(await isViewerThemselves(ticket.customer.id, context)))
    return false
  if (ticket.mergedInto !== undefined && !acceptedWhenMerged.has(command)) return false
  return accepts(ticket.status, command)
}

/** Adds `viewerCan…`, one field for every command of a ticket. */
export function addViewerCan({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const commands = Object.entries(operationOf.ticket).filter(([command]) => command !== 'open')
  builder.objectFields(ticket, (t) =>
    Object.fromEntries(
      commands.map(([command, operation]) => [
        `viewerCan${capitalized(command)}`,
        t.boolean({
          nullable: true,
          description: `Whether you may use \`${operation}\` on the ticket now; null for a ticket as it was.`,
          resolve: (view, _, context) =>
            view.asOf === undefined ? viewerCan(context, view, command as SentTo<'ticket'>) : undefined,
        }),
      ]),
    ),
  )
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** Adds the deadlines of a ticket and of the whole desk. They are internal: customers see none. */
export function addDeadlines({ builder, use }: SchemaParts): void {
  const ticket = use(addTicketType)
  const { deadlineKind } = use(addVocabulary)
  const deadline = builder.objectRef<TicketDeadlineRow>('Deadline')
  builder.node(deadline, {
    description: 'A deadline: it falls due unless something else happens first.',
    id: { resolve: ({ stream, kind, cycle }) => joinIds(parseStream(stream).id, kind, cycle) },
    loadMany: loadNodes('deadlines', async (id, { loaders }) => {
      const [ticketId = '', ...key] = splitIds(id)
      const deadlines = await loaders.deadlines.load(ticketId)
      return deadlines.find(({ kind, cycle }) => joinIds(kind, cycle) === joinIds(...key))
    }),
    fields: (t) => ({
      kind: t.expose('kind', { type: deadlineKind }),
      dueAt: t.expose('dueAt', { type: 'DateTime' }),
      cycle: t.exposeInt('cycle', { description: 'The number of the deadline among those of its kind.' }),
      held: t.boolean({
        description: 'Whether it is held because the import of the ticket’s history is not complete.',
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
      description: 'The deadlines, earliest first. Empty for customers, and for a ticket as it was.',
      extensions: { ...deskOnly, cost: 3 },
      resolve: ({ id, asOf }, _, { loaders }) =>
        asOf === undefined ? (loaders.deadlines.load(id) as Promise<TicketDeadlineRow[]>) : [],
    }),
  )

  builder.queryField('deadlines', (t) =>
    t.connection(
      {
        type: deadline,
        description: 'The deadlines of all tickets before an instant, earliest first.',
        args: { dueBefore: t.arg({ type: 'DateTime', required: true }) },
        extensions: { cost: 100 },
        resolve: (_, { dueBefore, ...args }, { read }) =>
          connectionOf('deadlines', args, async (page) => (await read('deadlines')).pageBefore(dueBefore, page)),
      },
      ...namesOf('Deadline'),
    ),
  )
}
