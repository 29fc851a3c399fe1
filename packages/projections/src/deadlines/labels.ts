import type { Ticket, TicketState } from '@guichet/domain'
import { isLate } from '@guichet/domain'

/** What operators filter the clocks of tickets by, beside what falls due. No personal data. */
export type TicketLabels = Pick<Ticket, 'status' | 'priority' | 'category'> & {
  /** Whether the desk is late on it as it stands. */
  readonly late: boolean
}

/** The labels of a ticket; undefined before it is opened. */
export function ticketLabels(state: TicketState): TicketLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, priority, category } = state
  return { status, priority, category, late: isLate(state) }
}

/** Whether two states of a ticket have the same labels. */
export function sameLabels(one: TicketState, other: TicketState): boolean {
  const [a, b] = [ticketLabels(one), ticketLabels(other)]
  return a?.status === b?.status && a?.priority === b?.priority && a?.category === b?.category && a?.late === b?.late
}
