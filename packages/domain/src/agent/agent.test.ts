import { describe, expect, it } from 'vitest'
import { routingActor } from '../kernel/actor.ts'
import { elapsed, minutes } from '../kernel/time.ts'
import { after, alex, camille, followTheSun, monday, timelineOf } from '../testing/examples.ts'
import { agentProfile, agentRegistered, nothing, refused, specifyAgent } from '../testing/specification.ts'
import type { AgentEvent, AgentEventOf } from './events.ts'

const { given, when } = specifyAgent()
const routing = { by: routingActor }
const available: AgentEventOf<'AvailabilityChanged'> = {
  type: 'AvailabilityChanged',
  at: monday,
  by: alex,
  from: 'offline',
  to: 'available',
  since: monday,
}
const claimed = (work: string, version = 2, forced = false): AgentEvent => ({
  type: 'WorkClaimed',
  at: monday,
  by: routingActor,
  work,
  channel: 'ticket',
  version,
  forced,
})
const claim = (work: string, version = 2) => ({ type: 'claim', work, channel: 'ticket', version, round: 1 }) as const
const atMost = (ticket: number) => agentRegistered({ capacity: { ticket, chat: 3, phone: 1 } })

describe('a profile', () => {
  it('has 004’s three chats, one call and thirty tickets by default', () => {
    when({ type: 'register', profile: { name: 'Alex Martin' } }).then({
      type: 'AgentRegistered',
      name: 'Alex Martin',
      level: 1,
      capacity: { ticket: 30, chat: 3, phone: 1 },
    })
  })

  it('is registered once: a repeat does nothing, another profile is refused', () => {
    given(agentRegistered()).when({ type: 'register', profile: agentProfile() }).then(nothing)
    given(agentRegistered())
      .when({ type: 'register', profile: { name: 'Somebody else' } })
      .then(refused('agent_already_registered'))
  })

  it('changes only the fields that differ', () => {
    given(agentRegistered({ level: 1, languages: ['fr'] }))
      .when({ type: 'changeProfile', changes: { level: 2, languages: ['fr'], capacity: { ticket: 5 } } })
      .then({ type: 'AgentProfileChanged', level: 2, capacity: { ticket: 5, chat: 3, phone: 1 }, languages: undefined })
    given(agentRegistered({ level: 2 }))
      .when({ type: 'changeProfile', changes: { level: 2 } })
      .then(nothing)
  })

  it('has no levels but 1 to 3, and no skill beyond 5', () => {
    when({ type: 'register', profile: { name: 'A', level: 4 } }).then(refused('invalid_command', 'profile.level'))
    when({ type: 'register', profile: { name: 'A', skills: { bms: 6 } } }).then(
      refused('invalid_command', 'profile.skills.bms'),
    )
  })

  it('names a centre and a shift of the desk, if it has any; `system` actors may use other names', () => {
    const plan = timelineOf({ configuration: followTheSun() }).at(-1)?.shifts
    const known = specifyAgent(plan)
    const register = (place: object) => ({ type: 'register', profile: { name: 'A', ...place } }) as const
    known.when(register({ centre: 'paris', shift: 'shift-2' })).then({ type: 'AgentRegistered' })
    known.when(register({ centre: 'lyon' })).then(refused('centre_unknown', 'profile.centre'))
    known.when(register({ shift: 'shift-9' })).then(refused('shift_unknown', 'profile.shift'))
    known.when(register({ centre: 'lyon' }), routing).then({ type: 'AgentRegistered', centre: 'lyon' })
    const { given } = known
    given(agentRegistered())
      .when({ type: 'changeProfile', changes: { shift: 'shift-9' } })
      .then(refused('shift_unknown', 'changes.shift'))
    given(agentRegistered({ shift: 'shift-1' }))
      .when({ type: 'changeProfile', changes: { shift: null } })
      .then({ type: 'AgentProfileChanged', shift: null })
    const withoutShifts = timelineOf({ configuration: followTheSun({ shifts: [] }) }).at(-1)?.shifts
    specifyAgent(withoutShifts)
      .when(register({ shift: 'mornings' }))
      .then({ type: 'AgentRegistered' })
    when(register({ centre: 'lyon', shift: 'mornings' })).then({ type: 'AgentRegistered' })
  })

  it('names a team and specialities of the desk, if it has any, and keeps those that were removed since', () => {
    const names = { teams: new Set(['billers']), categories: new Set(['billing', 'billing/refunds']) }
    const known = specifyAgent(undefined, names)
    const register = (more: object) => ({ type: 'register', profile: { name: 'A', ...more } }) as const
    known.when(register({ team: 'billers', specialities: ['billing/refunds'] })).then({ type: 'AgentRegistered' })
    known.when(register({ team: 'bilers' })).then(refused('team_unknown', 'profile.team'))
    known
      .when(register({ specialities: ['billing', 'biling'] }))
      .then(refused('category_unknown', 'profile.specialities.1'))
    known.when(register({ team: 'bilers' }), routing).then({ type: 'AgentRegistered', team: 'bilers' })
    const old = agentRegistered({ team: 'old team', specialities: ['old'] })
    const change = (changes: object) => ({ type: 'changeProfile', changes }) as const
    known
      .given(old)
      .when(change({ team: 'old team', specialities: ['old', 'billing'] }))
      .then({
        type: 'AgentProfileChanged',
        specialities: ['old', 'billing'],
        team: undefined,
      })
    known
      .given(old)
      .when(change({ team: 'other' }))
      .then(refused('team_unknown', 'changes.team'))
    known
      .given(old)
      .when(change({ team: null, specialities: [] }))
      .then({ type: 'AgentProfileChanged', team: null })
    when(register({ team: 'any', specialities: ['any'] })).then({ type: 'AgentRegistered' })
  })

  it('does not exist before it is registered, and customers cannot change it', () => {
    when({ type: 'setAvailability', availability: 'available' }).then(refused('agent_not_found'))
    given(agentRegistered()).when({ type: 'retire' }, { by: camille }).then(refused('not_for_this_actor', 'by'))
  })

  it('keeps the agent’s work when they are registered again', () => {
    const back = given(agentRegistered(), claimed('ticket-T1'), { type: 'AgentRetired', at: monday, by: alex }).when({
      type: 'register',
      profile: { name: 'Alex Martin' },
    })
    expect(back.state).toMatchObject({ status: 'active', availability: 'offline', claims: { 'ticket-T1': {} } })
  })
})

