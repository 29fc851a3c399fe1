import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { days, hours, instant, minutes } from '../kernel/time.ts'
import {
  addBusinessDays,
  addBusinessMs,
  addBusinessTime,
  businessMsBetween,
  businessTimeBetween,
  closesAt,
  isOpen,
  nextOpening,
  previousOpening,
  subtractBusinessTime,
} from './business-time.ts'
import type { CalendarDefinition } from './calendar.ts'
import { calendarSchema } from './calendar.ts'
import { compileCalendar } from './compile.ts'

const calendar = (definition: CalendarDefinition) => compileCalendar(calendarSchema.parse(definition))
const due = (definition: CalendarDefinition, from: string, milliseconds: number) =>
  addBusinessTime(calendar(definition), instant(from), milliseconds)
const between = (definition: CalendarDefinition, from: string, to: string) =>
  businessTimeBetween(calendar(definition), instant(from), instant(to))

const berlin: CalendarDefinition = { timeZone: 'Europe/Berlin', hours: 'always' }
const office: CalendarDefinition = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }

describe('business time around the clock', () => {
  it('counts elapsed hours when the clocks go forward', () => {
    expect(due(berlin, '2026-03-29T00:30:00+01:00', hours(4))).toBe(instant('2026-03-29T05:30:00+02:00'))
  })

  it('counts elapsed hours when the clocks go back', () => {
    expect(due(berlin, '2026-10-25T00:30:00+02:00', hours(4))).toBe(instant('2026-10-25T03:30:00+01:00'))
  })

  it('has 23 and 25 hours on the days on which the clocks change', () => {
    expect(between(berlin, '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00')).toBe(hours(23))
    expect(between(berlin, '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')).toBe(hours(25))
  })

  it('never closes', () => {
    expect(closesAt(calendar(berlin), instant('2026-03-29T00:30:00Z'))).toBeUndefined()
  })
})

describe('business time in office hours', () => {
  const friday = '2026-11-20T16:30:00+01:00'

  it('continues after the weekend', () => {
    expect(due(office, friday, hours(1))).toBe(instant('2026-11-23T09:30:00+01:00'))
  })

  it('is due at closing when it runs out exactly then', () => {
    expect(due(office, friday, minutes(30))).toBe(instant('2026-11-20T17:00:00+01:00'))
    expect(due(office, friday, minutes(30) + 1)).toBe(instant('2026-11-23T09:00:00.001+01:00'))
  })

  it('keeps the instant when nothing is added, open or not', () => {
    expect(due(office, friday, 0)).toBe(instant(friday))
    expect(due(office, '2026-11-21T12:00:00+01:00', 0)).toBe(instant('2026-11-21T12:00:00+01:00'))
  })

  it('starts with the next opening when it is closed', () => {
    expect(due(office, '2026-11-21T12:00:00+01:00', hours(1))).toBe(instant('2026-11-23T10:00:00+01:00'))
    expect(due(office, '2026-11-20T17:00:00+01:00', 1)).toBe(instant('2026-11-23T09:00:00.001+01:00'))
  })

  it('drops fractions of a millisecond', () => {
    expect(due(office, friday, 1.7)).toBe(instant('2026-11-20T16:30:00.001+01:00'))
  })

  it('is open from the opening to just before the closing', () => {
    const opened = (at: string) => isOpen(calendar(office), instant(at))
    expect(opened('2026-11-20T08:59:59.999+01:00')).toBe(false)
    expect(opened('2026-11-20T09:00:00+01:00')).toBe(true)
    expect(opened('2026-11-20T16:59:59.999+01:00')).toBe(true)
    expect(opened('2026-11-20T17:00:00+01:00')).toBe(false)
  })

  it('reports when it opens and closes next', () => {
    const compiled = calendar(office)
    expect(nextOpening(compiled, instant(friday))).toBe(instant(friday))
    expect(nextOpening(compiled, instant('2026-11-20T17:00:00+01:00'))).toBe(instant('2026-11-23T09:00:00+01:00'))
    expect(closesAt(compiled, instant(friday))).toBe(instant('2026-11-20T17:00:00+01:00'))
    expect(closesAt(compiled, instant('2026-11-20T17:00:00+01:00'))).toBeUndefined()
  })

  it('refuses an end before its start, and a negative or invalid time', () => {
    expect(() => between(office, '2026-11-20T12:00:00Z', '2026-11-20T11:59:59.999Z')).toThrow(RangeError)
    expect(() => due(office, friday, -1)).toThrow(RangeError)
    expect(() => due(office, friday, NaN)).toThrow(RangeError)
    expect(() => addBusinessMs(calendar(office), NaN, 1)).toThrow(RangeError)
    expect(() => businessMsBetween(calendar(office), 0, 1e16)).toThrow(RangeError)
  })
})

