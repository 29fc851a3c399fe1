import type { TicketPolicy } from '@guichet/domain'
import type { TimeRange } from '../reading/page.ts'

/** How one target of 003 was kept over a period: durations in milliseconds, shares from 0 to 1, null where nothing counts. */
export type TargetReport = {
  readonly count: number
  readonly median: number | null
  readonly p90: number | null
  readonly withinTarget: number
  readonly share: number | null
  readonly target: number
}

export type ResponseTimesReport = {
  /** From the opening to the first reply of an agent, of tickets opened in the period. */
  readonly firstResponse: TargetReport
  /** From a customer's unanswered message to the reply, of customer messages of the period after the first response. */
  readonly nextResponse: TargetReport
  /** From the opening to the last resolution, of tickets opened in the period and resolved. */
  readonly resolution: TargetReport
  /** Resolved tickets that needed one reply at most and were never reopened, among those resolved. */
  readonly firstContact: {
    readonly count: number
    readonly resolvedAtFirstContact: number
    readonly share: number | null
    readonly target: number
  }
}

export type ResponseTimesQueries = {
  report(range: TimeRange, targets: TicketPolicy['targets']): Promise<ResponseTimesReport>
}
