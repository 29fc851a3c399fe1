import { pino } from 'pino'
import { expect, it } from 'vitest'
import { AppendOutcomeUnknown } from '@guichet/eventstore'
import { edgeError } from '../errors.ts'
import { logFailures } from './failures.ts'

const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
const { info, warn, error } = pino.levels.values

/** Returns the log entry for the cause of a failed request. */
function written(cause: unknown): Record<string, unknown> {
  const lines: string[] = []
  const log = pino({ level: 'info', base: null, timestamp: false }, { write: (line: string) => void lines.push(line) })
  logFailures(log)(cause, 'r1')
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0]!)
}

it('logs the stack of an unexpected error', () => {
  expect(written(new TypeError('x is undefined'))).toMatchObject({ level: error, err: { type: 'TypeError' } })
})

it.each([
  ['unavailable', away],
  ['outcome_unknown', new AppendOutcomeUnknown(away)],
])('answers %s in one line without a stack while the database is away', (code, cause) => {
  expect(written(cause)).toEqual({ level: info, requestId: 'r1', code, reason: cause.message, msg: 'request failed' })
})

it('logs streams that ended in an expected way', () => {
  const ended = (code: 'shutting_down' | 'stream_overflow') => written(edgeError(code))
  expect(ended('shutting_down')).toEqual({ level: info, requestId: 'r1', code: 'shutting_down', msg: 'a stream ended' })
  expect(ended('stream_overflow')).toMatchObject({ level: warn, code: 'stream_overflow' })
})

it.each([
  ['preview_later', 'a preview was put off'],
  ['position_not_reached', 'a reader asked for more than there is yet'],
] as const)('logs the refusal %s as information, in one line without a stack', (code, msg) => {
  expect(written(edgeError(code))).toEqual({ level: info, requestId: 'r1', code, msg })
})
