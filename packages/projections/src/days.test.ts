import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { daysBetween, daysIn, quarterOf } from './days.ts'

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

it('knows where days begin and end, as long as the clocks make them', () => {
  expect(daysBetween('2026-03-28', '2026-03-30', 'Europe/Paris')).toEqual({
    days: ['2026-03-28', '2026-03-29', '2026-03-30'],
    bounds: [
      '2026-03-27T23:00:00.000Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
      '2026-03-30T22:00:00.000Z',
    ],
  })
  // Samoa went from the 29th to the 31st of December 2011; in Cairo summer time begins at midnight.
  expect(daysBetween('2011-12-29', '2011-12-31', 'Pacific/Apia').bounds).toEqual([
    '2011-12-29T10:00:00.000Z',
    '2011-12-30T10:00:00.000Z',
    '2011-12-30T10:00:00.000Z',
    '2011-12-31T10:00:00.000Z',
  ])
  expect(daysBetween('2026-04-24', '2026-04-24', 'Africa/Cairo').bounds).toEqual([
    '2026-04-23T22:00:00.000Z',
    '2026-04-24T21:00:00.000Z',
  ])
})

it('begins and ends each day where the calendar of any time zone does', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Kathmandu', 'Pacific/Chatham', 'Australia/Lord_Howe', 'America/Havana')
  const moments = fc.date({ min: new Date('2015-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  const ofADay = fc.property(zones, moments, fc.nat(40), (zone, date, length) => {
    const dayOf = daysIn(zone)
    const first = dayOf(date.toISOString() as Instant)
    const last = new Date(Date.parse(first) + length * 86_400_000).toISOString().slice(0, 10)
    const { days, bounds } = daysBetween(first, last, zone)
    days.forEach((day, index) => {
      const [begins, ends] = [bounds[index], bounds[index + 1]]
      if (!begins || !ends) throw new Error('a day without bounds')
      expect(dayOf(begins)).toBe(day)
      expect(dayOf(new Date(Date.parse(begins) - 1).toISOString() as Instant) < day).toBe(true)
      expect(dayOf(new Date(Date.parse(ends) - 1).toISOString() as Instant)).toBe(day)
    })
  })
  fc.assert(ofADay, { numRuns: 200 })
})

it('names the quarter of an hour of an instant', () => {
  expect(quarterOf(instant('2026-03-28T22:59:59.999Z'))).toBe('2026-03-28T22:45:00.000Z')
  expect(quarterOf(instant('2026-03-28T23:00:00Z'))).toBe('2026-03-28T23:00:00.000Z')
})
