import { describe, expect, it } from 'vitest'
import { counted, formatElapsed, period } from './table.ts'

it('formats durations in their two largest units, and those under a minute in seconds', () => {
  const formatted = [0, 400, 45_000, 59_600, 92 * 60_000, 50 * 3_600_000].map(formatElapsed)
  expect(formatted).toEqual(['0 min', '0 min', '45 s', '1 min', '1 h 32 min', '2 d 2 h'])
  expect(formatElapsed(null)).toBe('–')
})

it('speaks of one thing in the singular, and of any other number in the plural', () => {
  expect([0, 1, 2].map((number) => counted(number, 'ticket'))).toEqual(['0 tickets', '1 ticket', '2 tickets'])
})

describe('a period', () => {
  const of = (from: string, to: string, most?: number) => () => period({ from, to }, 'Europe/Paris', most)

  it('has its first and its last day, in the time zone of the desk', () => {
    expect(of('2026-11-30', '2026-11-30', 1)()).toEqual({
      first: '2026-11-30',
      last: '2026-11-30',
      from: '2026-11-29T23:00:00.000Z',
      to: '2026-11-30T23:00:00.000Z',
    })
  })

  it('is refused where its end lies before its beginning, or it is too long: each in its own words', () => {
    expect(of('2026-11-30', '2026-11-01')).toThrow(
      expect.objectContaining({
        code: 'period_invalid',
        message: 'the end, 2026-11-01, lies before the beginning, 2026-11-30',
        next: 'choose a --from that is not after --to',
      }),
    )
    expect(of('2026-11-01', '2026-11-30', 29)).toThrow(
      expect.objectContaining({
        code: 'period_invalid',
        message: 'from 2026-11-01 to 2026-11-30 are 30 days',
        next: 'choose --from and --to of at most 29 days',
      }),
    )
  })
})
