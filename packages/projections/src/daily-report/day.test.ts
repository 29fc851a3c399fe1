import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { daysIn } from './day.ts'

it.each([
  ['2026-03-28T22:59:59.999Z', '2026-03-28'],
  ['2026-03-28T23:00:00.000Z', '2026-03-29'],
  ['2026-03-29T21:59:59.999Z', '2026-03-29'],
  ['2026-03-29T22:00:00.000Z', '2026-03-30'],
  ['2026-10-25T22:59:59.999Z', '2026-10-25'],
  ['2026-10-25T23:00:00.000Z', '2026-10-26'],
])('finds the day in Paris of %s, across the changes of the clocks', (at, day) => {
  expect(daysIn('Europe/Paris')(instant(at))).toBe(day)
})

it('agrees with the calendar of every time zone, however often it is asked', () => {
  const zones = ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham', 'Australia/Lord_Howe']
  const moments = fc.date({ min: new Date('1990-01-01'), max: new Date('2050-01-01'), noInvalidDate: true })
  for (const timeZone of zones) {
    const dayOf = daysIn(timeZone)
    const calendar = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    fc.assert(fc.property(moments, (date) => dayOf(date.toISOString() as Instant) === calendar.format(date)))
  }
})

it('refuses a time zone that does not exist', () => {
  expect(() => daysIn('Mars/Olympus')).toThrow(RangeError)
})
