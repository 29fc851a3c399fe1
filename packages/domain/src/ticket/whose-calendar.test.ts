import { describe, expect, it } from 'vitest'
import { hours } from '../kernel/time.ts'
import { after, ticketOpened } from '../testing/examples.ts'
import { levels, story, under } from '../testing/target-story.ts'
import type { TicketCommandInput } from './commands.ts'
import { targetDue, targetStatuses } from './targets.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const handTo = (team: string): TicketCommandInput => ({ type: 'escalate', team, reason: 'expert wanted' })

/** Twelve hours, on a team's calendar, on that of its centre, or on the policy's own. */
const table = (calendarOf?: 'team' | 'centre', calendar: 'office' | undefined = 'office') => ({
  ...levels({ name: 'standard', calendar, calendarOf, firstResponse: '12h' }),
  teams: {
    night: { calendar: 'always' },
    paris: { centre: { id: 'paris', calendar: 'office' } },
    both: { calendar: 'office', centre: { id: 'toronto', calendar: 'always' } },
  },
})
const startingWith = (team: string) => ({ ...table('team'), levelTeams: { 1: team } })

const promiseOf = (ticket: ReturnType<typeof story>, at = after(hours(1))) =>
  ticket.send(reply, at).find(({ type }) => type === 'TargetMet')

describe('a policy whose time passes on the calendar of the team', () => {
  it('counts on its own calendar while the ticket has no team', () => {
    const met = promiseOf(story(under(table('team'))))
    expect(met).toMatchObject({ calendar: 'office', dueAt: after(hours(24 + 4)) })
    expect(met).not.toHaveProperty('calendarOf')
  })

  it('counts on the calendar of the team of the ticket’s level, when it has none', () => {
    expect(promiseOf(story(under(startingWith('night'))))).toMatchObject({
      calendar: 'always',
      calendarOf: { kind: 'team', name: 'night' },
      dueAt: after(hours(12)),
    })
  })

  it('counts on the calendar of the centre of a team without one, and on its own without a centre', () => {
    expect(promiseOf(story(under(startingWith('paris'))))).toMatchObject({
      calendar: 'office',
      calendarOf: { kind: 'centre', name: 'paris' },
    })
    expect(promiseOf(story(under(startingWith('nobody'))))).not.toHaveProperty('calendarOf')
  })

  it('names the calendar that it counts on when the policy has none of its own', () => {
    const ticket = story(under(table('team', undefined)))
    ticket.send(handTo('both'), after(hours(1)))
    expect(promiseOf(ticket, after(hours(2)))).toMatchObject({
      calendar: 'office',
      calendarOf: { kind: 'team', name: 'both' },
    })
  })
})

describe('a policy whose time passes on the calendar of the centre', () => {
  it('uses the centre of the ticket’s team, not the team', () => {
    const ticket = story(under(table('centre')))
    ticket.send(handTo('both'), after(hours(1)))
    expect(promiseOf(ticket, after(hours(2)))).toMatchObject({
      calendar: 'always',
      calendarOf: { kind: 'centre', name: 'toronto' },
      dueAt: after(hours(12)),
    })
  })

  it('counts on its own calendar when the team has no centre', () => {
    const ticket = story(under(table('centre')))
    ticket.send(handTo('night'), after(hours(1)))
    expect(promiseOf(ticket, after(hours(2)))).toMatchObject({ calendar: 'office' })
  })
})

describe('a change of the team while a clock runs', () => {
  it('counts the time used on the new team’s calendar', () => {
    const ticket = story(under(table('team')))
    ticket.send(handTo('night'), after(hours(10)))
    expect(ticket.due('first_response_breach') ?? ticket.due('first_response_warning')).toBe(after(hours(10)))
    expect(promiseOf(ticket, after(hours(11)))).toMatchObject({ dueAt: after(hours(12)) })
  })

  it('lets nothing fall due before the change', () => {
    const ticket = story(under(table('team')))
    ticket.send(handTo('night'), after(hours(20)))
    expect(promiseOf(ticket, after(hours(20)))).toMatchObject({ dueAt: after(hours(20)), calendar: 'always' })
    const late = story(under(table('team')))
    late.send(handTo('night'), after(hours(20)))
    expect(late.send(reply, after(hours(21)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(20)), calendarOf: { kind: 'team', name: 'night' } },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('leaves a breach on the old calendar unchanged', () => {
    const ticket = story(under(startingWith('night')), ticketOpened())
    expect(ticket.send(handTo('paris'), after(hours(13)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(12)), calendar: 'always' },
      { type: 'TicketEscalated' },
    ])
    expect(ticket.due('first_response_breach')).toBeUndefined()
  })

  it('reports a breach with the calendar on which it was missed, and the time used on it', () => {
    const timeline = under(startingWith('night'))
    const ticket = story(timeline, ticketOpened({}, { at: after(-hours(14)) }))
    const [missed] = ticket.send(handTo('paris'), after(0))
    expect(missed).toMatchObject({ type: 'TargetBreached', timeUsed: hours(12), timeLeft: 0 })
    const due = targetDue(ticket.state(), timeline, 'first_response')
    expect(due?.dueAt).toBe(after(-hours(2)))
    expect(due?.sla).toMatchObject({ calendar: 'always', calendarOf: { kind: 'team', name: 'night' } })
    expect(targetStatuses(ticket.state(), timeline, after(0))).toMatchObject([
      { state: 'BREACHED', timeUsed: hours(12), timeLeft: 0 },
    ])
  })

  it('reports a breach around the clock as such, even if the new team has a calendar', () => {
    const { policies } = levels({ name: 'standard', calendarOf: 'team', firstResponse: '12h' })
    const timeline = under({ ...table(), policies })
    const ticket = story(timeline, ticketOpened({}, { at: after(-hours(14)) }))
    expect(ticket.send(handTo('paris'), after(0))[0]).not.toHaveProperty('calendar')
    expect(targetDue(ticket.state(), timeline, 'first_response')?.sla.calendar).toBeUndefined()
    expect(targetStatuses(ticket.state(), timeline, after(0))).toMatchObject([{ timeUsed: hours(12) }])
  })
})
