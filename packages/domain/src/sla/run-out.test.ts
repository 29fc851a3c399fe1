import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addBusinessMs, businessMsBetween } from '../calendar/business-time.ts'
import type { CalendarDefinition } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { minuteByMinute } from '../testing/minute-by-minute.ts'
import type { BusinessTime, Pause } from './business-time.ts'
import { aroundTheClock, runOut } from './business-time.ts'

const zones = ['Europe/Berlin', 'America/Montreal', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Etc/GMT-4'] as const
const week = fc.constantFrom<CalendarDefinition['hours']>(
  'always',
  { weekdays: ['09:00-17:00'] },
  { weekdays: ['08:00-12:00', '13:00-18:30'], saturday: ['10:00-12:00'] },
  { everyDay: ['21:00-02:00'] },
)
const start = Date.UTC(2026, 2, 27)
const end = start + days(12)
const minute = fc.integer({ min: 0, max: 4 * 1440 }).map((n) => start + minutes(n))

/** Pauses in order, which do not overlap; some touch, the last one may be open. */
const pauses: fc.Arbitrary<readonly Pause[]> = fc
  .tuple(fc.uniqueArray(minute, { maxLength: 9 }), fc.boolean())
  .map(([edges, open]) => {
    const sorted = edges.sort((a, b) => a - b)
    return sorted.flatMap((from, index): Pause[] => {
      const to = sorted[index + 1]
      if (index % 3 === 2) return []
      return to === undefined ? (open ? [{ from, to: undefined }] : []) : [{ from, to }]
    })
  })

const covers = (at: number) => (pause: Pause) => pause.from <= at && (pause.to === undefined || at < pause.to)

describe('a clock with pauses', () => {
  it('runs out when a calendar that is evaluated at each minute says so', () => {
    const length = fc.integer({ min: 0, max: 12 * 60 }).map(minutes)
    const sample = fc.record({ timeZone: fc.constantFrom(...zones), hours: week, from: minute, length, pauses })
    fc.assert(
      fc.property(sample, ({ timeZone, hours: open, from, length: given, pauses: stops }) => {
        const calendar = compileCalendar({ timeZone, hours: open })
        const time: BusinessTime = {
          add: (at, milliseconds) => addBusinessMs(calendar, at, milliseconds),
          between: (at, to) => businessMsBetween(calendar, at, to),
        }
        const isPaused = (at: number): boolean => stops.some(covers(at))
        const counts = (at: number): boolean => !isPaused(at)
        const slow = minuteByMinute({ timeZone, hours: open }, {}, { from: start, to: end, counts })
        const { dueAt, left } = runOut(time, from, given, stops)
        const reached = slow.add(from, given)
        const moved = reached === undefined ? undefined : afterPauses(reached, stops)
        expect(dueAt).toBe(moved)
        if (left !== undefined) expect(left).toBe(given - slow.between(from, end))
      }),
      { numRuns: 40 },
    )
  })

  it('is due when a pause ends that began at its very last moment', () => {
    const pause = { from: hours(4), to: hours(6) }
    expect(runOut(aroundTheClock, 0, hours(4), [pause])).toEqual({ dueAt: hours(6) })
    expect(runOut(aroundTheClock, 0, hours(4), [{ ...pause, to: undefined }])).toEqual({ left: 0 })
    expect(runOut(aroundTheClock, 0, hours(4), [{ ...pause, from: hours(4) + 1 }])).toEqual({ dueAt: hours(4) })
  })

  it('ignores a pause before it began, and counts the rest of one that is still open then', () => {
    expect(runOut(aroundTheClock, hours(5), hours(1), [{ from: 0, to: hours(5) }])).toEqual({ dueAt: hours(6) })
    expect(runOut(aroundTheClock, hours(5), hours(1), [{ from: 0, to: hours(7) }])).toEqual({ dueAt: hours(8) })
  })
})

/** The end of the pauses that a moment lies in; undefined when it lies in an open one. */
function afterPauses(at: number, stops: readonly Pause[]): number | undefined {
  const pause = stops.find(covers(at))
  if (!pause) return at
  return pause.to === undefined ? undefined : afterPauses(pause.to, stops)
}