describe('business time that is subtracted', () => {
  const back = (to: string, milliseconds: number) => subtractBusinessTime(calendar(office), instant(to), milliseconds)

  it.each([
    ['2026-11-23T09:30:00+01:00', hours(1), '2026-11-20T16:30:00+01:00'],
    ['2026-11-23T09:30:00+01:00', minutes(30), '2026-11-23T09:00:00+01:00'],
    ['2026-11-22T12:00:00+01:00', hours(1), '2026-11-20T16:00:00+01:00'],
    ['2026-11-22T12:00:00+01:00', 0, '2026-11-22T12:00:00+01:00'],
    ['2026-11-23T09:30:00+01:00', hours(40.5), '2026-11-16T09:00:00+01:00'],
  ])('from %s is %i ms before at %s', (to, length, expected) => {
    expect(back(to, length)).toBe(instant(expected))
  })

  it('ends with the first millisecond of the year 1000, and refuses a negative or invalid time', () => {
    expect(back('1000-01-06T12:00:00Z', days(300))).toBe('1000-01-01T00:00:00.000Z')
    expect(() => back('2026-11-23T09:30:00Z', -1)).toThrow(RangeError)
    expect(() => back('2026-11-23T09:30:00Z', Number.NaN)).toThrow(RangeError)
  })
})

describe('the previous opening', () => {
  it.each([
    ['2026-11-23T09:00:00+01:00', '2026-11-23T09:00:00+01:00'],
    ['2026-11-23T12:00:00+01:00', '2026-11-23T09:00:00+01:00'],
    ['2026-11-23T08:59:59.999+01:00', '2026-11-20T09:00:00+01:00'],
  ])('of %s was %s', (at, expected) => {
    expect(previousOpening(calendar(office), instant(at))).toBe(instant(expected))
  })

  it('is before a night that spans midnight, and missing when it never closes', () => {
    const night = calendar({ timeZone: 'Europe/Paris', hours: { everyDay: ['21:00-02:00'] } })
    expect(previousOpening(night, instant('2026-11-23T01:00:00+01:00'))).toBe(instant('2026-11-22T21:00:00+01:00'))
    expect(previousOpening(calendar(berlin), instant('2026-11-23T01:00:00Z'))).toBeUndefined()
  })
})

describe('an instant that is not in canonical form', () => {
  it('is converted, or refused when it is invalid', () => {
    const paris = calendar(office)
    const friday = '2026-11-20T16:30:00+01:00' as Instant
    expect(addBusinessTime(paris, friday, hours(1))).toBe(addBusinessTime(paris, instant(friday), hours(1)))
    expect(businessTimeBetween(paris, friday, '2026-11-23T10:00:00+01:00' as Instant)).toBe(hours(1.5))
    expect(isOpen(paris, '2026-11-20T16:59:00+01:00' as Instant)).toBe(true)
    expect(isOpen(paris, '2026-11-20T15:59:00Z' as Instant)).toBe(true)
    expect(() => isOpen(paris, '2026-11-20T15:59' as Instant)).toThrow('not an instant: 2026-11-20T15:59')
    expect(() => addBusinessTime(paris, 'friday' as Instant, 1)).toThrow(RangeError)
  })
})

