import type { Instant, ObjectivePolicy } from '@guichet/domain'
import type { TimeRange } from '../reading/page.ts'

/** Durations in milliseconds, shares from 0 to 1, null where nothing counts. */
type Shared = {
  /** What counts: what kept the target, and what has missed it. */
  readonly count: number
  /** Of what counts, how much kept the target. */
  readonly share: number | null
  /** The share that 003 asks for. */
  readonly targetShare: number
  readonly met: boolean | null
  /** What may still keep the target: it does not count yet. */
  readonly waiting: number
  /** What nobody had done when its ticket was closed as spam, merged, invalid or a duplicate: it does not count. */
  readonly leftOut: number
}

/** How one target of 003 was kept over a period. Together `count`, `waiting` and `leftOut` are all there was to do. */
export type TargetReport = Shared & {
  /** Of what was done. */
  readonly median: number | null
  readonly p90: number | null
  /** Done in less time than the target. */
  readonly withinTarget: number
  /** Not done yet, though the target has passed: missed already. */
  readonly overdue: number
  /** The ticket was closed while the customer waited for an answer: missed, however early that was. */
  readonly unanswered: number
  /** In milliseconds. */
  readonly target: number
  /** What its time is counted on; null around the clock. */
  readonly calendar: string | null
}

export type ResponseTimesReport = {
  /** From the opening to the first answer, of tickets opened in the period; 003: each within 2 hours. */
  readonly firstResponse: TargetReport
  /**
   * From a customer's message to the answer, of customer messages of the period after the first response, of several
   * in a row the first one; 003: each within 4 hours.
   */
  readonly nextResponse: TargetReport
  /** From the opening to the end that stands, of tickets opened in the period; 003: 80 % of them within 24 hours. */
  readonly resolution: TargetReport
  /** Of tickets opened in the period, those solved with one reply at most and never reopened; 003: more than 90 %. */
  readonly firstContact: Shared & { readonly resolvedAtFirstContact: number }
}

/** By the rules R1 to R8 of docs/reference/reports.md. */
export type ResponseTimesQueries = {
  /**
   * @param policy whose targets count, the first response on the calendar that they name for it
   * @param now when what is not done yet is overdue or not
   */
  report(range: TimeRange, policy: ObjectivePolicy, now: Instant): Promise<ResponseTimesReport>
}
