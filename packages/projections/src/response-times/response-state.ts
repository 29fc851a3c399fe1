import type { Instant, TicketEvent } from '@guichet/domain'
import { answersTheCustomer, elapsed } from '@guichet/domain'
import type { FoldedBatch, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

/** How a ticket has been answered so far; undefined before it is opened. */
export type ResponseState = {
  readonly openedAt: Instant
  /** Milliseconds from the opening to the first reply of an agent. */
  readonly firstResponse: number | undefined
  readonly replies: number
  readonly reopenings: number
  /** Milliseconds from the opening to the last resolution, while it stands. */
  readonly resolution: number | undefined
  /** The first customer message since an agent's last reply or an end; the opening's is the first response's matter. */
  readonly unanswered: { readonly version: number; readonly at: Instant } | undefined
  /** Resolved or closed: nobody waits for an answer any more. */
  readonly ended: boolean
}

export type FoldedResponses = FoldedBatch<TicketEvent, ResponseState | undefined>
type ResponseFolding = StreamFolding<TicketEvent, ResponseState | undefined>

/**
 * Folds what the response times of 003 are made of. Only an agent's reply answers: neither what the desk sends by itself
 * nor an internal note does. A resolution stands until the ticket is reopened. All durations are elapsed time, around
 * the clock, and never negative, even where imported times are out of order.
 */
export function createResponseFolding(): ResponseFolding {
  return createStreamFolding<TicketEvent, ResponseState | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: (state, { event, version }) => evolveResponse(state, event, version),
  })
}

function evolveResponse(
  state: ResponseState | undefined,
  event: TicketEvent,
  version: number,
): ResponseState | undefined {
  if (event.type === 'TicketOpened') return opened(event.at)
  if (!state) return undefined
  switch (event.type) {
    case 'AgentReplied':
      if (!answersTheCustomer(event)) return state
      return {
        ...state,
        firstResponse: state.firstResponse ?? taken(state.openedAt, event.at),
        replies: state.replies + 1,
        unanswered: undefined,
      }
    case 'CustomerReplied':
      return state.firstResponse === undefined
        ? state
        : { ...state, unanswered: state.unanswered ?? { version, at: event.at } }
    case 'TicketResolved':
      return { ...state, resolution: taken(state.openedAt, event.at), unanswered: undefined, ended: true }
    case 'TicketClosed':
      return { ...state, unanswered: undefined, ended: true }
    case 'TicketReopened':
      return { ...state, resolution: undefined, reopenings: state.reopenings + 1, ended: false }
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
  unanswered: undefined,
  ended: false,
})

/** Elapsed milliseconds, never negative. */
export const taken = (from: Instant, to: Instant): number => Math.max(0, elapsed(from, to))
