import type { CloseResult, EventEnvelope, Instant, TermsTimeline, TicketEvent, TicketEventOf } from '@guichet/domain'
import { answersTheCustomer, closeResults, elapsed, firstResponseTime, termsAt } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { TermsKeeper } from '../streams/configuration.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * When each ticket was first answered, how it ended, and when each later message of a customer was answered. A first
 * response is counted on the calendar that the objectives named for the instant at which it was given.
 * @param basis what times are counted by until a configuration has been applied: another one rebuilds them.
 */
export function responseTimesProjection(
  responses: StreamFolding<TicketEvent, ResponseState | undefined>,
  terms: TermsKeeper,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'response_times',
      version: 7,
      basis,
      ...tablesOf(tickets, nextResponseTable),
      project: async (events, context) => {
        const { tx } = context
        const steps = await responses.steps(events, context)
        for (const { events: part, timeline } of await terms.split(events, context)) {
          const partSteps = within(part, steps)
          await tickets.replace(tx, changedRows(partSteps, timeline))
          await nextResponseTable.insert(tx, nextResponses(partSteps))
        }
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { response_time: 'ticket_id', next_response: 'ticket_id' }),
  )
}

const tickets = writtenTable(
  'response_time',
  `ticket_id text collate "C" primary key,
  opened_at timestamptz not null,
  first_response bigint,
  first_response_at timestamptz,
  first_answered boolean,
  replies integer not null,
  reopenings integer not null,
  resolution bigint,
  ending text,
  waiting_version integer,
  waiting_since timestamptz`,
  {
    fillfactor: 80,
    indexes: [
      'index on response_time (opened_at)',
      'index on response_time (waiting_since) where waiting_since is not null',
    ],
  },
)

const nextResponseTable = writtenTable(
  'next_response',
  `ticket_id text collate "C" not null,
  version integer not null,
  asked_at timestamptz not null,
  response bigint not null,
  answered boolean not null`,
  { indexes: ['index on next_response (asked_at)'] },
)

const changedRows = (steps: readonly ResponseStep[], timeline: TermsTimeline): readonly object[] =>
  movedBy(steps).flatMap(({ id, before, after }) => (after && after !== before ? [toRow(id, after, timeline)] : []))

const toRow = (ticket_id: string, state: ResponseState, timeline: TermsTimeline) => ({
  ticket_id,
  opened_at: state.openedAt,
  first_response: state.firstResponse && firstResponseIn(state.openedAt, state.firstResponse.at, timeline),
  first_response_at: state.firstResponse?.at,
  first_answered: state.firstResponse?.answered,
  replies: state.replies,
  reopenings: state.reopenings,
  resolution: state.resolution,
  ending: state.ending,
  waiting_version: state.waiting?.version,
  waiting_since: state.waiting?.since,
})

/** The effect of an end on its ticket: `unanswered` when it was closed while the customer waited. */
type Ending = CloseResult | 'unanswered'

/** How a ticket has been answered so far; undefined before it is opened. */
export type ResponseState = {
  readonly openedAt: Instant
  /** When the first answer came, or the ticket ended without one. */
  readonly firstResponse: { readonly at: Instant; readonly answered: boolean } | undefined
  readonly replies: number
  readonly reopenings: number
  /** Milliseconds from the opening to the current end; undefined if that end leaves the ticket out. */
  readonly resolution: number | undefined
  /** The current end: of a resolution and the closing after it, the resolution. */
  readonly ending: Ending | undefined
  /** The first customer message without an answer since; the opening message counts for the first response instead. */
  readonly waiting: { readonly version: number; readonly since: Instant } | undefined
}

type ResponseStep = Step<TicketEvent, ResponseState | undefined>

/**
 * Folds the response times of 003, by the rules R1 to R8 of docs/reference/reports.md. Durations are elapsed time,
 * around the clock, and never negative, even where imported times are out of order. A first response is stored as an
 * instant, and counted on the calendar of the desk's objective when it is written.
 */
