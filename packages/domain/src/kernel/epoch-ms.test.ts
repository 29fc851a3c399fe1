import fc from 'fast-check'
import { expect, it } from 'vitest'
import { days, fromEpochMs, instant, instantLimits, toEpochMs } from './time.ts'

const agrees = (ms: number): void => {
  const written = instant(new Date(ms))
  expect(fromEpochMs(ms)).toBe(written)
  expect(toEpochMs(written)).toBe(ms)
}

it('reads and writes instants as Date does, from the first to the last', () => {
  fc.assert(fc.property(fc.integer({ min: instantLimits.first, max: instantLimits.last }), agrees), { numRuns: 5_000 })
  agrees(instantLimits.first)
  agrees(instantLimits.last)
})

it('handles each day of 400 years, to its last millisecond', () => {
  for (let ms = Date.UTC(1799, 11, 31); ms < Date.UTC(2200, 0, 2); ms += days(1)) {
    if (fromEpochMs(ms) !== new Date(ms).toISOString()) agrees(ms)
    if (toEpochMs(fromEpochMs(ms - 1)) !== ms - 1) agrees(ms - 1)
  }
})

it('drops fractions of a millisecond, before 1970 too', () => {
  expect(fromEpochMs(1.9)).toBe('1970-01-01T00:00:00.001Z')
  expect(fromEpochMs(-0.5)).toBe('1969-12-31T23:59:59.999Z')
})
