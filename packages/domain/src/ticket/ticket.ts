import type { Aggregate } from '../kernel/decider.ts'
import { latest } from '../kernel/instant.ts'
import type { TicketCommand } from './commands.ts'
import { ticketDeadlines } from './deadlines.ts'
import { ticketLabels } from './labels.ts'
import { decideTicket } from './decide.ts'
import type { TicketEvent } from './events.ts'
import { evolveTicket } from './evolve.ts'
import type { TicketState } from './state.ts'
import type { TermsTimeline } from './terms.ts'
import { termsAt } from './terms.ts'

export type TicketAggregate = Aggregate<TicketCommand, TicketEvent, TicketState>

/** Tickets under the terms that a timeline says at the time: the streams `ticket-<id>`. */
export function ticketAggregate(timeline: () => TermsTimeline): TicketAggregate {
  return {
    category: 'ticket',
    initial: { status: 'absent' },
    evolve: evolveTicket,
    decide: (command, state) => {
      const at = state.status === 'absent' ? command.at : latest(command.at, state.updatedAt)
      return decideTicket(command, state, termsAt(timeline(), at))
    },
    creates: (command) => command.type === 'open',
    generation: ({ withdrawals = 0 }) => withdrawals,
    deadlines: (state) => ticketDeadlines(state, timeline()),
    labels: (state) => ticketLabels(state, timeline()),
  }
}
