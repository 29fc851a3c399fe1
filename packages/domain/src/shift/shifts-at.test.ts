import { describe, expect, it } from 'vitest'
import type { Agent } from '../agent/events.ts'
import type { CentreSettings } from '../centre.ts'
import { instant } from '../kernel/time.ts'
import { followTheSun, supportCentres, timelineOf } from '../testing/examples.ts'
import { agentProfile } from '../testing/specification.ts'
import type { Crew } from './plan.ts'
import { planAt, shortCrewsAt } from './plan.ts'
import { shiftsAt } from './shift.ts'

const centre = (name: string): Crew => ({ kind: 'centre', name })
const at = (time: string, centres: CentreSettings['centres'] = supportCentres.centres) =>
  shiftsAt(timelineOf({ configuration: followTheSun({ centres, aroundTheClock: [], shifts: [] }) }), instant(time))

describe('the centres on shift', () => {
  it.each([
    [
      'in the morning of Montréal',
      '2026-11-21T12:00:00-05:00',
      'montreal paris',
      '2026-11-21T16:00:00-05:00',
      'paris',
      'montreal',
    ],
    [
      'in the evening of Montréal',
      '2026-11-21T18:00:00-05:00',
      'montreal',
      '2026-11-21T22:00:00-05:00',
      'montreal',
      'toronto',
    ],
    [
      'in the morning of Paris',
      '2026-11-21T07:00:00+01:00',
      'toronto paris',
      '2026-11-21T06:00:00-05:00',
      'toronto',
      'montreal',
    ],
  ])('hands over %s', (_, time, onShift, changesAt, from, to) => {
    expect(at(time)).toEqual({
      onShift: onShift.split(' ').map(centre),
      changesAt: instant(changesAt),
      handOvers: [{ from: centre(from), to: centre(to) }],
    })
  })

  it('hands nothing over when a centre only joins', () => {
    expect(at('2026-11-21T04:00:00+01:00')).toEqual({
      onShift: [centre('toronto')],
      changesAt: instant('2026-11-21T06:00:00+01:00'),
      handOvers: [],
    })
  })

  it('follows each zone when only one has changed its clocks', () => {
    // Between 8 and 29 March 2026 Paris is five hours ahead of Montréal, not six.
    expect(at('2026-03-10T18:00:00Z').changesAt).toBe(instant('2026-03-10T17:00:00-04:00'))
  })

  it('hands over to a centre that shares a language, then by priority', () => {
    const speaking = { montreal: ['fr'], paris: ['de'] } as Readonly<Record<string, string[]>>
    const withToronto = (languages: string[]) =>
      supportCentres.centres.map((each) => ({ ...each, languages: speaking[each.id] ?? languages }))
    const time = '2026-11-21T11:00:00+01:00'
    expect(at(time, withToronto(['de'])).handOvers).toEqual([{ from: centre('toronto'), to: centre('paris') }])
    expect(at(time, withToronto(['es'])).handOvers).toEqual([{ from: centre('toronto'), to: centre('montreal') }])
  })

  it('leaves conversations waiting when no crew is on shift', () => {
    expect(at('2026-11-21T21:00:00+01:00', supportCentres.centres.slice(2))).toEqual({
      onShift: [centre('paris')],
      changesAt: instant('2026-11-21T22:00:00+01:00'),
      handOvers: [{ from: centre('paris') }],
    })
    expect(at('2026-11-21T12:00:00Z', [])).toEqual({ onShift: [], changesAt: undefined, handOvers: [] })
  })
})

describe('a crew with a minimum', () => {
  const centres = supportCentres.centres.map((each) => ({ ...each, minimumCrew: each.id === 'paris' ? 1 : 2 }))
  const configuration = followTheSun({ centres, aroundTheClock: [], shiftCrews: { 'shift-1': 2 } })
  const timeline = timelineOf({ configuration })
  const morning = instant('2026-11-21T12:00:00-05:00')
  const someone = (place: { centre?: string; shift?: string }, more: Partial<Agent> = {}): Agent => ({
    status: 'active',
    profile: agentProfile({ centre: null, shift: null, ...place }),
    availability: 'available',
    availabilityReason: undefined,
    availableSince: morning,
    claims: {},
    claimedAt: undefined,
    updatedAt: morning,
    ...more,
  })
  const short = (...agents: Agent[]) => {
    const plan = planAt(timeline, morning)
    return plan ? shortCrewsAt(plan, agents, morning).map(({ crew, atWork }) => `${crew.name} ${atWork}`) : []
  }

  it('is short while fewer agents are at work than its minimum, and only while it is on shift', () => {
    expect(short()).toEqual(['montreal 0', 'paris 0', 'shift-1 0'])
    const montreal = someone({ centre: 'montreal', shift: 'shift-1' })
    expect(short(montreal, someone({ centre: 'paris' }))).toEqual(['montreal 1', 'shift-1 1'])
    expect(short(montreal, someone({ centre: 'montreal', shift: 'shift-1' }, { availability: 'break' }))).toEqual([
      'paris 0',
    ])
  })

  it('does not count agents who are offline, retired, or on another shift', () => {
    const here = { centre: 'montreal' }
    const others = [
      someone(here, { availability: 'offline' }),
      someone(here, { status: 'retired' }),
      someone({ ...here, shift: 'shift-2' }),
    ]
    expect(short(someone(here), ...others, someone({ centre: 'paris' }))).toEqual(['montreal 1', 'shift-1 0'])
  })
})
