import type { Instant } from '@guichet/domain'
import { evolveTicket, fold } from '@guichet/domain'
import type { TicketRow } from '@guichet/projections'
import { historyUntil, isShownToCustomers, ticketRow } from '@guichet/projections'
import type { ApiContext } from '../schema/context.ts'
import type { TicketHistory } from './ticket-history.ts'

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
