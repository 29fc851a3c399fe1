import { describe, expect, it } from 'vitest'
import { configurationSchema } from './configuration/consistency.ts'
import type { Instant, TermsTimeline } from './index.ts'
import {
  addBusinessDays,
  addBusinessTime,
  businessTimeBetween,
  changesAfter,
  chooseAgent,
  closesAt,
  compileCalendar,
  createDesk,
  elapsed,
  guichetEvents,
  holidaysAhead,
  hours,
  hoursFaults,
  inMemoryStore,
  instant,
  isImminent,
  isOnShift,
  isOpen,
  later,
  latest,
  latestChange,
  nextChange,
  nextOpening,
  onShiftAt,
  planAt,
  previousOpening,
  routingTermsAt,
  shiftDeadlines,
  shiftsAt,
  shortCrewsAt,
  subtractBusinessTime,
  takesOver,
  targetDue,
  targetStatuses,
  termsAt,
  ticketDeadlines,
  ticketLabels,
  uncovered,
} from './index.ts'
import { after, followTheSun, monday, timelineOf } from './testing/examples.ts'
import { agentProfile } from './testing/specification.ts'
import { levels, policyOf, story } from './testing/target-story.ts'
import { defaultWording } from './wording/default-wording.ts'

const office = compileCalendar({ timeZone: 'UTC', hours: { weekdays: ['09:00-10:00', '11:00-17:00'] } })
const noon = instant('2026-03-02T12:00:00Z')

/** A timeline with a version that comes into force at an instant, after one that always was. */
const changing = (from: Instant): TermsTimeline => [
  { from: undefined, policy: policyOf(levels({ name: 'x', firstResponse: '1h' }), 'v1'), wording: defaultWording },
  { from, policy: policyOf(levels({ name: 'x', firstResponse: '5h' }), 'v2'), wording: defaultWording },
]
const [earlier, centresAndShifts, centresAlone] = timelineOf(
  { configuration: followTheSun() },
  { from: after(1), configuration: followTheSun({ shifts: [] }) },
)
const shifts = (from: Instant = after(0)): TermsTimeline => [earlier, centresAndShifts!, { ...centresAlone!, from }]
const plan = shifts()[1]!.shifts!
const montreal = { kind: 'centre', name: 'montreal' } as const
const waiting = story(changing(after(hours(3))))
waiting.send({ type: 'pauseClocks', reason: 'Strike' }, after(1))
const ticket = waiting.state()
const running = story(changing(after(hours(3)))).state()
const warned = story(changing(after(hours(3))))
warned.fire('first_response_warning')
const breached = story(changing(after(hours(9))))
breached.fire('first_response_warning')
breached.fire('first_response_breach')
const agent = {
  status: 'active' as const,
  profile: agentProfile({ centre: 'montreal' }),
  availability: 'available' as const,
  availabilityReason: undefined,
  availableSince: monday,
  claims: {},
  claimedAt: undefined,
  updatedAt: monday,
}
const colleague = { id: 'a', version: 1, agent, load: { ticket: 0, chat: 0, phone: 0 }, tickets: 0, lastGiven: 0 }
const wanted = {
  category: undefined,
  language: 'fr',
  channel: 'web',
  workChannel: 'ticket' as const,
  priority: 'normal' as const,
  declined: [],
}
const follow = (at: Instant) => ({ at, onShift: [montreal] })
const followed = (at: Instant) => ({
  ...follow(at),
  status: 'followed' as const,
  changes: 0,
  offShift: [],
  updatedAt: monday,
})

