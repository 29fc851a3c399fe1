import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOpen } from '../calendar/business-time.ts'
import type { CalendarDefinition } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { centreFaults, defaultHandOver } from '../centre.ts'
import { constantTerms } from '../configuration/terms.ts'
import { clockActor, routingActor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import { days, instant, later } from '../kernel/time.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { ShiftPlan } from './plan.ts'
import { isAmong, isOnShift, latestChange, nextChange, onShiftAt } from './plan.ts'
import type { FollowedShifts, ShiftEvent, ShiftState } from './shift.ts'
import { shiftAggregate, shiftDeadlines } from './shift.ts'

const zone = fc.constantFrom('America/Montreal', 'Europe/Paris', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Etc/UTC')
const hour = fc.integer({ min: 0, max: 23 })
const range = fc.tuple(hour, hour).map(([from, to]) => {
  const [start, end] = [from, to === from ? (from + 8) % 24 : to].map((each) => String(each).padStart(2, '0'))
  return `${start}:00-${end}:00`
})
const calendar: fc.Arbitrary<CalendarDefinition> = fc.oneof(
  zone.map((timeZone): CalendarDefinition => ({ timeZone, hours: 'always' })),
  fc.tuple(zone, range).map(([timeZone, each]): CalendarDefinition => ({ timeZone, hours: { everyDay: [each] } })),
  fc.tuple(zone, range).map(([timeZone, each]): CalendarDefinition => ({ timeZone, hours: { weekdays: [each] } })),
)
const language = fc.constantFrom('fr', 'en', 'de')

/** A plan of some centres, by priority, and some shifts, with the data needed to check its centres. */
const planned = fc
  .record({
    centres: fc.array(fc.record({ calendar, languages: fc.uniqueArray(language, { minLength: 1 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    shifts: fc.array(calendar, { maxLength: 3 }),
  })
  .map(({ centres, shifts }) => {
    const hours = centres.map((each) => compileCalendar(each.calendar))
    const plan: ShiftPlan = {
      crews: [
        ...centres.map(({ languages }, index) => ({
          kind: 'centre' as const,
          name: `c${index}`,
          languages,
          hours: hours[index] ?? expect.fail(),
        })),
        ...shifts.map((each, index) => ({
          kind: 'shift' as const,
          name: `s${index}`,
          languages: [],
          hours: compileCalendar(each),
        })),
      ],
      handOver: defaultHandOver,
    }
    const settings = {
      centres: centres.map(({ languages }, index) => ({
        id: `c${index}`,
        name: 'C',
        calendar: `c${index}`,
        languages,
        specialities: [],
        priority: index + 1,
      })),
      aroundTheClock: centres.map((_, index) => `c${index}`),
      shifts: [],
      handOver: defaultHandOver,
    }
    const calendars = new Map(hours.map((each, index) => [`c${index}`, each]))
    return { plan, faults: (from: Instant) => centreFaults(settings, calendars, from) }
  })

const start = instant('2026-01-01T00:00:00Z')
/** Some instant of 2026, on a quarter of an hour or anywhere. */
const moment = fc
  .tuple(fc.integer({ min: 0, max: 365 * 96 }), fc.constantFrom(0, 0, 1, 437_000))
  .map(([quarters, rest]) => later(start, quarters * 900_000 + rest))
const timelineOf = (plan: ShiftPlan) => [
  { ...constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })[0], shifts: plan },
]

/** The events of shifts that are recorded from an instant on, by an engine that looks at these moments. */
function followed(plan: ShiftPlan, from: Instant, looks: readonly Instant[]) {
  const aggregate = shiftAggregate.under(() => timelineOf(plan))
  const issued = { commandId: 'c', aggregateId: 'desk' }
  const events: ShiftEvent[] = []
  let state: ShiftState = aggregate.initial
  const decide = (command: Parameters<typeof aggregate.decide>[0]): void => {
    const decision = aggregate.decide(command, state)
    for (const event of decision.ok ? decision.value : []) {
      events.push(event)
      state = aggregate.evolve(state, event)
    }
  }
  decide({ type: 'follow', ...issued, by: routingActor, at: from })
  for (const at of looks) {
    const [due] = shiftDeadlines(state, timelineOf(plan))
    if (due && due.dueAt <= at) decide({ type: 'fire', ...due, ...issued, by: clockActor, at })
  }
  return { events, state: state as FollowedShifts }
}

describe('over random centres, shifts and zones', () => {
  it('a crew is on shift at every instant of a contract around the clock when its centres promise so', () => {
    let kept = 0
    fc.assert(
      fc.property(planned, fc.array(moment, { minLength: 20, maxLength: 40 }), ({ plan, faults }, moments) => {
        const [gap] = faults(start)
        const centresAt = (at: Instant) => onShiftAt(plan, at).filter(({ kind }) => kind === 'centre')
        if (gap) {
          const [, from = ''] = /the first from (\S+) to/.exec(gap.message) ?? []
          expect(centresAt(instant(from))).toEqual([])
        } else {
          kept++
          for (const at of moments) expect(centresAt(at)).not.toEqual([])
        }
      }),
      { numRuns: 50 },
    )
    expect(kept).toBeGreaterThan(3)
  })

  it('recorded changes name the crews on shift, and the crew that takes over is on shift after the change', () => {
    fc.assert(
      fc.property(planned, moment, fc.array(fc.integer({ min: 1, max: days(3) }), { maxLength: 25 }), (...given) => {
        const [{ plan }, from, pauses] = given
        let at = from
        const looks = pauses.map((pause) => (at = later(at, pause)))
        const { events, state } = followed(plan, from, looks)
        const names = onShiftAt(plan, at).map(({ kind, name }) => ({ kind, name }))
        expect(state.onShift).toEqual(names)
        expect(state.offShift).toHaveLength(plan.crews.length - names.length)
        for (const { crew, since, unrelieved } of state.offShift) {
          const later = events.filter(({ dueAt }) => dueAt >= since)
          const isRelief = ({ onShift }: ShiftEvent) => onShift.some(({ kind }) => kind === crew.kind)
          if (later.some(({ ended }) => isAmong(ended, crew))) expect(unrelieved).toBe(!later.some(isRelief))
          else expect(unrelieved).toBe(false)
          const hours = plan.crews.find((each) => each.kind === crew.kind && each.name === crew.name)?.hours
          expect(hours && isOpen(hours, since)).toBe(false)
        }
        for (const event of events) {
          const there = onShiftAt(plan, event.dueAt)
          expect(event.dueAt <= event.at).toBe(true)
          for (const { from: ended, to } of event.handOvers) {
            expect(isAmong(there, ended)).toBe(false)
            expect(to === undefined || (to.kind === ended.kind && isAmong(there, to))).toBe(true)
            if (to === undefined) expect(there.filter(({ kind }) => kind === ended.kind)).toEqual([])
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('nothing changes between two changes, and the last of many equals that of a search change by change', () => {
    fc.assert(
      fc.property(planned, moment, fc.integer({ min: 0, max: days(40) }), ({ plan }, from, length) => {
        const timeline = timelineOf(plan)
        const until = later(from, length)
        const known = { at: from, onShift: onShiftAt(plan, from) }
        let [here, last] = [known, undefined as Instant | undefined]
        for (;;) {
          const next = nextChange(timeline, here)
          for (const inside of [1, 3_600_000, days(2)].map((ms) => later(here.at, ms))) {
            if (next === undefined || inside < next) expect(onShiftAt(plan, inside)).toEqual(here.onShift)
          }
          if (next === undefined || next > until) break
          expect(onShiftAt(plan, next)).not.toEqual(here.onShift)
          here = { at: next, onShift: onShiftAt(plan, next) }
          last = next
        }
        expect(latestChange(timeline, known, until)).toBe(last)
      }),
      { numRuns: 40 },
    )
  })

  it('an agent is on shift with their shift, else with their centre, else always', () => {
    fc.assert(
      fc.property(planned, moment, ({ plan }, at) => {
        expect(isOnShift(plan, { centre: null, shift: null }, at)).toBe(true)
        expect(isOnShift(plan, { centre: 'nowhere', shift: 'never' }, at)).toBe(true)
        for (const { kind, name, hours } of plan.crews) {
          const placed = kind === 'centre' ? { centre: name, shift: 'never' } : { centre: 'c0', shift: name }
          expect(isOnShift(plan, placed, at)).toBe(isOpen(hours, at))
        }
      }),
      { numRuns: 40 },
    )
  })
})
