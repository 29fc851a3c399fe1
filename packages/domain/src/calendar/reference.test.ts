import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { days, hours, instant, minutes } from '../kernel/time.ts'
import { minuteByMinute } from '../testing/minute-by-minute.ts'
import {
  addBusinessDaysMs,
  addBusinessMs,
  businessMsBetween,
  closesAt,
  isOpen,
  nextOpening,
  previousOpening,
  subtractBusinessMs,
} from './business-time.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'
import { calendarSchema } from './calendar.ts'
import { compileCalendar } from './compile.ts'
import { uncovered, unionOf } from './outlook.ts'

/** Dates on which the clocks of a zone change, or no longer do. */
const places: readonly (readonly [string, string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Europe/Dublin', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/St_Johns', '2026-03-08'],
  ['America/St_Johns', '2006-10-29'],
  ['America/Toronto', '2026-11-01'],
  ['America/Recife', '2000-10-08'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Africa/Casablanca', '2026-03-22'],
  ['Africa/Cairo', '2026-04-24'],
  ['Antarctica/Troll', '2026-03-29'],
  ['Antarctica/Troll', '2026-10-25'],
  ['Asia/Beirut', '2026-03-29'],
  ['Asia/Gaza', '2040-10-20'],
  ['Asia/Kathmandu', '1986-01-01'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Apia', '2021-04-04'],
  ['Etc/GMT-4', '2026-12-31'],
  ['Asia/Dubai', '2024-02-29'],
]

const twoDigits = (n: number): string => String(n).padStart(2, '0')
const time = (minute: number): string => `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`

/** Up to three ranges between two minutes of a day, some of which touch. */
const rangesWithin = (from: number, to: number) =>
  fc.uniqueArray(fc.integer({ min: from, max: to }), { maxLength: 6 }).map((edges) => {
    const sorted = edges.sort((a, b) => a - b)
    return sorted.flatMap((edge, index) => {
      const next = sorted[index + 1]
      return next === undefined || index % 3 === 2 ? [] : [`${time(edge)}-${time(next)}`]
    })
  })

/** The ranges of a day: all of it, none, some of it, or some of it and a night that continues into the next. */
const day = fc.oneof(
  { weight: 1, arbitrary: fc.constant<string[]>(['00:00-24:00']) },
  { weight: 1, arbitrary: fc.constant<string[]>([]) },
  { weight: 6, arbitrary: rangesWithin(0, 1440) },
)
const night = fc
  .tuple(rangesWithin(200, 1200), fc.integer({ min: 1200, max: 1439 }), fc.integer({ min: 0, max: 200 }))
  .map(([ranges, from, to]) => [...ranges, `${time(from)}-${time(to)}`])

const weekOf = (ranges: fc.Arbitrary<string[]>) =>
  fc.record(
    {
      everyDay: ranges,
      weekdays: ranges,
      weekends: ranges,
      monday: ranges,
      wednesday: ranges,
      saturday: ranges,
      sunday: ranges,
    },
    { requiredKeys: [] },
  )
const week = fc.oneof(weekOf(day), weekOf(night))

type Sample = { definition: CalendarDefinition; tables: PublicHolidays; from: number; to: number }

/** A calendar, with the days around a change of its zone's clocks; all its single dates are among them. */
const samples: fc.Arbitrary<Sample> = fc
  .constantFrom(...places)
  .chain(([timeZone, around]) => {
    const from = Date.parse(around) - days(3)
    const to = Date.parse(around) + days(4)
    const date = fc.integer({ min: -1, max: 8 }).map((n) => new Date(from + days(n)).toISOString().slice(0, 10))
    const localTime = fc
      .integer({ min: 0, max: 7 * 1440 })
      .map((n) => new Date(from + minutes(n)).toISOString().slice(0, 16))
    const spell = <T>(of: fc.Arbitrary<T>) =>
      fc.uniqueArray(of, { minLength: 2, maxLength: 2 }).map((two) => two.sort())
    const overrides = fc.tuple(spell(date), week).map(([[first = '', last = ''], hours]) => {
      return [{ from: first, to: last, name: 'other hours', hours }]
    })
    const closures = spell(localTime).map(([start = '', end = '']) => ({ from: start, to: end }))
    const ownDays = fc.uniqueArray(fc.record({ date, name: fc.constant('own'), hours: day }), {
      maxLength: 2,
      selector: (each) => each.date,
    })
    return fc.record({
      definition: fc.record(
        {
          timeZone: fc.constant(timeZone),
          hours: fc.oneof(fc.constant('always' as const), week, week, week),
          holidays: fc.record(
            { countries: fc.constant<string[]>(['FR']), hours: day, days: ownDays },
            { requiredKeys: ['countries'] },
          ),
          overrides,
          breaks: weekOf(rangesWithin(0, 1440)),
          closures: fc.array(closures, { maxLength: 3 }),
        },
        { requiredKeys: ['timeZone', 'hours'] },
      ),
      tables: fc.array(fc.record({ date, name: fc.constant('public') }), { maxLength: 2 }).map((FR) => ({ FR })),
      from: fc.constant(from),
      to: fc.constant(to),
    })
  })
  .filter(({ definition }) => {
    const { overrides: _, holidays: __, ...usual } = definition
    return [definition, usual].every((each) => calendarSchema.safeParse(each).success)
  })

/** Instants of the sample's days, and lengths of time, to the millisecond. */
const moments = (count: number) => fc.array(fc.nat(days(7) - 1), { minLength: count, maxLength: count })
const length = fc.oneof(fc.constant(0), fc.nat(minutes(90)), fc.nat(days(3)))

describe('business time', () => {
  it('equals that of a calendar which is evaluated at each minute', () => {
    let opened = 0
    fc.assert(
      fc.property(samples, moments(6), length, ({ definition, tables, from, to }, offsets, wanted) => {
        const calendar = compileCalendar(definition, tables)
        const slow = minuteByMinute(definition, tables, { from, to })
        for (let minute = from; minute < to; minute += minutes(1)) {
          const open = slow.isOpen(minute)
          if (open) opened++
          if (businessMsBetween(calendar, minute, minute + minutes(1)) !== (open ? minutes(1) : 0)) {
            throw new Error(`${new Date(minute).toISOString()} should be ${open ? 'open' : 'closed'}`)
          }
        }
        const ascending = offsets.map((offset) => from + offset).sort((a, b) => a - b)
        for (const [index, at] of ascending.entries()) {
          expect(isOpen(calendar, instant(new Date(at)))).toBe(slow.isOpen(at))
          const end = ascending[index + 1] ?? at
          expect(businessMsBetween(calendar, at, end)).toBe(slow.between(at, end))
          const due = addBusinessMs(calendar, at, wanted)
          expect(due <= to ? due : undefined).toBe(slow.add(at, wanted))
        }
      }),
      { numRuns: 80 },
    )
    expect(opened).toBeGreaterThan(10_000)
  })

  it('with pauses is due as when the clock is evaluated at each minute', () => {
    fc.assert(
      fc.property(
        samples,
        fc.uniqueArray(fc.nat(7 * 1440), { minLength: 4, maxLength: 8 }),
        fc.nat(hours(20)),
        ({ definition, tables, from, to }, edges, target) => {
          const calendar = compileCalendar(definition, tables)
          const [start = from, ...rest] = edges.sort((a, b) => a - b).map((edge) => from + minutes(edge))
          const pauses = rest.flatMap((edge, index) => (index % 2 ? [{ from: rest[index - 1] ?? edge, to: edge }] : []))
          const counts = (at: number) => !pauses.some((pause) => pause.from <= at && at < pause.to)
          let [since, left] = [start, target]
          for (const pause of pauses) {
            const worked = businessMsBetween(calendar, since, pause.from)
            if (worked >= left) break
            ;[since, left] = [pause.to, left - worked]
          }
          const due = addBusinessMs(calendar, since, left)
          const expected = minuteByMinute(definition, tables, { from, to, counts }).add(start, target)
          expect(due <= to ? due : undefined).toBe(expected)
        },
      ),
      { numRuns: 40 },
    )
  })

  const anywhere = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2045, 0, 1) })

  it('follows the laws of time', () => {
    fc.assert(
      fc.property(samples, anywhere, anywhere, fc.nat(hours(900)), fc.nat(hours(90)), (sample, one, other, a, b) => {
        const calendar = compileCalendar(sample.definition, sample.tables)
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const due = addBusinessMs(calendar, from, a)
        expect(businessMsBetween(calendar, from, due)).toBe(a)
        expect(addBusinessMs(calendar, due, b)).toBe(addBusinessMs(calendar, from, a + b))
        expect(addBusinessMs(calendar, to, a)).toBeGreaterThanOrEqual(due)
        const middle = Math.floor((from + to) / 2)
        expect(businessMsBetween(calendar, from, middle) + businessMsBetween(calendar, middle, to)).toBe(
          businessMsBetween(calendar, from, to),
        )
      }),
    )
  })

  it('is subtracted as it is added, back to the last instant from which it elapses', () => {
    fc.assert(
      fc.property(samples, anywhere, fc.nat(hours(900)), ({ definition, tables }, to, length) => {
        const calendar = compileCalendar(definition, tables)
        const from = subtractBusinessMs(calendar, to, length)
        expect(businessMsBetween(calendar, from, to)).toBe(length)
        if (length > 0) expect(businessMsBetween(calendar, from + 1, to)).toBe(length - 1)
        expect(addBusinessMs(calendar, from, length)).toBeLessThanOrEqual(to)
        expect(subtractBusinessMs(calendar, addBusinessMs(calendar, to, length), length)).toBeGreaterThanOrEqual(to)
      }),
    )
  })

  it('last opened when it was closed before, and has been open since', () => {
    fc.assert(
      fc.property(samples, anywhere, ({ definition, tables }, at) => {
        const calendar = compileCalendar(definition, tables)
        const [now, opened] = [instant(new Date(at)), previousOpening(calendar, instant(new Date(at)))]
        if (opened === undefined) return
        const from = Date.parse(opened)
        expect(from).toBeLessThanOrEqual(at)
        expect([isOpen(calendar, opened), businessMsBetween(calendar, from - 1, from)]).toEqual([true, 0])
        if (isOpen(calendar, now)) expect(businessMsBetween(calendar, from, at)).toBe(at - from)
        else expect(businessMsBetween(calendar, Date.parse(closesAt(calendar, opened) ?? opened), at)).toBe(0)
      }),
    )
  })

  it('in business days grows with them and with the instant, and is whole days of hours when all are alike', () => {
    const alike = { timeZone: 'America/Toronto', hours: { weekdays: ['08:30-12:00', '13:00-18:30'] } }
    fc.assert(
      fc.property(samples, anywhere, fc.nat(days(3)), fc.integer({ min: 1, max: 30 }), (sample, from, later, count) => {
        const calendar = compileCalendar(sample.definition, sample.tables)
        const due = addBusinessDaysMs(calendar, from, count)
        expect(addBusinessDaysMs(calendar, from, count + 1)).toBeGreaterThan(due)
        expect(addBusinessDaysMs(calendar, from + later, count)).toBeGreaterThanOrEqual(due)
        expect(businessMsBetween(calendar, due - 1, due)).toBe(1)
        const office = compileCalendar(alike)
        expect(addBusinessDaysMs(office, from, count)).toBe(addBusinessMs(office, from, count * hours(9)))
      }),
    )
  })

  it('opens and closes at the reported instants', () => {
    fc.assert(
      fc.property(samples, anywhere, ({ definition, tables }, at) => {
        const calendar = compileCalendar(definition, tables)
        const opening = nextOpening(calendar, instant(new Date(at)))
        expect(opening && isOpen(calendar, opening)).toBe(true)
        expect(businessMsBetween(calendar, at, Date.parse(opening ?? ''))).toBe(0)
        const closing = opening && closesAt(calendar, opening)
        fc.pre(closing !== undefined)
        expect(isOpen(calendar, closing)).toBe(false)
        const open = Date.parse(closing) - Date.parse(opening ?? '')
        expect(businessMsBetween(calendar, at, Date.parse(closing))).toBe(open)
      }),
    )
  })

  it('of several calendars together is the complement of their gaps', () => {
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 3 }), anywhere, fc.nat(days(400)), (several, from, span) => {
        const calendars = several.map(({ definition, tables }) => compileCalendar(definition, tables))
        const [start, end] = [instant(new Date(from)), instant(new Date(from + span))]
        const gaps = uncovered(calendars, start, end)
        const uncoveredMs = gaps.reduce((sum, gap) => sum + Date.parse(gap.to) - Date.parse(gap.from), 0)
        expect(businessMsBetween(unionOf(calendars), from, from + span) + uncoveredMs).toBe(span)
        for (const gap of gaps) {
          expect(gap.from < gap.to).toBe(true)
          for (const calendar of calendars) {
            expect(businessMsBetween(calendar, Date.parse(gap.from), Date.parse(gap.to))).toBe(0)
          }
        }
      }),
      { numRuns: 50 },
    )
  })
})
