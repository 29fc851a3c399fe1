import { describe, expect, it } from 'vitest'
import { days, hours, instant, minutes } from '../kernel/time.ts'
import { addBusinessTime, businessTimeBetween, nextOpening } from './business-time.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'
import { calendarSchema } from './calendar.ts'
import { compileCalendar } from './compile.ts'

const office: CalendarDefinition = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }
const tables: PublicHolidays = {
  FR: [
    { date: '2026-07-14', name: 'Fête nationale' },
    { date: '2026-05-01', name: 'Fête du Travail' },
  ],
  'CA-QC': [{ date: '2026-06-24', name: 'Fête nationale du Québec' }],
}
const compiled = (changes: Partial<CalendarDefinition>) =>
  compileCalendar(calendarSchema.parse({ ...office, ...changes }), tables)

/** The hours that are open on a date in Paris. */
function hoursOn(date: string, changes: Partial<CalendarDefinition>): number {
  const from = new Date(Date.parse(`${date}T00:00:00+02:00`))
  return businessTimeBetween(compiled(changes), instant(from), instant(new Date(from.getTime() + days(1)))) / hours(1)
}

describe('holidays', () => {
  const day = (date: string) => ({ date, name: 'A day of our own' })

  it('do not count on the first day, nor in the middle', () => {
    const first = compiled({ holidays: { days: [day('2026-07-13')] } })
    expect(addBusinessTime(first, instant('2026-07-13T10:00:00+02:00'), hours(1))).toBe(
      instant('2026-07-14T10:00:00+02:00'),
    )
    const middle = compiled({ holidays: { days: [day('2026-07-14')] } })
    expect(addBusinessTime(middle, instant('2026-07-13T16:00:00+02:00'), hours(2))).toBe(
      instant('2026-07-15T10:00:00+02:00'),
    )
  })

  it('may be thirty in a row', () => {
    const june = Array.from({ length: 30 }, (_, index) => day(`2026-06-${String(index + 1).padStart(2, '0')}`))
    const closed = compiled({ holidays: { days: june } })
    expect(addBusinessTime(closed, instant('2026-05-29T16:59:00+02:00'), minutes(2))).toBe(
      instant('2026-07-01T09:01:00+02:00'),
    )
  })

  it('of countries are closed, or have limited hours', () => {
    expect(hoursOn('2026-07-14', { holidays: { countries: ['FR'] } })).toBe(0)
    expect(hoursOn('2026-06-24', { holidays: { countries: ['FR'] } })).toBe(8)
    expect(hoursOn('2026-06-24', { holidays: { countries: ['FR', 'CA-QC'], hours: ['10:00-12:00'] } })).toBe(2)
  })

  it('of the calendar take precedence over those of countries', () => {
    const holidays = {
      countries: ['FR'],
      hours: ['10:00-12:00'],
      days: [{ ...day('2026-07-14'), hours: ['09:00-12:00'] }],
    }
    expect(hoursOn('2026-07-14', { holidays })).toBe(3)
  })

  it('need the table of each country that is named', () => {
    expect(() => compiled({ holidays: { countries: ['US-NY'] } })).toThrow(/US-NY/)
  })

  it('let the night before continue until it ends', () => {
    const night = { hours: { everyDay: ['21:00-02:00'] }, holidays: { countries: ['FR'] } }
    expect(hoursOn('2026-07-14', night)).toBe(2)
    expect(hoursOn('2026-07-15', night)).toBe(3)
  })

  it('count overlapping time of two days once', () => {
    const early = { hours: { everyDay: ['21:00-02:00'] }, holidays: { countries: ['FR'], hours: ['01:00-05:00'] } }
    expect(hoursOn('2026-07-14', early)).toBe(5)
  })
})

describe('precedence', () => {
  const july = { from: '2026-07-01', to: '2026-07-31', name: 'Summer', hours: { weekdays: ['08:00-11:00'] } }

  it('puts an override before the usual hours, from its first to its last day', () => {
    const open = (date: string) => hoursOn(date, { overrides: [july] })
    expect(['2026-06-30', '2026-07-01', '2026-07-04', '2026-07-31', '2026-08-03'].map(open)).toEqual([8, 3, 0, 3, 8])
  })

  it('puts a holiday before an override', () => {
    expect(hoursOn('2026-07-14', { overrides: [july], holidays: { countries: ['FR'] } })).toBe(0)
    expect(hoursOn('2026-07-14', { overrides: [july], holidays: { countries: ['FR'], hours: ['10:00-12:00'] } })).toBe(
      2,
    )
  })

  it('puts a break before both', () => {
    const breaks = { everyDay: ['10:00-10:30'] }
    const limited = { countries: ['FR'], hours: ['10:00-12:00'] }
    expect(hoursOn('2026-07-13', { overrides: [july], holidays: limited, breaks })).toBe(2.5)
    expect(hoursOn('2026-07-14', { overrides: [july], holidays: limited, breaks })).toBe(1.5)
  })

  it('puts a closure before both', () => {
    const closures = [
      { from: '2026-07-10T10:00', to: '2026-07-13T09:00' },
      { from: '2026-07-14T11:00', to: '2026-07-14T20:00' },
    ]
    const limited = { countries: ['FR'], hours: ['10:00-12:00'] }
    const open = (date: string) => hoursOn(date, { overrides: [july], holidays: limited, closures })
    expect(['2026-07-09', '2026-07-10', '2026-07-13', '2026-07-14'].map(open)).toEqual([3, 2, 2, 1])
  })

  it('puts closures first: they may overlap, and follow local time when the clocks change', () => {
    const closures = [
      { from: '2026-03-28T00:00', to: '2026-03-29T02:30' },
      { from: '2026-03-28T12:00', to: '2026-03-29T01:00' },
    ]
    expect(nextOpening(compiled({ hours: 'always', closures }), instant('2026-03-28T12:00:00Z'))).toBe(
      instant('2026-03-29T03:00:00+02:00'),
    )
  })
})
