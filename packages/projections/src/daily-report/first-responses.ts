import { elapsed } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { DailyStep } from './daily-state.ts'
import type { DayOf } from './day.ts'

/** A ticket that an agent answered for the first time on a day, so many milliseconds after its opening. */
type FirstResponse = { readonly ticket_id: string; readonly day: string; readonly response: number }

/** The first responses that a batch holds. */
export function firstResponses(steps: readonly DailyStep[], dayOf: DayOf): readonly FirstResponse[] {
  return steps.flatMap(({ id, envelope: { event }, before, after }) => {
    if (!before || before.answered || !after?.answered) return []
    return [{ ticket_id: id, day: dayOf(event.at), response: Math.max(0, elapsed(before.openedAt, event.at)) }]
  })
}

/** Adds first responses. */
export async function writeFirstResponses(
  tx: Transaction<unknown>,
  responses: readonly FirstResponse[],
): Promise<void> {
  if (responses.length === 0) return
  await sql`
    insert into daily_first_response (ticket_id, day, response)
    select ticket_id, day, response
    from json_to_recordset(${JSON.stringify(responses)}::json) as r (ticket_id text, day date, response bigint)
  `.execute(tx)
}
