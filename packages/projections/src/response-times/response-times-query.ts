import type { Instant, TicketPolicy } from '@guichet/domain'
import type { TimeRange } from '../reading/page.ts'

/** Durations in milliseconds, shares from 0 to 1, null where nothing counts. */
type Shared = {
  /** What counts: what was done, in time or not, and what is overdue. */
  readonly count: number
  /** Of what counts, how much kept the target. */
  readonly share: number | null
  /** The share that 003 asks for. */
  readonly targetShare: number
  readonly met: boolean | null
}

/** How one target of 003 was kept over a period. */
export type TargetReport = Shared & {
  /** Of what was done. */
  readonly median: number | null
  readonly p90: number | null
  readonly withinTarget: number
  /** Not done yet, though the target has passed: missed already. What may still be done in time does not count. */
  readonly overdue: number
  /** In milliseconds. */
  readonly target: number
}

export type ResponseTimesReport = {
  /** From the opening to the first reply of an agent, of tickets opened in the period; 003: each within 2 hours. */
  readonly firstResponse: TargetReport
  /**
   * From a customer's unanswered message to the reply, of customer messages of the period after the first response;
   * 003: each within 4 hours.
   */
  readonly nextResponse: TargetReport
  /** From the opening to the last resolution, of tickets opened in the period; 003: 80 % of them within 24 hours. */
  readonly resolution: TargetReport
  /** Resolved tickets that needed one reply at most and were never reopened, among those resolved; 003: more than 90 %. */
  readonly firstContact: Shared & { readonly resolvedAtFirstContact: number }
}

export type ResponseTimesQueries = {
  /** @param now when what is not done yet is overdue or not */
  report(range: TimeRange, targets: TicketPolicy['targets'], now: Instant): Promise<ResponseTimesReport>
}
