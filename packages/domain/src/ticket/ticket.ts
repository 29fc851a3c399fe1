import type { Aggregate } from '../kernel/decider.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketCommand } from './commands.ts'
import { ticketDeadlines, ticketLabels } from './deadlines.ts'
import { decideTicket } from './decide.ts'
import type { TicketEvent } from './events.ts'
import type { TicketPolicy } from './policy.ts'
import { evolveTicket } from './evolve.ts'
import type { TicketState } from './state.ts'

export type TicketAggregate = Aggregate<TicketCommand, TicketEvent, TicketState>

/** Tickets under a policy and a wording: the streams `ticket-<id>`. */
export function ticketAggregate(terms: { readonly policy: TicketPolicy; readonly wording: Wording }): TicketAggregate {
  return {
    category: 'ticket',
    initial: { status: 'absent' },
    evolve: evolveTicket,
    decide: (command, state) => decideTicket(command, state, terms),
    creates: (command) => command.type === 'open',
    deadlines: (state) => ticketDeadlines(state, terms.policy),
    labels: ticketLabels,
  }
}
