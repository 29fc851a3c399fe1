import type { Instant, TicketEvent, TicketEventType, TicketStatus } from '@guichet/domain'
import { answersTheCustomer } from '@guichet/domain'
import type { FoldedBatch, Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

/** What the daily report needs to know of a ticket; undefined before it is opened. */
export type DailyState = {
  readonly status: TicketStatus
  readonly openedAt: Instant
  readonly answered: boolean
}

export type DailyStep = Step<TicketEvent, DailyState | undefined>
export type FoldedDays = FoldedBatch<TicketEvent, DailyState | undefined>

/** The status that an event leaves a ticket in; events that are not here leave the status alone. */
const statusAfter: Readonly<Partial<Record<TicketEventType, TicketStatus>>> = {
  TicketStarted: 'in_progress',
  CustomerWaitStarted: 'waiting_customer',
  CustomerWaitEnded: 'in_progress',
  TicketResolved: 'resolved',
  TicketReopened: 'in_progress',
  TicketClosed: 'closed',
}

/** Folds a ticket's status and whether an agent has answered. */
export function createDailyFolding(): StreamFolding<TicketEvent, DailyState | undefined> {
  return createStreamFolding<TicketEvent, DailyState | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: (state, { event }) => evolveDaily(state, event),
  })
}

/** The state after one more event. */
function evolveDaily(state: DailyState | undefined, event: TicketEvent): DailyState | undefined {
  if (event.type === 'TicketOpened') return { status: 'new', openedAt: event.at, answered: false }
  return (
    state && {
      status: statusAfter[event.type] ?? state.status,
      openedAt: state.openedAt,
      answered: state.answered || answersTheCustomer(event),
    }
  )
}
