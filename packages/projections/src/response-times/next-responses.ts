import type { Instant } from '@guichet/domain'
import type { ResponseStep } from './response-state.ts'
import { taken } from './response-state.ts'

/** A customer's message that nobody waits for an answer to any more; `version` is the message's. */
type NextResponse = {
  readonly ticket_id: string
  readonly version: number
  readonly asked_at: Instant
  /** Milliseconds to the answer, or to the end that came without one. */
  readonly response: number
  readonly answered: boolean
}

/** The waits that a batch puts an end to, each from the first message since the answer before it. */
export function nextResponses(steps: readonly ResponseStep[]): readonly NextResponse[] {
  return steps.flatMap(({ id, envelope, before, after }) => {
    if (!before?.waiting || !after || after.waiting) return []
    const { version, since } = before.waiting
    const response = taken(since, envelope.event.at)
    return [{ ticket_id: id, version, asked_at: since, response, answered: after.ending !== 'unanswered' }]
  })
}
