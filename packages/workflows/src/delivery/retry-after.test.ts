import { expect, it } from 'vitest'
import { retryAfterMs } from './webhook.ts'

const now = Date.parse('2026-03-27T09:00:00Z')

it.each([
  [null, undefined],
  ['120', 120_000],
  [' 0 ', 0],
  ['Fri, 27 Mar 2026 09:01:00 GMT', 60_000],
  ['Fri, 27 Mar 2026 08:00:00 GMT', 0],
  ['999999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
])('reads the header Retry-After: %j', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected)
})
