import { endOfWait } from '../response-times/answers.ts'
import { taken } from '../response-times/response-state.ts'
import type { WrittenTable } from '../writing/written-table.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { DailyStep } from './daily-state.ts'
import type { DayOf } from './day.ts'

/** A ticket that was answered for the first time on a day, so many milliseconds after its opening. */
type FirstResponse = { readonly ticket_id: string; readonly day: string; readonly response: number }

/** The first responses that a batch holds, by the rules R1 and R3 of docs/reference/reports.md. */
export function firstResponses(steps: readonly DailyStep[], dayOf: DayOf): readonly FirstResponse[] {
  return steps.flatMap(({ id, envelope: { event }, before }) => {
    if (!before || before.firstWaitOver || endOfWait(event) !== 'answered') return []
    return [{ ticket_id: id, day: dayOf(event.at), response: taken(before.openedAt, event.at) }]
  })
}

export const firstResponseTable: WrittenTable = writtenTable(
  'daily_first_response',
  'ticket_id text',
  'day date, response bigint',
)
