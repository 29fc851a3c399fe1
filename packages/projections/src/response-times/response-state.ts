import type { EventEnvelope, Instant, TermsTimeline, TicketEvent, TicketEventOf } from '@guichet/domain'
import { answersTheCustomer, elapsed, firstResponseTime, termsAt } from '@guichet/domain'
import type { Step } from '../streams/stream-folding.ts'
import type { End } from './answers.ts'
import { endOf } from './answers.ts'

/** What an end makes of its ticket: `unanswered` when it was closed while the customer waited. */
export type Ending = End | 'unanswered'

/** How a ticket has been answered so far; undefined before it is opened. */
export type ResponseState = {
  readonly openedAt: Instant
  /** When the first answer came, or the end without one. */
  readonly firstResponse: { readonly at: Instant; readonly answered: boolean } | undefined
  readonly replies: number
  readonly reopenings: number
  /** Milliseconds from the opening to the end that stands, unless that leaves the ticket out. */
  readonly resolution: number | undefined
  /** The end that stands: of a resolution and the closing after it, the resolution. */
  readonly ending: Ending | undefined
  /** The first customer message that nobody has answered since; the opening's is the first response's matter. */
  readonly waiting: { readonly version: number; readonly since: Instant } | undefined
}

export type ResponseStep = Step<TicketEvent, ResponseState | undefined>

/**
 * Folds what the response times of 003 are made of, by the rules R1 to R8 of docs/reference/reports.md. Durations are elapsed time,
 * around the clock, and never negative, even where imported times are out of order; a first response is told by its instant, and
 * counted on the calendar of the desk's objective when it is written.
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

/** Whoever waited does so no longer: they were answered, or never will be. */
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
  const resolution = taken(state.openedAt, event.at)
  return { ...waitOver(state, event.at, ending !== 'unanswered'), resolution, ending }
}

/** The milliseconds from the opening to the first response, on the calendar of the objective that was in force then. */
export function firstResponseIn(openedAt: Instant, at: Instant, timeline: TermsTimeline): number {
  const [from, to] = [Date.parse(openedAt), Date.parse(at)]
  return from >= to ? 0 : firstResponseTime(termsAt(timeline, at).policy).between(from, to)
}

/** Elapsed milliseconds, never negative. */
export const taken = (from: Instant, to: Instant): number => Math.max(0, elapsed(from, to))
