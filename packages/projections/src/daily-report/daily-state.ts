import type { EventEnvelope, Instant, TicketEvent, TicketStatus } from '@guichet/domain'
import { importIdOf, isEngineActor, statusAfter } from '@guichet/domain'
import { endOfWait } from '../response-times/answers.ts'
import type { Step } from '../streams/stream-folding.ts'
import type { QuarterCounts } from './day-counts.ts'
import { countByQuarter, summed } from './day-counts.ts'

/** What the daily report needs to know of a ticket; undefined before it is opened. */
export type DailyState = {
  readonly status: TicketStatus
  readonly openedAt: Instant
  /** Nobody waits for the first answer any more: it came, or the ticket was closed without one. */
  readonly firstWaitOver: boolean
  /** What the ticket has added to each quarter, while an import may still take it back. */
  readonly counts?: readonly QuarterCounts[] | undefined
}

export type DailyStep = Step<TicketEvent, DailyState | undefined>

/** Folds a ticket's status and whether its customer still waits for the first answer. */
export function evolveDaily(
  state: DailyState | undefined,
  envelope: EventEnvelope<TicketEvent>,
): DailyState | undefined {
  const after = moved(state, envelope.event)
  return after && { ...after, counts: countsAfter(state, envelope, after) }
}

/** Whether a ticket may be taken back with its import: nobody has worked on it. */
const isImported = ({ event, correlationId }: EventEnvelope): boolean =>
  importIdOf(correlationId) !== undefined || isEngineActor(event.by)

function countsAfter(
  before: DailyState | undefined,
  envelope: EventEnvelope<TicketEvent>,
  after: DailyState,
): readonly QuarterCounts[] | undefined {
  const isOpened = envelope.event.type === 'TicketOpened'
  if (isOpened ? importIdOf(envelope.correlationId) === undefined : !before?.counts || !isImported(envelope)) {
    return undefined
  }
  return summed([...(before?.counts ?? []), ...countByQuarter([{ id: '', envelope, before, after }])])
}

function moved(state: DailyState | undefined, event: TicketEvent): DailyState | undefined {
  if (event.type === 'TicketOpened') return { status: 'new', openedAt: event.at, firstWaitOver: false }
  return (
    state && {
      status: statusAfter[event.type] ?? state.status,
      openedAt: state.openedAt,
      firstWaitOver: state.firstWaitOver || endOfWait(event) !== undefined,
    }
  )
}