/** The exports of the package that take an instant, as functions of one. */
const entries: readonly (readonly [string, (at: Instant) => unknown])[] = [
  ['later', (at) => later(at, 1)],
  ['elapsed', (at) => [elapsed(at, noon), elapsed(noon, at)]],
  ['latest', (at) => [latest(at, noon), latest(noon, at)]],
  ['addBusinessTime', (at) => addBusinessTime(office, at, hours(1))],
  ['subtractBusinessTime', (at) => subtractBusinessTime(office, at, hours(1))],
  ['addBusinessDays', (at) => addBusinessDays(office, at, 1)],
  [
    'businessTimeBetween',
    (at) => [businessTimeBetween(office, after(-hours(9)), at), businessTimeBetween(office, at, after(hours(99)))],
  ],
  ['isOpen', (at) => isOpen(office, at)],
  ['nextOpening', (at) => nextOpening(office, at)],
  ['previousOpening', (at) => previousOpening(office, at)],
  ['closesAt', (at) => closesAt(office, at)],
  ['uncovered', (at) => [uncovered([office], after(-hours(9)), at), uncovered([office], at, after(hours(99)))]],
  [
    'holidaysAhead',
    (at) =>
      holidaysAhead(
        { timeZone: 'UTC', hours: 'always', holidays: { days: [{ date: '2026-03-02', name: 'x' }] } },
        {},
        at,
        5,
      ),
  ],
  [
    'hoursFaults',
    (at) =>
      hoursFaults(
        configurationSchema.parse({ calendars: { day: { timeZone: 'UTC', hours: { monday: ['09:00-10:00'] } } } }),
        {},
        at,
      ),
  ],
  ['termsAt', (at) => termsAt(changing(noon), at).policy.version],
  ['termsAt, of a timeline', (at) => termsAt(changing(at), noon).policy.version],
  ['routingTermsAt', (at) => routingTermsAt(changing(noon), at).policyVersion],
  ['routingTermsAt, of a timeline', (at) => routingTermsAt(changing(at), noon).policyVersion],
  ['shiftEnds of routingTermsAt', (at) => routingTermsAt(shifts(), monday).shiftEnds?.(at)],
  ['chooseAgent', (at) => chooseAgent(wanted, [colleague], routingTermsAt(shifts(after(hours(90))), monday), at)],
  ['targetDue', (at) => targetDue(ticket, changing(noon), 'first_response', at)?.dueAt],
  ['targetDue, of a timeline', (at) => targetDue(running, changing(at), 'first_response')?.dueAt],
  [
    'targetDue of one that was missed, of a timeline',
    (at) =>
      targetDue(
        {
          ...breached.state(),
          clocks: {
            ...breached.state().clocks,
            targets: { first_response: { ...breached.state().clocks.targets.first_response!, missedBy: undefined } },
          },
        },
        changing(at),
        'first_response',
      )?.policy.version,
  ],
  ['targetStatuses', (at) => targetStatuses(running, changing(noon), at)],
  ['targetStatuses, of a timeline', (at) => targetStatuses(running, changing(at), after(hours(4)))],
  ['isImminent', (at) => isImminent(warned.state(), changing(after(hours(3))), 'first_response', at)],
  ['ticketDeadlines, of a timeline', (at) => ticketDeadlines(running, changing(at))],
  ['ticketLabels, of a timeline', (at) => ticketLabels(running, changing(at))],
  ['planAt', (at) => planAt(shifts(noon), at)?.crews.length],
  ['planAt, of a timeline', (at) => planAt(shifts(at), noon)?.crews.length],
  ['nextChange', (at) => nextChange(shifts(), follow(at))],
  ['nextChange, of a timeline', (at) => nextChange(shifts(at), follow(after(hours(1))))],
  [
    'latestChange',
    (at) => [
      latestChange(shifts(), follow(at), after(hours(30))),
      latestChange(shifts(), follow(after(-hours(9))), at),
    ],
  ],
  ['changesAfter', (at) => changesAfter(plan, at)],
  ['shiftDeadlines', (at) => shiftDeadlines(followed(at), shifts())],
  ['shiftsAt', (at) => shiftsAt(shifts(noon), at)],
  ['shiftsAt, of a timeline', (at) => shiftsAt(shifts(at), after(hours(1)))],
  ['isOnShift', (at) => isOnShift(plan, agent.profile, at)],
  ['onShiftAt', (at) => onShiftAt(plan, at).map(({ name }) => name)],
  ['takesOver', (at) => takesOver(plan, montreal, at)],
  [
    'shortCrewsAt',
    (at) => shortCrewsAt({ ...plan, crews: plan.crews.map((crew) => ({ ...crew, minimumCrew: 3 })) }, [agent], at),
  ],
  [
    'isInTheFuture of a desk',
    (at) =>
      createDesk({
        store: inMemoryStore({ catalogue: guichetEvents }),
        now: () => noon,
        newId: () => 'x',
      }).isInTheFuture(at),
  ],
  [
    'the time of a desk',
    (at) =>
      createDesk({ store: inMemoryStore({ catalogue: guichetEvents }), now: () => at, newId: () => 'x' }).isInTheFuture(
        noon,
      ),
  ],
]

const written = (at: Instant): readonly Instant[] => {
  const shifted = (by: number): string => later(at, hours(by)).slice(0, 19)
  const short = at.endsWith('.000Z') ? [`${at.slice(0, 19)}Z`] : []
  return [...short, `${shifted(1)}+01:00`, `${shifted(-5)}-05:00`, `${shifted(14)}+14:00`] as Instant[]
}
const moments = [-2, -0.5, 0, 0.5, 1, 2, 2.5, 3, 3.5, 12, 13, 21].map((hour) => after(hours(hour)))

describe('an instant with an offset, or without milliseconds', () => {
  it.each(entries)('is converted by %s', (_, entry) => {
    for (const at of moments) for (const foreign of written(at)) expect(entry(foreign), foreign).toEqual(entry(at))
  })
})

describe('an instant without an offset', () => {
  it.each(entries)('is refused by %s', (_, entry) => {
    expect(() => entry('2026-03-02T10:30:00' as Instant)).toThrow(RangeError)
  })
})

describe('a desk whose clock writes instants with an offset', () => {
  it('stores its events in the canonical form, and uses the terms in force', async () => {
    const desk = createDesk({
      store: inMemoryStore({ catalogue: guichetEvents }),
      now: () => '2026-03-02T04:00:00-05:00' as Instant,
      newId: () => 'x',
    })
    const by = { kind: 'agent', id: 'alex' } as const
    const command = {
      type: 'apply',
      configuration: configurationSchema.parse({ desk: { signature: 'Desk' } }),
      publicHolidays: {},
    } as const
    const applied = await desk.execute('configuration', 'desk', command, { by })
    expect(applied).toMatchObject({ ok: true, value: { events: [{ at: monday, effectiveFrom: monday }] } })
    expect((await desk.terms()).policy.signature).toBe('Desk')
    expect(await desk.configuration()).toMatchObject({ desk: { signature: 'Desk' } })
  })
})
