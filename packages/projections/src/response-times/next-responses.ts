import type { Instant } from '@guichet/domain'
import { answersTheCustomer } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { FoldedResponses } from './response-state.ts'
import { taken } from './response-state.ts'

/** A customer's message that an agent has answered; `version` is the message's. */
type NextResponse = {
  readonly ticket_id: string
  readonly version: number
  readonly asked_at: Instant
  readonly response: number
}

/** The answers that a batch holds, each to the first message since the answer before it. */
export function nextResponses({ steps }: FoldedResponses): readonly NextResponse[] {
  return steps.flatMap(({ id, envelope, before }) => {
    if (!answersTheCustomer(envelope.event) || !before?.unanswered) return []
    const { version, at } = before.unanswered
    return [{ ticket_id: id, version, asked_at: at, response: taken(at, envelope.event.at) }]
  })
}

export async function writeNextResponses(tx: Transaction<unknown>, responses: readonly NextResponse[]): Promise<void> {
  if (responses.length === 0) return
  await sql`
    insert into next_response (ticket_id, version, asked_at, response)
    select ticket_id, version, asked_at, response
    from json_to_recordset(${JSON.stringify(responses)}::json) as r (
      ticket_id text, version integer, asked_at timestamptz, response bigint
    )`.execute(tx)
}