describe('ranges of a day', () => {
  it('run into the next day', () => {
    const night: CalendarDefinition = { timeZone: 'Europe/Paris', hours: { weekdays: ['21:00-02:00'] } }
    expect(due(night, '2026-11-20T23:00:00+01:00', hours(3))).toBe(instant('2026-11-21T02:00:00+01:00'))
    expect(due(night, '2026-11-20T23:00:00+01:00', hours(4))).toBe(instant('2026-11-23T22:00:00+01:00'))
    expect(due(night, '2026-11-23T01:00:00+01:00', hours(1))).toBe(instant('2026-11-23T22:00:00+01:00'))
    expect(between(night, '2026-11-16T00:00:00+01:00', '2026-11-23T00:00:00+01:00')).toBe(hours(25))
  })

  it('leave lunch out, as two ranges or as a break', () => {
    const split = { ...office, hours: { weekdays: ['09:00-12:00', '13:00-17:00'] } }
    const lunch = { ...office, breaks: { weekdays: ['12:00-13:00'] } }
    for (const each of [split, lunch]) {
      expect(due(each, '2026-11-20T11:30:00+01:00', hours(1))).toBe(instant('2026-11-20T13:30:00+01:00'))
      expect(due(each, '2026-11-20T11:30:00+01:00', minutes(30))).toBe(instant('2026-11-20T12:00:00+01:00'))
      expect(between(each, '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z')).toBe(hours(35))
    }
  })

  it('differ from weekday to weekday, and take precedence over shorthand', () => {
    const week = {
      timeZone: 'Europe/Paris',
      hours: { everyDay: ['10:00-11:00'], weekdays: ['09:00-17:00'], monday: ['10:00-12:00'], friday: [] },
    }
    const open = (day: number) =>
      between(week, `2026-11-${day}T00:00:00+01:00`, `2026-11-${day + 1}T00:00:00+01:00`) / hours(1)
    expect([16, 17, 18, 19, 20, 21, 22].map(open)).toEqual([2, 8, 8, 8, 0, 1, 1])
  })

  it('give one deadline in UTC, wherever agent, customer and site are', () => {
    const site = { timeZone: 'America/Toronto', hours: { weekdays: ['09:00-17:00'] } }
    const asked = ['2026-03-06T23:30:00+01:00', '2026-03-06T17:30:00-05:00', '2026-03-07T07:30:00+09:00']
    expect(asked.map((at) => due(site, at, hours(2)))).toEqual(Array(3).fill('2026-03-09T15:00:00.000Z'))
  })
})

describe('the hours in which the clocks change', () => {
  const sunday = (range: string): CalendarDefinition => ({ timeZone: 'Europe/Berlin', hours: { sunday: [range] } })

  it('open at the first real instant after a skipped opening time', () => {
    const early = sunday('02:30-06:00')
    expect(nextOpening(calendar(early), instant('2026-03-28T12:00:00Z'))).toBe(instant('2026-03-29T03:00:00+02:00'))
    expect(due(early, '2026-03-28T12:00:00Z', hours(1))).toBe(instant('2026-03-29T04:00:00+02:00'))
  })

  it('have no window when the clocks skip all of it', () => {
    const skipped = sunday('02:00-03:00')
    expect(nextOpening(calendar(skipped), instant('2026-03-28T12:00:00Z'))).toBe(instant('2026-04-05T02:00:00+02:00'))
  })

  it('open in the first pass of a repeated hour, and close in the first pass of the next', () => {
    const day = ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00'] as const
    expect(closesAt(calendar(sunday('02:00-02:30')), instant('2026-10-25T02:15:00+02:00'))).toBe(
      instant('2026-10-25T02:30:00+02:00'),
    )
    expect(between(sunday('02:00-02:30'), ...day)).toBe(minutes(30))
    expect(between(sunday('02:30-03:00'), ...day)).toBe(minutes(90))
    expect(between(sunday('02:00-03:00'), ...day)).toBe(hours(2))
  })

  it('do not exist on a date that the zone skipped', () => {
    const apia: CalendarDefinition = { timeZone: 'Pacific/Apia', hours: { everyDay: ['09:00-17:00'] } }
    expect(between(apia, '2011-12-29T00:00:00-10:00', '2012-01-01T00:00:00+14:00')).toBe(hours(16))
    expect(due(apia, '2011-12-29T16:00:00-10:00', hours(2))).toBe(instant('2011-12-31T10:00:00+14:00'))
  })

  it('may change by half an hour', () => {
    const lordHowe: CalendarDefinition = { timeZone: 'Australia/Lord_Howe', hours: { everyDay: ['00:00-24:00'] } }
    expect(between(lordHowe, '2026-10-04T00:00:00+10:30', '2026-10-05T00:00:00+11:00')).toBe(hours(23.5))
  })
})

