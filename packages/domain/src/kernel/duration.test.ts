import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { businessTimeSchema, durationSchema, formatDuration } from './time.ts'

describe('a duration', () => {
  it.each([
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['3d', 259_200_000],
    ['250ms', 250],
    ['1m250ms', 60_250],
    [3_600_000, 3_600_000],
  ])('%s is %i milliseconds', (given, expected) => {
    expect(durationSchema.parse(given)).toBe(expected)
  })

  it.each(['', '15', 'm', '1.5h', '-1h', '1m1h', '0s', '99999999d', ' 1h', 1.5, 0, -1, Number.NaN, Infinity])(
    'cannot be %s',
    (given) => {
      expect(durationSchema.safeParse(given).success).toBe(false)
    },
  )

  it.each([
    ['0h', 'must be more than zero'],
    ['0m', 'must be more than zero'],
    ['0', 'must be more than zero'],
    [0, 'must be more than zero'],
    ['-1h', 'must be more than zero'],
    ['-1h30m', 'must be more than zero'],
    ['-60', 'must be more than zero'],
    [-1, 'must be more than zero'],
    ['60', 'must have a unit, such as 60m or 60h'],
    ['soon', /^must be a duration such as/],
    ['-', /^must be a duration such as/],
    ['-1x', /^must be a duration such as/],
    ['99999999d', /of at most 3650 days$/],
  ])('refuses %s: it %s', (given, expected) => {
    const messages = durationSchema.safeParse(given).error?.issues.map(({ message }) => message)
    expect(messages).toEqual([typeof expected === 'string' ? expected : expect.stringMatching(expected)])
  })

  it('reads its own format', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_650 * 86_400_000 }), (milliseconds) => {
        expect(durationSchema.parse(formatDuration(milliseconds))).toBe(milliseconds)
      }),
    )
  })
})

describe('business time', () => {
  it.each([
    ['3bd', '3bd'],
    ['2500bd', '2500bd'],
    ['3d', 259_200_000],
    [60_000, 60_000],
  ])('%s is %s', (given, expected) => {
    expect(businessTimeSchema.parse(given)).toBe(expected)
  })

  it.each([
    ['0bd', /^must be a duration/],
    ['03bd', /^must be a duration/],
    ['1.5bd', /^must be a duration/],
    ['1bd2h', /^must be a duration/],
    ['-1bd', /^must be a duration/],
    ['2501bd', /^must be at most 2500 business days$/],
    ['0h', /^must be more than zero$/],
    ['3 bd', /^must be written without blanks and in lower case: 3bd$/],
    ['3BD', /^must be written without blanks and in lower case: 3bd$/],
    ['1H 30m', /^must be written without blanks and in lower case: 1h30m$/],
  ])('cannot be %s', (given, expected) => {
    expect(businessTimeSchema.safeParse(given).error?.issues[0]?.message).toMatch(expected)
  })

  it('is written as it is read, and in days is no elapsed time', () => {
    expect(formatDuration('3bd')).toBe('3bd')
    expect(durationSchema.safeParse('3bd').error?.issues[0]?.message).toMatch(/^must be elapsed time/)
  })
})
