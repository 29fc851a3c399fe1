import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common'
import { expect, it } from 'vitest'
import { instant, refusal } from '@guichet/domain'
import { DeadlinesRefused } from '../clock.ts'
import { safeFailure } from './worker.ts'

/** The form of a failure in a history. */
const stored = (error: unknown) =>
  new DefaultFailureConverter().errorToFailure(safeFailure(error), defaultPayloadConverter)

it('reports an unavailable database to Temporal without its address, and retries within seconds', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' })
  const failure = stored(away)
  expect(JSON.stringify(failure)).not.toContain('10.1.2.3')
  expect(failure.stackTrace).toBe('')
  expect(failure.applicationFailureInfo).toMatchObject({ type: 'DatabaseAway', nextRetryDelay: { nanos: 0 } })
  expect(Number(failure.applicationFailureInfo?.nextRetryDelay?.seconds)).toBe(5)
})

it('names the refused deadline and the rule', () => {
  const deadline = { kind: 'chase', dueAt: instant('2026-03-02T10:00:00Z'), cycle: 1 } as const
  const failure = stored(new DeadlinesRefused([{ deadline, refusal: refusal('placeholder_without_value') }]))
  expect(failure.message).toContain('placeholder_without_value')
  expect(failure.stackTrace).toBe('')
})

it('hides the message and the stack of an unknown error', () => {
  const failure = stored(new TypeError('carl@example.com is no number'))
  expect(failure).toMatchObject({ stackTrace: '', applicationFailureInfo: { type: 'TypeError' } })
  expect(JSON.stringify(failure)).not.toContain('carl')
  expect(failure.cause ?? undefined).toBeUndefined()
})
