import type { Desk, Instant } from '@guichet/domain'
import { evolveTicket, fold, isShownToCustomers } from '@guichet/domain'
import type { TicketRow } from '@guichet/projections'
import { historyUntil, projectionsBehind, ticketRow } from '@guichet/projections'
import type { ApiBuilder } from './builder.ts'
import { closeReasonSeen, internally, seesOwnOnly } from './context.ts'
import { historyCost } from './loaders.ts'
import type { ApiContext, TicketHistory } from './services.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** `Ticket`: as it is now or, through `asOf`, as it was. What is internal to the desk is empty for customers. */
export function addTicketType(builder: ApiBuilder, words: Vocabulary, { person }: People) {
  const ticket = builder.objectRef<TicketView>('Ticket')
  builder.node(ticket, {
    description: 'A request of a customer, from its opening to its end.',
    id: { description: 'What `ticket`, `node`, mutations and the command line take.', resolve: ({ id }) => id },
    loadMany: (ids: string[], { loaders }) => ids.map((id) => loaders.ticket.load(id)),
    fields: (t) => ({
      number: t.int({
        nullable: true,
        description:
          'A short number for people: from 1 in the order in which tickets were opened, never given to another. Null where a mutation has just opened the ticket and the lists do not show it yet.',
        resolve: async ({ id, number }, _, context) =>
          number ??
          ((await context.shows(projectionsBehind.tickets)) ? (await context.loaders.ticket.load(id))?.number : null),
      }),
      version: t.int({
        nullable: true,
        description: 'What `expectedVersion` of a command is compared with; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
      }),
      subject: t.exposeString('subject'),
      status: t.expose('status', { type: words.status }),
      priority: t.expose('priority', { type: words.priority }),
      channel: t.expose('channel', { type: words.channel }),
      language: t.exposeString('language'),
      category: t.exposeString('category', { nullable: true }),
      plan: t.string({
        nullable: true,
        description: 'The customer’s plan, by which the SLA policy is chosen; null for customers.',
        resolve: ({ plan }, _, context) => internally(context, plan),
      }),
      planKnown: t.boolean({
        nullable: true,
        description:
          'Whether the configuration in force names that plan; null without one, and for customers. By a plan that it does not name no SLA policy is chosen.',
        resolve: async ({ plan }, _, context) =>
          plan === undefined || seesOwnOnly(context)
            ? undefined
            : hasPlan((await context.services.desk.terms()).policy, plan),
      }),
      customer: t.expose('customer', { type: person }),
      assignee: t.expose('assignee', { type: person, nullable: true }),
      team: t.string({
        nullable: true,
        description: 'The team it was escalated to; null for customers.',
        resolve: ({ team }, _, context) => internally(context, team),
      }),
      tags: t.stringList({
        description: 'Empty for customers.',
        resolve: ({ tags }, _, context) => (seesOwnOnly(context) ? [] : tags),
      }),
      watchers: t.field({
        type: [person],
        description: 'Empty for customers.',
        resolve: ({ watchers }, _, context) => (seesOwnOnly(context) ? [] : watchers),
      }),
      openedAt: t.expose('openedAt', { type: 'DateTime' }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When something last happened to it; for customers, something that they are shown.',
        resolve: ({ updatedAt, publicUpdatedAt }, _, context) => (seesOwnOnly(context) ? publicUpdatedAt : updatedAt),
      }),
      firstRespondedAt: t.expose('firstRespondedAt', { type: 'DateTime', nullable: true }),
      waitingSince: t.expose('waitingSince', { type: 'DateTime', nullable: true }),
      resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true }),
      closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
      closeReason: t.field({
        type: words.closeReason,
        nullable: true,
        description: 'Customers are shown `OTHER` where the desk took it for `SPAM` or `INVALID`.',
        resolve: ({ closeReason }, _, context) => closeReason && closeReasonSeen(context, closeReason),
      }),
      resolutions: t.exposeInt('resolutions', { description: 'How often it has been resolved.' }),
      reopenings: t.exposeInt('reopenings', { description: 'How often it has been reopened.' }),
      mergedInto: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket that it goes on as; of a ticket as it was, as that one was then.',
        resolve: (view, _, context) =>
          view.mergedInto === undefined ? null : ticketBeside(view, view.mergedInto, context),
      }),
      asOf: t.field({
        type: ticket,
        nullable: true,
        description:
          'The ticket after the longest beginning of its history in which nothing happened after a moment; null before it was opened.',
        args: { at: t.arg({ type: 'DateTime', required: true }) },
        extensions: { cost: historyCost },
        resolve: async ({ id, history, asOf }, { at }, { loaders }) =>
          ticketAsOf(id, history ?? (await loaders.history.load(id)), asOf && asOf < at ? asOf : at),
      }),
    }),
  })
  return ticket
}

export type TicketRef = ReturnType<typeof addTicketType>

/**
 * A ticket as it is or, with `asOf`, as it was; folded from its history where that was read. `written`: as a command of
 * this request has left it, which the read models may not show yet.
 */
export type TicketView = TicketRow & {
  readonly history?: TicketHistory
  readonly asOf?: Instant
  readonly written?: true
}

/**
 * A ticket that another one leads to: as it is or, from a ticket as it was, as it was at the same instant. Undefined or
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

/** A ticket as it was at an instant, that instant included; undefined before it was opened. */
export function ticketAsOf(ticketId: string, history: TicketHistory, at: Instant): TicketView | undefined {
  const view = viewOf(ticketId, historyUntil(history, at))
  return view && { ...view, asOf: at }
}

/** The ticket that a history leads to; undefined when it opens none. */
export function viewOf(ticketId: string, history: TicketHistory): TicketView | undefined {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  if (state.status === 'absent') return undefined
  const version = history.at(-1)?.version ?? 0
  const shown = history.findLast(isShownToCustomers)?.event.at ?? state.openedAt
  return { ...ticketRow(ticketId, version, state, shown), history }
}

/** Whether a desk has a plan: one that names none has any. */
export const hasPlan = ({ plans }: Pick<Desk['policy'], 'plans'>, plan: string): boolean =>
  !plans?.size || plans.has(plan)
