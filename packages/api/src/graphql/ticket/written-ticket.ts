import type { DomainEvent, Executed, TicketEvent, TicketState } from '@guichet/domain'
import { isShownToCustomers, ticketModels, ticketRow } from '@guichet/projections'
import type { ApiContext } from '../schema/context.ts'
import type { TicketView } from './ticket-view.ts'
import { viewOf } from './ticket-view.ts'

/**
 * The ticket that a command has left behind, without asking for it where the command tells all there is to show. A
 * repeat, and a command without an event for customers, is answered with the ticket as it is.
 */
export async function writtenTicket(
  ticketId: string,
  executed: Executed<DomainEvent>,
  { loaders, shows }: ApiContext,
): Promise<TicketView | null | undefined> {
  const { version, events, state } = executed as Executed<TicketEvent, TicketState>
  const shown = events.findLast((event) => isShownToCustomers({ event }))
  if (shown && state && state.status !== 'absent') {
    return { ...ticketRow(ticketId, version, state, shown.at), written: true }
  }
  return (await shows(ticketModels))
    ? loaders.ticket.load(ticketId)
    : viewOf(ticketId, await loaders.history.load(ticketId))
}
