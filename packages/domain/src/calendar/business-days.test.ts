import { describe, expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { addBusinessDays } from './business-time.ts'
import type { CalendarDefinition } from './calendar.ts'
import { calendarSchema } from './calendar.ts'
import { compileCalendar } from './compile.ts'

const berlin: CalendarDefinition = { timeZone: 'Europe/Berlin', hours: 'always' }
const office: CalendarDefinition = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }

describe('business days', () => {
  const inDays = (definition: CalendarDefinition, from: string, count: number) =>
    addBusinessDays(compileCalendar(calendarSchema.parse(definition)), instant(from), count)
  const shortFriday: CalendarDefinition = {
    timeZone: 'Europe/Paris',
    hours: { weekdays: ['09:00-17:00'], friday: ['09:00-13:00'] },
    holidays: { days: [{ date: '2026-11-25', name: 'Fair' }] },
  }

  it.each([
    ['as far into the day', office, '2026-11-23T10:00:00+01:00', 3, '2026-11-26T10:00:00+01:00'],
    ['over the weekend', office, '2026-11-20T16:30:00+01:00', 1, '2026-11-23T16:30:00+01:00'],
    ['a whole day from the opening', office, '2026-11-23T09:00:00+01:00', 1, '2026-11-23T17:00:00+01:00'],
    ['a whole day from before it', office, '2026-11-21T12:00:00+01:00', 1, '2026-11-23T17:00:00+01:00'],
    ['no day at all', office, '2026-11-21T12:00:00+01:00', 0, '2026-11-21T12:00:00+01:00'],
    ['over a holiday', shortFriday, '2026-11-24T10:00:00+01:00', 1, '2026-11-26T10:00:00+01:00'],
    ['to the closing of a shorter day', shortFriday, '2026-11-26T16:00:00+01:00', 1, '2026-11-27T13:00:00+01:00'],
    ['on after a shorter day', shortFriday, '2026-11-26T16:00:00+01:00', 2, '2026-11-30T16:00:00+01:00'],
    ['of 24 hours', berlin, '2026-11-21T12:00:00+01:00', 3, '2026-11-24T12:00:00+01:00'],
  ] as const)('count %s', (_, definition, from, count, expected) => {
    expect(inDays(definition, from, count)).toBe(instant(expected))
  })

  it('belong to the date on which a night starts', () => {
    const night = { timeZone: 'Europe/Paris', hours: { weekdays: ['21:00-02:00'] } }
    expect(inDays(night, '2026-11-21T01:00:00+01:00', 1)).toBe(instant('2026-11-24T01:00:00+01:00'))
  })

  const fair: CalendarDefinition = {
    timeZone: 'Europe/Paris',
    hours: {},
    overrides: [{ from: '2026-11-23', to: '2026-11-24', name: 'Fair', hours: { everyDay: ['09:00-17:00'] } }],
  }

  it.each([
    ['2026-11-23T10:00:00+01:00', 1, '2026-11-24T10:00:00+01:00'],
    ['2026-11-24T09:00:00+01:00', 1, '2026-11-24T17:00:00+01:00'],
    ['2026-11-23T09:00:00+01:00', 2, '2026-11-24T17:00:00+01:00'],
    ['2026-11-20T09:00:00+01:00', 2, '2026-11-24T17:00:00+01:00'],
    ['2026-11-23T10:00:00+01:00', 2, '8999-12-31T23:59:59.999Z'],
    ['2026-11-24T10:00:00+01:00', 1, '8999-12-31T23:59:59.999Z'],
    ['2026-11-24T17:00:00+01:00', 1, '8999-12-31T23:59:59.999Z'],
  ])('from %s end within the open time, or never: %i', (from, count, expected) => {
    expect(inDays(fair, from, count)).toBe(instant(expected))
  })

  it('span decades that are closed', () => {
    const later = { from: '2066-11-22', to: '2066-11-24', name: 'Jubilee', hours: { everyDay: ['09:00-17:00'] } }
    const fairs = { ...fair, overrides: [...(fair.overrides ?? []), later] }
    expect(inDays(fairs, '2026-11-24T10:00:00+01:00', 2)).toBe(instant('2066-11-23T10:00:00+01:00'))
  })

  it('are whole numbers', () => {
    expect(() => inDays(office, '2026-11-23T10:00:00+01:00', 1.5)).toThrow(RangeError)
    expect(() => inDays(office, '2026-11-23T10:00:00+01:00', -1)).toThrow(RangeError)
  })
})