describe('a target that is paused', () => {
  it('is due later by the business time of the pauses', () => {
    const compiled = calendar(office)
    const at = (time: string) => instant(`2026-11-17T${time}:00+01:00`)
    const dueAfter = (pauses: readonly (readonly [string, string])[]) => {
      const paused = pauses.map(([from, to]) => businessTimeBetween(compiled, at(from), at(to)))
      return addBusinessTime(compiled, at('09:00'), hours(4) + paused.reduce((a, b) => a + b, 0))
    }
    const elsewhen = [
      ['10:00', '11:00'],
      ['12:00', '16:30'],
    ] as const
    expect(dueAfter(elsewhen)).toBe(instant('2026-11-18T10:30:00+01:00'))
    expect(dueAfter([['18:00', '20:00']])).toBe(at('13:00'))
    expect(
      dueAfter([
        ['10:00', '10:00'],
        ['10:00', '10:01'],
      ]),
    ).toBe(at('13:01'))
  })
})

describe('time without end', () => {
  const closedUntil2998 = {
    ...office,
    overrides: [{ from: '2026-01-01', to: '2998-12-31', name: 'Closed', hours: {} }],
  }

  it('spans centuries that are closed', () => {
    expect(due(closedUntil2998, '2026-05-01T12:00:00Z', 1)).toBe(instant('2999-01-01T09:00:00.001+01:00'))
    expect(nextOpening(calendar(closedUntil2998), instant('2026-05-01T12:00:00Z'))).toBe('2999-01-01T08:00:00.000Z')
  })

  it('is not searched through millennia in which nothing opens', () => {
    const fair = calendar({
      ...office,
      hours: {},
      overrides: [{ from: '2026-01-01', to: '2026-03-02', name: 'Fair', hours: { weekdays: ['09:00-17:00'] } }],
    })
    let asked = 0
    const counted = {
      ...fair,
      open: (index: number) => (asked++, fair.open(index)),
      dates: (date: number) => (asked++, fair.dates?.(date) ?? []),
    }
    const [from, last] = [instant('2026-03-02T10:00:00+01:00'), instant('8999-12-31T23:59:59.999Z')]
    expect(addBusinessTime(counted, from, hours(24))).toBe(last)
    expect(addBusinessTime(counted, from, Infinity)).toBe(last)
    expect(addBusinessDays(counted, from, 3)).toBe(last)
    expect(businessTimeBetween(counted, from, last)).toBe(hours(7))
    expect(nextOpening(counted, instant('2026-03-02T18:00:00+01:00'))).toBeUndefined()
    expect(asked).toBeLessThan(2_000)
  })

  it('ends with the last millisecond of the year 8999', () => {
    const last = instant('8999-12-31T23:59:59.999Z')
    expect(due(office, '2026-11-20T12:00:00Z', days(1e6))).toBe(last)
    expect(due(office, '2026-11-20T12:00:00Z', Infinity)).toBe(last)
    expect(due(office, last, hours(1))).toBe(last)
    expect(nextOpening(calendar(office), last)).toBeUndefined()
  })

  it('is the same in one step as in many, from the year 1000 to the year 8999', () => {
    const compiled = calendar(office)
    const years = [1000, 1582, 1890, 1950, 2026, 2099, 2101, 2499, 2501, 3001, 5000, 8999]
    const open = (from: number, to: number) => businessMsBetween(compiled, Date.UTC(from, 2, 1), Date.UTC(to, 2, 1))
    const steps = years.slice(1).map((year, index) => open(years[index] ?? NaN, year))
    expect(steps.reduce((a, b) => a + b, 0)).toBe(open(1000, 8999))
    expect(open(2026, 2426)).toBe(open(5026, 5426))
  })

  it.each([
    [{ timeZone: 'Europe/Paris', hours: { monday: ['9:00-17:00'] } }, 'hours.monday.0'],
    [
      { timeZone: 'Europe/Paris', hours: 'always', holidays: { days: [{ date: '2026-1-1', name: 'x' }] } },
      'holidays.days.0.date',
    ],
    [{ timeZone: 'Europe/Nowhere', hours: 'always' }, 'timeZone'],
  ])('is refused for an invalid calendar: %j', (definition, path) => {
    expect(() => compileCalendar(definition as CalendarDefinition)).toThrow(RangeError)
    expect(() => compileCalendar(definition as CalendarDefinition)).toThrow(`not a calendar: ${path} `)
  })
})
