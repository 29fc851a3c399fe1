import type { Desk, Instant } from '@guichet/domain'
import { evolveTicket, fold, isShownToCustomers } from '@guichet/domain'
import type { TicketRow } from '@guichet/projections'
import { historyUntil, projectionsBehind, ticketRow } from '@guichet/projections'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { closeReasonSeen, seesOwnOnly } from '../context.ts'
import { historyCost } from '../loaders.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext, TicketHistory } from '../services.ts'
import { addPeople, addVocabulary } from '../vocabulary.ts'

/** Adds `Ticket`: the current ticket or, through `asOf`, an earlier state. Internal fields are empty for customers. */
export function addTicketType({ builder, use }: SchemaParts) {
  const vocabulary = use(addVocabulary)
  const { person } = use(addPeople)
  const ticket = builder.objectRef<TicketView>('Ticket')
  builder.node(ticket, {
    description: 'A customer’s request for help.',
    id: {
      description: 'The id, as `ticket`, `node`, mutations and the command line take it.',
      resolve: ({ id }) => id,
    },
    loadMany: (ids: string[], { loaders }) => ids.map((id) => loaders.ticket.load(id)),
    fields: (t) => ({
      number: t.int({
        nullable: true,
        description:
          'A short number for people: counted from 1 in the order in which tickets were opened, and never used again. Null if a mutation has just opened the ticket and lists do not show it yet.',
        resolve: async ({ id, number }, _, context) =>
          number ??
          ((await context.shows(projectionsBehind.tickets)) ? (await context.loaders.ticket.load(id))?.number : null),
      }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'The version, for use as `expectedVersion` of a command; null for customers.',
        extensions: deskOnly,
      }),
      subject: t.exposeString('subject'),
      status: t.expose('status', { type: vocabulary.status }),
      priority: t.expose('priority', { type: vocabulary.priority }),
      channel: t.expose('channel', { type: vocabulary.channel }),
      language: t.exposeString('language'),
      category: t.exposeString('category', { nullable: true }),
      plan: t.exposeString('plan', {
        nullable: true,
        description: 'The customer’s plan, which selects the SLA policy; null for customers.',
        extensions: deskOnly,
      }),
      planKnown: t.boolean({
        nullable: true,
        description:
          'Whether the configuration in force has that plan; null without a plan, and for customers. A plan that it does not have selects no SLA policy.',
        extensions: deskOnly,
        resolve: async ({ plan }, _, { services }) =>
          plan === undefined ? undefined : hasPlan((await services.desk.terms()).policy, plan),
      }),
      customer: t.expose('customer', { type: person }),
      assignee: t.expose('assignee', { type: person, nullable: true }),
      team: t.exposeString('team', {
        nullable: true,
        description: 'The team that it was escalated to; null for customers.',
        extensions: deskOnly,
      }),
      tags: t.exposeStringList('tags', { description: 'The tags; empty for customers.', extensions: deskOnly }),
      watchers: t.expose('watchers', {
        type: [person],
        description: 'The people who follow the ticket; empty for customers.',
        extensions: deskOnly,
      }),
      ...instantFields(t),
      closeReason: t.field({
        type: vocabulary.closeReason,
        nullable: true,
        description: 'Why it was closed. Customers see `OTHER` instead of `SPAM` and `INVALID`.',
        resolve: ({ closeReason }, _, context) => closeReason && closeReasonSeen(context, closeReason),
      }),
      resolutions: t.exposeInt('resolutions', { description: 'How often it has been resolved.' }),
      reopenings: t.exposeInt('reopenings', { description: 'How often it has been reopened.' }),
      mergedInto: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket that it was merged into. For a ticket as it was, the other one is as it was then.',
        resolve: (view, _, context) =>
          view.mergedInto === undefined ? null : ticketBeside(view, view.mergedInto, context),
      }),
      asOf: t.field({
        type: ticket,
        nullable: true,
        description:
          'The ticket as it was at a moment: after the events before the first one that is later than the moment. Null before it was opened.',
        args: { at: t.arg({ type: 'DateTime', required: true }) },
        extensions: { cost: historyCost },
        resolve: async ({ id, history, asOf }, { at }, { loaders }) =>
          ticketAsOf(id, history ?? (await loaders.history.load(id)), asOf && asOf < at ? asOf : at),
      }),
    }),
  })
  return ticket
}

