import type { Instant, TermsTimeline } from '@guichet/domain'
import { endOfWait } from '../response-times/answers.ts'
import { firstResponseIn } from '../response-times/response-state.ts'
import type { WrittenTable } from '../writing/written-table.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { DailyStep } from './daily-state.ts'

/** A ticket that was answered for the first time at an instant, so many milliseconds after its opening on the calendar of the objective. */
type FirstResponse = { readonly ticket_id: string; readonly at: Instant; readonly response: number }

/** The first responses that a batch holds, by the rules R1 and R3 of docs/reference/reports.md. */
export function firstResponses(steps: readonly DailyStep[], timeline: TermsTimeline): readonly FirstResponse[] {
  return steps.flatMap(({ id, envelope: { event }, before }) => {
    if (!before || before.firstWaitOver || endOfWait(event) !== 'answered') return []
    return [{ ticket_id: id, at: event.at, response: firstResponseIn(before.openedAt, event.at, timeline) }]
  })
}

export const firstResponseTable: WrittenTable = writtenTable(
  'daily_first_response',
  'ticket_id text',
  'at timestamptz, response bigint',
)
