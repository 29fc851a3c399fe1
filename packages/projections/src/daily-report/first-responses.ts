import type { Instant } from '@guichet/domain'
import { endOfWait } from '../response-times/answers.ts'
import { taken } from '../response-times/response-state.ts'
import type { WrittenTable } from '../writing/written-table.ts'
import { writtenTable } from '../writing/written-table.ts'
import type { DailyStep } from './daily-state.ts'

/** A ticket that was answered for the first time at an instant, so many milliseconds after its opening. */
type FirstResponse = { readonly ticket_id: string; readonly at: Instant; readonly response: number }

/** The first responses that a batch holds, by the rules R1 and R3 of docs/reference/reports.md. */
export function firstResponses(steps: readonly DailyStep[]): readonly FirstResponse[] {
  return steps.flatMap(({ id, envelope: { event }, before }) => {
    if (!before || before.firstWaitOver || endOfWait(event) !== 'answered') return []
    return [{ ticket_id: id, at: event.at, response: taken(before.openedAt, event.at) }]
  })
}

export const firstResponseTable: WrittenTable = writtenTable(
  'daily_first_response',
  'ticket_id text',
  'at timestamptz, response bigint',
)