export function evolveResponse(
  state: ResponseState | undefined,
  { event, version }: EventEnvelope<TicketEvent>,
): ResponseState | undefined {
  if (event.type === 'TicketOpened') return opened(event.at)
  if (!state) return undefined
  switch (event.type) {
    case 'AgentReplied':
      return answersTheCustomer(event) ? { ...waitOver(state, event.at, true), replies: state.replies + 1 } : state
    case 'CustomerReplied':
      return isWaiting(state) ? state : { ...state, waiting: { version, since: event.at } }
    case 'TicketResolved':
    case 'TicketClosed':
      return state.ending === undefined ? ended(state, event) : state
    case 'TicketReopened':
      return { ...state, resolution: undefined, ending: undefined, reopenings: state.reopenings + 1 }
    default:
      return state
  }
}

const opened = (openedAt: Instant): ResponseState => ({
  openedAt,
  firstResponse: undefined,
  replies: 0,
  reopenings: 0,
  resolution: undefined,
  ending: undefined,
  waiting: undefined,
})

const isWaiting = ({ firstResponse, waiting }: ResponseState): boolean => !firstResponse || waiting !== undefined

/** Ends the customer's wait, with or without an answer. */
function waitOver(state: ResponseState, at: Instant, answered: boolean): ResponseState {
  const firstResponse = state.firstResponse ?? { at, answered }
  return { ...state, firstResponse, waiting: undefined }
}

function ended(
  state: ResponseState,
  event: TicketEventOf<'TicketResolved'> | TicketEventOf<'TicketClosed'>,
): ResponseState {
  const end = endOf(event)
  if (end === 'left_out') return { ...state, ending: end }
  const ending = end === 'closed' && isWaiting(state) ? 'unanswered' : end
  const resolution = durationBetween(state.openedAt, event.at)
  return { ...waitOver(state, event.at, ending !== 'unanswered'), resolution, ending }
}

/**
 * The milliseconds from the opening to the first response, on the calendar of the objective that was in force at the
 * response.
 */
export function firstResponseIn(openedAt: Instant, at: Instant, timeline: TermsTimeline): number {
  const [from, to] = [Date.parse(openedAt), Date.parse(at)]
  return from >= to ? 0 : firstResponseTime(termsAt(timeline, at).policy).between(from, to)
}

/** Elapsed milliseconds, never negative. */
const durationBetween = (from: Instant, to: Instant): number => Math.max(0, elapsed(from, to))

/** How the reports (R1, R3, R5) count the end of a ticket. */
function endOf(event: TicketEventOf<'TicketResolved'> | TicketEventOf<'TicketClosed'>): CloseResult {
  return event.type === 'TicketResolved' ? 'solved' : closeResults[event.reason]
}

/** How an event ends the customer's wait, if they wait; undefined when it does not (R1, R3, R5). */
export function endOfWait(event: TicketEvent): 'answered' | 'unanswered' | undefined {
  if (answersTheCustomer(event)) return 'answered'
  if (event.type !== 'TicketResolved' && event.type !== 'TicketClosed') return undefined
  const end = endOf(event)
  if (end === 'left_out') return undefined
  return end === 'solved' ? 'answered' : 'unanswered'
}

/** A customer's message whose wait has ended; `version` is the message's. */
type NextResponse = {
  readonly ticket_id: string
  readonly version: number
  readonly asked_at: Instant
  /** Milliseconds to the answer, or to the end that came without one. */
  readonly response: number
  readonly answered: boolean
}

/** The waits that a batch ends, each from the first message since the previous answer. */
function nextResponses(steps: readonly ResponseStep[]): readonly NextResponse[] {
  return steps.flatMap(({ id, envelope, before, after }) => {
    if (!before?.waiting || !after || after.waiting) return []
    const { version, since } = before.waiting
    const response = durationBetween(since, envelope.event.at)
    return [{ ticket_id: id, version, asked_at: since, response, answered: after.ending !== 'unanswered' }]
  })
}
