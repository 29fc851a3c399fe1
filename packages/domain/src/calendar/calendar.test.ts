import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { describeIssue } from '../kernel/validation.ts'
import { nextOpening } from './business-time.ts'
import { calendarSchema, publicHolidaysSchema } from './calendar.ts'
import { compileCalendar } from './compile.ts'

const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }

/** The path and the message of the first fault. */
function fault(changes: object): string {
  const parsed = calendarSchema.safeParse({ ...office, ...changes }, describeIssue)
  const [issue] = parsed.error?.issues ?? []
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'none'
}

describe('a calendar', () => {
  it('is accepted with all its parts', () => {
    const full = {
      timeZone: 'Europe/Paris',
      hours: { weekdays: ['08:00-12:00', '14:00-18:00'], friday: ['08:00-12:00', '21:00-02:00'], weekends: [] },
      holidays: {
        countries: ['FR', 'CA-QC'],
        hours: ['10:00-12:00'],
        days: [{ date: '2026-12-24', name: 'Christmas Eve', hours: ['09:00-12:00'] }],
      },
      overrides: [{ from: '2026-08-01', to: '2026-08-31', name: 'August', hours: { weekdays: ['09:00-13:00'] } }],
      breaks: { everyDay: ['10:00-10:15'] },
      closures: [{ from: '2026-09-01T12:00', to: '2026-09-03T08:00', name: 'Moving house' }],
    }
    expect(calendarSchema.parse(full)).toEqual(full)
    expect(calendarSchema.parse({ ...office, hours: 'always' }).hours).toBe('always')
  })

  it.each([
    [
      { timeZone: 'UTC+4' },
      'timeZone: must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4',
    ],
    [
      { timeZone: '+04:00' },
      'timeZone: must be an IANA time zone such as Europe/Paris; UTC+4 all year round is Etc/GMT-4',
    ],
    [{ opens: '09:00' }, ': there is no field opens'],
    [{ hours: undefined }, 'hours: must be always, or ranges by weekday such as monday: ["08:00-12:00"]'],
    [{ hours: { munday: ['09:00-17:00'] } }, 'hours: there is no field munday'],
    [
      { hours: { monday: ['9:00-17:00'] } },
      'hours.monday.0: must be a range of local time such as 08:00-12:00, or 21:00-02:00 into the next day',
    ],
    [
      { hours: { monday: ['24:00-02:00'] } },
      'hours.monday.0: must be a range of local time such as 08:00-12:00, or 21:00-02:00 into the next day',
    ],
    [
      { hours: { monday: ['00:00-00:00'] } },
      'hours.monday.0: ends when it starts: write 00:00-24:00 for the whole day, or leave the range out',
    ],
    [{ hours: { monday: Array(25).fill('09:00-17:00') } }, 'hours.monday: must have 24 ranges at most'],
    [
      { closures: [{ from: '2026-02-30T09:00', to: '2026-03-01T09:00' }] },
      'closures.0.from: must be a local date and time such as 2026-07-14T09:00',
    ],
    [{ closures: [{ from: '2026-03-01T09:00', to: '2026-03-01T09:00' }] }, 'closures.0.to: must be after from'],
    [
      { overrides: [{ from: '2026-03-02', to: '2026-03-01', name: 'x', hours: {} }] },
      'overrides.0.to: must not be before from',
    ],
    [
      { holidays: { countries: ['France'] } },
      'holidays.countries.0: must be a country such as FR, or a region of one such as CA-QC',
    ],
    [
      { holidays: { days: [{ date: '14 July', name: 'x' }] } },
      'holidays.days.0.date: must be a date such as 2026-07-14',
    ],
    [
      { holidays: { days: [{ date: '3000-07-14', name: 'x' }] } },
      'holidays.days.0.date: must lie in the years 1900 to 2999',
    ],
  ])('is refused as %j', (changes, message) => {
    expect(fault(changes)).toBe(message)
  })

  it.each([{ mon: ['09:00-17:00'] }, { monday: ['9:00-17:00'] }])(
    'is not said to be always closed where its hours %j are not understood',
    (hours) => {
      const { error } = calendarSchema.safeParse({ timeZone: 'Europe/Paris', hours })
      expect(error?.issues).toHaveLength(1)
      expect(error?.issues[0]?.message).not.toContain('never opens')
    },
  )

  it.each([
    [
      { hours: { monday: ['08:00-12:00', '11:59-13:00'] } },
      'hours.monday.1: overlaps 08:00-12:00: join them, or move one',
    ],
    [
      { hours: { monday: ['09:00-17:00', '08:00-10:00'] } },
      'hours.monday.0: overlaps 08:00-10:00: join them, or move one',
    ],
    [
      { hours: { monday: ['21:00-02:00'], tuesday: ['01:00-03:00'] } },
      'hours.tuesday.0: overlaps 21:00-02:00 of monday: join them, or move one',
    ],
    [
      { hours: { sunday: ['21:00-02:00'], weekdays: ['01:00-03:00'] } },
      'hours.weekdays.0: overlaps 21:00-02:00 of sunday: join them, or move one',
    ],
    [
      { hours: { everyDay: ['21:00-02:00', '01:00-03:00'] } },
      'hours.everyDay.1: overlaps 21:00-02:00 of everyDay: join them, or move one',
    ],
    [
      { holidays: { days: [{ date: '2026-12-24', name: 'x', hours: ['08:00-12:00', '10:00-11:00'] }] } },
      'holidays.days.0.hours.1: overlaps 08:00-12:00: join them, or move one',
    ],
    [
      { holidays: { days: ['a', 'b'].map((name) => ({ date: '2026-12-24', name })) } },
      'holidays.days.1.date: occurs twice: 2026-12-24',
    ],
    [
      {
        overrides: [
          { from: '2026-08-01', to: '2026-08-31', name: 'August', hours: {} },
          { from: '2026-08-31', to: '2026-09-02', name: 'Back', hours: {} },
        ],
      },
      'overrides.1: shares days with August (2026-08-01 to 2026-08-31): split one',
    ],
  ])('has no ranges that overlap: %j', (changes, message) => {
    expect(fault(changes)).toBe(message)
  })

  it.each([
    { hours: { monday: ['08:00-12:00', '12:00-13:00'] } },
    { hours: { everyDay: ['00:00-24:00'] } },
    { hours: { everyDay: ['21:00-02:00', '02:00-03:00'] } },
    { hours: { monday: ['21:00-02:00'], tuesday: ['02:00-03:00'] } },
  ])('may have ranges that touch: %j', (changes) => {
    expect(fault(changes)).toBe('none')
  })

  it.each([
    { hours: {} },
    { hours: { weekdays: [], weekends: [] } },
    { breaks: { everyDay: ['09:00-12:00', '12:00-17:00'] } },
    { hours: { sunday: ['23:00-01:00'] }, breaks: { sunday: ['22:00-24:00'], monday: ['00:00-01:00'] } },
    { hours: { monday: ['00:00-01:00'] }, breaks: { sunday: ['22:00-02:00'] } },
  ])('that never opens is refused: %j', (changes) => {
    expect(fault(changes)).toBe('hours: never opens: give a weekday a range that no break covers')
  })

  it.each([
    {
      hours: {},
      overrides: [{ from: '2026-07-01', to: '2026-08-31', name: 'Season', hours: { everyDay: ['09:00-18:00'] } }],
    },
    { hours: {}, holidays: { days: [{ date: '2026-12-24', name: 'The sale', hours: ['06:00-22:00'] }] } },
  ])('may be open on special days only: %j', (changes) => {
    expect(fault(changes)).toBe('none')
  })

  it('is either accepted and works, or refused, whatever its definition', () => {
    const mostly = <T, U>(arbitrary: fc.Arbitrary<T>, seldom: fc.Arbitrary<U>) =>
      fc.oneof({ weight: 15, arbitrary }, { weight: 1, arbitrary: seldom })
    const range = mostly(fc.constantFrom('08:00-12:00', '21:00-02:00', '00:00-24:00'), fc.string())
    const ranges = mostly(fc.array(range, { maxLength: 1 }), fc.anything())
    const week = fc.dictionary(mostly(fc.constantFrom('everyDay', 'weekends', 'monday'), fc.string()), ranges)
    const date = mostly(fc.constantFrom('2026-02-27', '2026-02-28', '2999-12-31'), fc.string())
    const time = mostly(fc.constantFrom('2026-02-28T10:00', '2026-02-28T23:00', '2999-12-31T23:59'), fc.string())
    const override = fc.record({ from: date, to: date, name: fc.constant('x'), hours: week })
    const written = fc.record(
      {
        timeZone: mostly(fc.constant('Europe/Paris'), fc.string()),
        hours: mostly(fc.oneof(fc.constant('always'), week), fc.anything()),
        holidays: mostly(fc.constant({ days: [{ date: '2026-02-01', name: 'x' }] }), fc.anything()),
        overrides: fc.array(override, { maxLength: 1 }),
        breaks: week,
        closures: fc.array(fc.record({ from: time, to: time }), { maxLength: 1 }),
      },
      { requiredKeys: ['timeZone', 'hours'] },
    )
    let accepted = 0
    fc.assert(
      fc.property(written, (given) => {
        const parsed = calendarSchema.safeParse(given)
        if (!parsed.success) return
        accepted++
        const opens = nextOpening(compileCalendar(parsed.data), instant('2026-02-01T00:00:00Z')) !== undefined
        const { overrides: _, holidays: __, ...usual } = parsed.data
        expect(opens || !calendarSchema.safeParse(usual).success).toBe(true)
      }),
      { numRuns: 1_000 },
    )
    expect(accepted).toBeGreaterThan(10)
  })
})

describe('public holidays', () => {
  it('come as tables by country', () => {
    const tables = { 'CA-QC': [{ date: '2026-06-24', name: 'Fête nationale' }] }
    expect(publicHolidaysSchema.parse(tables)).toEqual(tables)
    expect(publicHolidaysSchema.safeParse({ Quebec: [] }).success).toBe(false)
    expect(publicHolidaysSchema.safeParse({ FR: [{ date: '2026-13-24', name: 'x' }] }).success).toBe(false)
  })
})
