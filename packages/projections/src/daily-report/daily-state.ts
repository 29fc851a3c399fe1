import type { Instant, TicketEvent, TicketStatus } from '@guichet/domain'
import { statusAfter } from '@guichet/domain'
import { endOfWait } from '../response-times/answers.ts'
import type { FoldedBatch, Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

/** What the daily report needs to know of a ticket; undefined before it is opened. */
export type DailyState = {
  readonly status: TicketStatus
  readonly openedAt: Instant
  /** Nobody waits for the first answer any more: it came, or the ticket was closed without one. */
  readonly firstWaitOver: boolean
}

export type DailyStep = Step<TicketEvent, DailyState | undefined>
export type FoldedDays = FoldedBatch<TicketEvent, DailyState | undefined>

/** Folds a ticket's status and whether its customer still waits for the first answer. */
export function createDailyFolding(): StreamFolding<TicketEvent, DailyState | undefined> {
  return createStreamFolding<TicketEvent, DailyState | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: (state, { event }) => evolveDaily(state, event),
  })
}

/** The state after one more event. */
function evolveDaily(state: DailyState | undefined, event: TicketEvent): DailyState | undefined {
  if (event.type === 'TicketOpened') return { status: 'new', openedAt: event.at, firstWaitOver: false }
  return (
    state && {
      status: statusAfter[event.type] ?? state.status,
      openedAt: state.openedAt,
      firstWaitOver: state.firstWaitOver || endOfWait(event) !== undefined,
    }
  )
}
