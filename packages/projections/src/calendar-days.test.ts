import { expect, it } from 'vitest'
import { countDays, isCalendarDay } from './days.ts'

it.each(['2026-03-29', '2024-02-29', '1000-01-01', '8999-12-31'])('%s is a day of the calendar', (day) => {
  expect(isCalendarDay(day)).toBe(true)
})

it.each(['2026-02-30', '2025-02-29', '2026-13-01', '2026-3-29', '0000-01-01', '0999-12-31', '9000-01-01', '', 'today'])(
  '%s is none',
  (day) => {
    expect(isCalendarDay(day)).toBe(false)
  },
)

it('counts the first and the last day of a period', () => {
  expect(countDays('2026-03-29', '2026-03-29')).toBe(1)
  expect(countDays('2026-02-27', '2026-03-01')).toBe(3)
  expect(countDays('2026-03-29', '2026-03-28')).toBe(0)
})