describe('availability', () => {
  it('records how long the one before has lasted', () => {
    const { decision } = given(agentRegistered(), available).when(
      { type: 'setAvailability', availability: 'break', reason: 'lunch' },
      { at: after(minutes(90)) },
    )
    const [event] = decision.ok ? decision.value : []
    expect(event).toMatchObject({ type: 'AvailabilityChanged', from: 'available', to: 'break', reason: 'lunch' })
    expect(event?.type === 'AvailabilityChanged' && elapsed(event.since, event.at)).toBe(minutes(90))
  })

  it('changes nothing when it is repeated, and cannot be set for a retired agent', () => {
    given(agentRegistered(), available).when({ type: 'setAvailability', availability: 'available' }).then(nothing)
    given(agentRegistered(), { type: 'AgentRetired', at: monday, by: alex })
      .when({ type: 'setAvailability', availability: 'available' })
      .then(refused('agent_retired'))
  })
})

describe('a claim', () => {
  it('takes a place of an available agent', () => {
    given(agentRegistered(), available)
      .when(claim('ticket-T1'), routing)
      .then({ type: 'WorkClaimed', work: 'ticket-T1', round: 1, forced: false })
  })

  it.each(['busy', 'break', 'training', 'offline'] as const)('is refused while the agent is %s', (to) => {
    given(agentRegistered(), available, { ...available, from: 'available', to })
      .when(claim('ticket-T1'), routing)
      .then(refused('agent_unavailable'))
  })

  it('is refused when the channel is full, and not by work of other channels', () => {
    const full = given(atMost(1), available, claimed('ticket-T1'))
    full.when(claim('ticket-T2'), routing).then(refused('agent_full'))
    full.when({ ...claim('chat-C1'), channel: 'chat' }, routing).then({ type: 'WorkClaimed', work: 'chat-C1' })
  })

  it('takes a place when it is forced, free or not, and records this', () => {
    given(atMost(0))
      .when({ ...claim('ticket-T1'), round: undefined, forced: true }, routing)
      .then({ type: 'WorkClaimed', forced: true })
  })

  it('is refused when the agent has retired, forced or not', () => {
    const retired = given(agentRegistered(), { type: 'AgentRetired', at: monday, by: alex })
    retired.when(claim('ticket-T1'), routing).then(refused('agent_retired'))
    retired.when({ ...claim('ticket-T1'), forced: true }, routing).then(refused('agent_retired'))
  })

  it('takes no second place when it is repeated; a newer one keeps the place', () => {
    const full = given(atMost(1), available, claimed('ticket-T1', 2))
    full.when(claim('ticket-T1', 2), routing).then(nothing)
    full.when(claim('ticket-T1', 5), routing).then({ type: 'WorkClaimed', version: 5 })
  })

  it('is sent by the system only, and names a stream', () => {
    given(agentRegistered(), available).when(claim('ticket-T1')).then(refused('not_for_this_actor', 'by'))
    given(agentRegistered(), available).when(claim('constructor'), routing).then(refused('invalid_command', 'work'))
  })
})

describe('a release', () => {
  const release = (version: number) => ({ type: 'release', work: 'ticket-T1', version, reason: 'resolved' }) as const

  it('frees the place, once', () => {
    given(agentRegistered(), claimed('ticket-T1', 2))
      .when(release(4), routing)
      .then({ type: 'WorkReleased', work: 'ticket-T1', channel: 'ticket', version: 4 })
    given(agentRegistered()).when(release(4), routing).then(nothing)
  })

  it('is too late when it is older than the claim', () => {
    given(agentRegistered(), claimed('ticket-T1', 7)).when(release(4), routing).then(nothing)
  })
})