/** The instants of a ticket: when something happened, and since when somebody has been waiting. */
const instantFields = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, TicketView>) => ({
  openedAt: t.expose('openedAt', { type: 'DateTime' }),
  updatedAt: t.field({
    type: 'DateTime',
    description: 'When its last event occurred; for customers, the last one that they may see.',
    resolve: ({ updatedAt, publicUpdatedAt }, _, context) => (seesOwnOnly(context) ? publicUpdatedAt : updatedAt),
  }),
  firstRespondedAt: t.expose('firstRespondedAt', { type: 'DateTime', nullable: true }),
  lastReplyAt: t.expose('lastReplyAt', {
    type: 'DateTime',
    description:
      'When customer or desk last wrote. Notes, reminders and automatic messages are no replies; the opening counts.',
  }),
  lastCustomerReplyAt: t.expose('lastCustomerReplyAt', {
    type: 'DateTime',
    description: 'When the customer last wrote; the opening counts.',
  }),
  lastAgentReplyAt: t.expose('lastAgentReplyAt', {
    type: 'DateTime',
    nullable: true,
    description: 'When a person of the desk last replied.',
  }),
  waitingSince: t.expose('waitingSince', { type: 'DateTime', nullable: true }),
  customerWaitingSince: t.expose('customerWaitingSince', {
    type: 'DateTime',
    nullable: true,
    description:
      'Since when the customer has been waiting for an answer: their oldest unanswered message, while the ticket is new or in progress. Null for customers.',
    extensions: deskOnly,
  }),
  unreadSince: t.expose('unreadSince', {
    type: 'DateTime',
    nullable: true,
    description:
      'The oldest message of the customer since an agent last did something on the ticket; null if there is none, once the ticket is closed, and for customers.',
    extensions: deskOnly,
  }),
  idleSince: t.expose('idleSince', {
    type: 'DateTime',
    nullable: true,
    description:
      'Since when no agent has worked on a ticket in progress, from which its stagnation is counted; null for customers.',
    extensions: deskOnly,
  }),
  resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true }),
  closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
})

/** The reference to the node `Ticket`, whose value is a `TicketView`. */
export type TicketRef = ReturnType<typeof addTicketType>

/**
 * A ticket as it is or, with `asOf`, as it was; folded from its history if that was read. `written`: it is the state after a command of
 * this request, which the read models may not show yet.
 */
export type TicketView = TicketRow & {
  readonly history?: TicketHistory
  readonly asOf?: Instant
  readonly written?: true
}

/**
 * Loads a ticket that another one refers to: as it is now or, from a ticket as it was, as it was at the same instant. Undefined or
 * null when there is none that the viewer may see.
 */
export async function ticketBeside(
  { asOf }: { readonly asOf?: Instant | undefined },
  ticketId: string,
  { loaders }: Pick<ApiContext, 'loaders'>,
): Promise<TicketView | null | undefined> {
  const present = await loaders.ticket.load(ticketId)
  if (present === null || asOf === undefined) return present
  return ticketAsOf(ticketId, await loaders.history.load(ticketId), asOf)
}

/** Returns a ticket as it was at an instant, including the events of that instant; undefined before it was opened. */
export function ticketAsOf(ticketId: string, history: TicketHistory, at: Instant): TicketView | undefined {
  const view = viewOf(ticketId, historyUntil(history, at))
  return view && { ...view, asOf: at }
}

/** Folds a ticket from its history; undefined if no ticket was opened. */
export function viewOf(ticketId: string, history: TicketHistory): TicketView | undefined {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  if (state.status === 'absent') return undefined
  const version = history.at(-1)?.version ?? 0
  const shownAt = history.findLast(isShownToCustomers)?.event.at ?? state.openedAt
  return { ...ticketRow(ticketId, version, state, shownAt), history }
}

/** Whether a desk has a plan: a configuration without plans accepts any. */
export const hasPlan = ({ plans }: Pick<Desk['policy'], 'plans'>, plan: string): boolean =>
  !plans?.size || plans.has(plan)
