import { describe, expect, it } from 'vitest'
import { days } from '../kernel/time.ts'
import { wallClocks } from './compile.ts'

const reached = (timeZone: string, wallTime: string): string => {
  const wall = Date.parse(`${wallTime}Z`)
  return new Date(wallClocks(timeZone)(wall - days(5), wall + days(5)).reaches(wall)).toISOString()
}

describe('the wall clock of a time zone', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00:00.000Z'],
    ['America/St_Johns', '2006-10-29T00:00', '2006-10-29T02:30:00.000Z'],
    ['America/Recife', '2000-10-10T00:00', '2000-10-10T02:00:00.000Z'],
    ['America/Recife', '2000-10-16T00:00', '2000-10-16T03:00:00.000Z'],
    ['Europe/Paris', '1000-06-01T00:00', '1000-05-31T23:50:39.000Z'],
  ])('of %s reaches %s at %s', (timeZone, wallTime, expected) => {
    expect(reached(timeZone, wallTime)).toBe(expected)
  })

  it('follows rules from 2100 on that repeat after 400 years, in every zone', () => {
    const fourHundredYears = days(146_097)
    const months = Array.from({ length: 16 }, (_, month) => Date.UTC(2100, month * 2, 12))
    const differing = Intl.supportedValuesOf('timeZone').filter((timeZone) => {
      const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
      return months.some((at) => {
        const later = clock.format(at + fourHundredYears)
        return clock.format(at) !== `${Number(later.slice(0, 4)) - 400}${later.slice(4)}`
      })
    })
    expect(differing).toEqual([])
  })

  it('is refused for an unknown zone', () => {
    expect(() => wallClocks('Europe/Atlantis')).toThrow(RangeError)
  })
})
