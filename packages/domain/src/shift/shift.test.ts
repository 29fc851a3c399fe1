import { describe, expect, it } from 'vitest'
import type { Configuration } from '../configuration/configuration.ts'
import { configurationSchema } from '../configuration/consistency.ts'
import { termsOf } from '../configuration/terms-of.ts'
import type { TermsTimeline } from '../configuration/terms.ts'
import { clockActor, routingActor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import { days, instant, later } from '../kernel/time.ts'
import { alex, byAlex, followTheSun, timelineOf } from '../testing/examples.ts'
import { nothing, refused, specify } from '../testing/specification.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { Crew } from './plan.ts'
import type { ShiftEvent } from './shift.ts'
import { shiftAggregate, shiftDeadlines, shiftsAt } from './shift.ts'

const centre = (name: string): Crew => ({ kind: 'centre', name })
const shift = (number: number): Crew => ({ kind: 'shift', name: `shift-${number}` })
const centres = followTheSun({ shifts: [] })
const sun = timelineOf({ configuration: centres })
const specified = (timeline: TermsTimeline = sun) =>
  specify(
    shiftAggregate.under(() => timeline),
    { ...byAlex, by: routingActor, aggregateId: 'desk' },
  )

/** The events of the shifts of a timeline that are recorded from an instant on. */
function followedSince(at: Instant, timeline = sun): ShiftEvent {
  const { decision } = specified(timeline).when({ type: 'follow' }, { at })
  const [event] = decision.ok ? decision.value : []
  return event ?? expect.fail('nothing was followed')
}

const evening = instant('2026-11-20T18:00:00-05:00')
const ten = instant('2026-11-20T22:00:00-05:00')
const fire = (dueAt: Instant, cycle = 1, kind = 'shift_change') => ({ type: 'fire', kind, cycle, dueAt }) as const
const clockAt = (at: Instant) => ({ by: clockActor, at })
/** The deadlines after events. */
function dueAfter(timeline: TermsTimeline, ...events: readonly ShiftEvent[]) {
  const aggregate = shiftAggregate.under(() => timeline)
  return shiftDeadlines(events.reduce(aggregate.evolve, aggregate.initial), timeline)
}

const utc = (time: string): Instant => instant(`2026-11-20T${time}:00Z`)
const named = (name: string): Crew => ({ kind: 'shift', name })
/** Shifts with daily hours in which no crew is on shift. */
const gaps = (hoursOf: Readonly<Record<string, string | string[]>>): TermsTimeline =>
  timelineOf({
    configuration: {
      calendars: Object.fromEntries(
        Object.entries(hoursOf).map(([name, hours]) => [
          name,
          { timeZone: 'Etc/UTC', hours: { everyDay: [hours].flat() } },
        ]),
      ),
      followTheSun: { centres: [], aroundTheClock: [], shifts: Object.keys(hoursOf) },
    },
  })

/** The hand-overs of each change, recorded at its instant. */
function handOversFrom(timeline: TermsTimeline, since: Instant, ...changes: readonly Instant[]) {
  const events = [followedSince(since, timeline)]
  for (const [index, at] of changes.entries()) {
    const { decision } = specified(timeline)
      .given(...events)
      .when(fire(at, index + 1), clockAt(at))
    events.push(...(decision.ok ? decision.value : []))
  }
  return events.slice(1).map(({ handOvers }) => handOvers)
}

describe('shifts', () => {
  it('are recorded once, from the crews on shift then', () => {
    specified()
      .when({ type: 'follow' }, { at: evening })
      .then({
        type: 'ShiftChanged',
        dueAt: evening,
        onShift: [centre('montreal')],
        offShift: [centre('toronto'), centre('paris')],
        ended: [],
        handOvers: [],
        policyVersion: 'configuration-1',
      })
    specified().given(followedSince(evening)).when({ type: 'follow' }, { at: ten }).then(nothing)
  })

  it('start only by a command of the desk itself', () => {
    specified().when({ type: 'follow' }, { by: alex }).then(refused('not_for_this_actor', 'by'))
    specified().when(fire(ten), { by: alex }).then(refused('not_for_this_actor', 'by'))
  })

  it('change at the instant at which a centre ends, whenever that is recorded, and name who takes over', () => {
    expect(dueAfter(sun, followedSince(evening))).toEqual([{ kind: 'shift_change', dueAt: ten, cycle: 1 }])
    specified()
      .given(followedSince(evening))
      .when(fire(ten), clockAt(later(ten, 5_000)))
      .then({
        type: 'ShiftChanged',
        dueAt: ten,
        onShift: [centre('toronto')],
        began: [centre('toronto')],
        ended: [centre('montreal')],
        handOvers: [{ from: centre('montreal'), to: centre('toronto') }],
        missedSince: undefined,
      })
  })

  it('do not change early, twice, or by a deadline that has changed', () => {
    const { given } = specified()
    const followed = followedSince(evening)
    given(followed)
      .when(fire(ten), clockAt(later(ten, -1)))
      .then(nothing)
    for (const other of [fire(ten, 2), fire(later(ten, 1)), fire(ten, 1, 'chase')]) {
      given(followed)
        .when(other, clockAt(later(ten, days(1))))
        .then(nothing)
    }
    const { decision } = given(followed).when(fire(ten), clockAt(ten))
    given(followed, ...(decision.ok ? decision.value : []))
      .when(fire(ten), clockAt(ten))
      .then(nothing)
    specified().when(fire(ten), clockAt(ten)).then(nothing)
  })

  it('hand nothing over from a centre that continues when another one ends', () => {
    const afternoon = instant('2026-11-20T12:00:00-05:00')
    specified()
      .given(followedSince(afternoon))
      .when(fire(instant('2026-11-20T16:00:00-05:00')), clockAt(ten))
      .then({
        type: 'ShiftChanged',
        onShift: [centre('toronto')],
        ended: [centre('montreal'), centre('paris')],
      })
    specified()
      .given(followedSince(afternoon))
      .when(fire(instant('2026-11-20T16:00:00-05:00')), clockAt(evening))
      .then({
        type: 'ShiftChanged',
        onShift: [centre('montreal')],
        ended: [centre('paris')],
        handOvers: [{ from: centre('paris'), to: centre('montreal') }],
      })
  })

  it('record only the last of the changes missed in an outage, as of then', () => {
    const back = later(ten, days(30) + 3_600_000)
    const { decision, state } = specified().given(followedSince(evening)).when(fire(ten), clockAt(back))
    expect(decision.ok && decision.value).toMatchObject([
      { dueAt: later(ten, days(30)), missedSince: ten, onShift: [centre('toronto')], ended: [centre('montreal')] },
    ])
    expect(state.status !== 'absent' && shiftDeadlines(state, sun)[0]?.dueAt).toBe(instant('2026-12-21T06:00:00+01:00'))
  })

  it('hand nothing over after an outage of whole days', () => {
    const back = later(evening, days(2))
    specified()
      .given(followedSince(evening))
      .when(fire(ten), clockAt(back))
      .then({ type: 'ShiftChanged', missedSince: ten, ended: [], began: [], handOvers: [] })
  })

  it('last an hour longer in the night when the clocks go back, and one less when they go forward', () => {
    const night = (at: string) =>
      dueAfter(
        timelineOf({ configuration: americas }),
        followedSince(instant(at), timelineOf({ configuration: americas })),
      )[0]?.dueAt
    const americas = followTheSun({
      shifts: [],
      aroundTheClock: [],
      centres: (centres.followTheSun?.centres ?? []).filter(({ id }) => id !== 'paris'),
    })
    expect(night('2026-10-31T22:00:00-04:00')).toBe(instant('2026-11-01T06:00:00-05:00'))
    expect(night('2026-03-07T22:00:00-05:00')).toBe(instant('2026-03-08T06:00:00-04:00'))
  })

  it('follow one another: the next shift takes over, and of several the next in order', () => {
    const shifts = timelineOf({ configuration: followTheSun({ centres: [], aroundTheClock: [] }) })
    expect(shiftsAt(shifts, evening)).toEqual({
      onShift: [shift(2)],
      changesAt: ten,
      handOvers: [{ from: shift(2), to: shift(3) }],
    })
    expect(shiftsAt(shifts, ten)).toEqual({
      onShift: [shift(3)],
      changesAt: instant('2026-11-21T06:00:00-05:00'),
      handOvers: [{ from: shift(3), to: shift(1) }],
    })
  })

  it('leave conversations unchanged when no crew takes over', () => {
    const [montreal] = centres.followTheSun?.centres ?? []
    const alone = timelineOf({
      configuration: followTheSun({ shifts: [], aroundTheClock: [], centres: montreal ? [montreal] : [] }),
    })
    specified(alone)
      .given(followedSince(evening, alone))
      .when(fire(ten), clockAt(ten))
      .then({
        type: 'ShiftChanged',
        onShift: [],
        ended: [centre('montreal')],
        handOvers: [{ from: centre('montreal') }],
      })
  })

  it('hand over later, and once, when no crew took over at the end of a shift', () => {
    const withGaps = gaps({ day: '08:00-18:00', night: '20:00-23:00', dawn: '05:00-06:00' })
    expect(
      handOversFrom(withGaps, utc('12:00'), utc('18:00'), utc('20:00'), utc('23:00'), later(utc('05:00'), days(1))),
    ).toEqual([
      [{ from: named('day') }],
      [{ from: named('day'), to: named('night') }],
      [{ from: named('night') }],
      [{ from: named('night'), to: named('dawn') }],
    ])
  })

  it('hand nothing over from a crew that is on shift again before another took over', () => {
    const twice = gaps({ day: ['08:00-12:00', '13:00-18:00'], night: '20:00-23:00' })
    expect(handOversFrom(twice, utc('09:00'), utc('12:00'), utc('13:00'), utc('18:00'), utc('20:00'))).toEqual([
      [{ from: named('day') }],
      [],
      [{ from: named('day') }],
      [{ from: named('day'), to: named('night') }],
    ])
  })

  it('show in advance what the next change hands over, based on the recorded state', () => {
    const withGap = gaps({ day: '08:00-18:00', night: '20:00-23:00' })
    const { state } = specified(withGap)
      .given(followedSince(utc('12:00'), withGap))
      .when(fire(utc('18:00')), clockAt(utc('18:00')))
    const next = { onShift: [], changesAt: utc('20:00') }
    expect(shiftsAt(withGap, utc('19:00'), state)).toEqual({
      ...next,
      handOvers: [{ from: named('day'), to: named('night') }],
    })
    expect(shiftsAt(withGap, utc('19:00'))).toEqual({ ...next, handOvers: [] })
  })

  it('are read from a configuration that was applied before there were shifts and hand-overs', () => {
    const { followTheSun: settings, ...parsed } = configurationSchema.parse(centres)
    const { shifts: _, handOver: __, ...older } = settings
    const applied = (configuration: object) =>
      termsOf(
        [{ number: 1, configuration: configuration as Configuration, publicHolidays: {}, effectiveFrom: evening }],
        { policy: defaultTicketPolicy, wording: defaultWording },
      )
    expect(shiftsAt(applied({ ...parsed, followTheSun: older }), evening).onShift).toEqual([centre('montreal')])
    expect(shiftsAt(applied(parsed), evening)).toEqual({ onShift: [], changesAt: undefined, handOvers: [] })
  })

  it('have no deadline without centres and shifts', () => {
    const none = timelineOf({ configuration: {} })
    expect(dueAfter(none, followedSince(evening, none))).toEqual([])
    expect(dueAfter(sun)).toEqual([])
  })
})

describe('another configuration', () => {
  const longer = {
    ...centres,
    calendars: {
      ...centres.calendars,
      montreal: { timeZone: 'America/Montreal', hours: { everyDay: ['06:00-23:00'] } },
    },
  }
  const closed = {
    ...centres,
    followTheSun: { ...centres.followTheSun, aroundTheClock: [] },
    calendars: {
      ...centres.calendars,
      montreal: { timeZone: 'America/Montreal', hours: { everyDay: ['06:00-12:00'] } },
    },
  }

  it('moves the pending change', () => {
    const from = later(evening, 1_000)
    const changed = timelineOf({ configuration: centres }, { from, configuration: longer })
    const eleven = later(ten, 3_600_000)
    expect(dueAfter(changed, followedSince(evening))[0]?.dueAt).toBe(ten)
    expect(shiftsAt(changed, ten).onShift).toEqual([centre('montreal'), centre('toronto')])
    expect(shiftsAt(changed, ten)).toMatchObject({
      changesAt: eleven,
      handOvers: [{ from: centre('montreal'), to: centre('toronto') }],
    })
  })

  it('is a change itself when other crews are on shift under it', () => {
    const from = later(evening, 90_000)
    const changed = timelineOf({ configuration: centres }, { from, configuration: closed })
    expect(dueAfter(changed, followedSince(evening))[0]?.dueAt).toBe(from)
    specified(changed)
      .given(followedSince(evening))
      .when(fire(from), clockAt(from))
      .then({
        type: 'ShiftChanged',
        onShift: [],
        ended: [centre('montreal')],
        handOvers: [{ from: centre('montreal') }],
        policyVersion: 'configuration-2',
      })
  })

  it('ends nobody’s shift when it removes a centre: its agents are always on shift', () => {
    const from = later(evening, 90_000)
    const others = (centres.followTheSun?.centres ?? []).filter(({ id }) => id !== 'montreal')
    const without = followTheSun({ shifts: [], aroundTheClock: [], centres: others })
    const changed = timelineOf({ configuration: centres }, { from, configuration: without })
    specified(changed)
      .given(followedSince(evening))
      .when(fire(from), clockAt(from))
      .then({ type: 'ShiftChanged', onShift: [], ended: [], handOvers: [] })
  })
})
