import type { CloseReason, TicketEvent, TicketEventOf } from '@guichet/domain'
import { answersTheCustomer } from '@guichet/domain'

/** What an end says of its ticket: `solved`, `closed` without that, or `left_out` of the reports (R1, R3, R5). */
export type End = 'solved' | 'closed' | 'left_out'

/** Total: a new reason counts for nothing before somebody has decided what. */
const endBy: Readonly<Record<CloseReason, End>> = {
  solved: 'solved',
  confirmed: 'solved',
  no_reply: 'closed',
  other: 'closed',
  spam: 'left_out',
  invalid: 'left_out',
  duplicate: 'left_out',
  merged: 'left_out',
}

/** How a ticket ended, as the reports count it. */
export function endOf(event: TicketEventOf<'TicketResolved'> | TicketEventOf<'TicketClosed'>): End {
  return event.type === 'TicketResolved' ? 'solved' : endBy[event.reason]
}

/** What an event makes of the customer's wait, if they wait; undefined when they go on waiting (R1, R3, R5). */
export function endOfWait(event: TicketEvent): 'answered' | 'unanswered' | undefined {
  if (answersTheCustomer(event)) return 'answered'
  if (event.type !== 'TicketResolved' && event.type !== 'TicketClosed') return undefined
  const end = endOf(event)
  if (end === 'left_out') return undefined
  return end === 'solved' ? 'answered' : 'unanswered'
}
