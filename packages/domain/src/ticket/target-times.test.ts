import { describe, expect, it } from 'vitest'
import { compileCalendar } from '../calendar/compile.ts'
import { days, hours, minutes } from '../kernel/time.ts'
import { after } from '../testing/examples.ts'
import { levels, pausedThroughout, story, under } from '../testing/target-story.ts'
import type { TicketCommandInput } from './commands.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }

describe('a target with a calendar of its own', () => {
  const mixed = levels({
    name: 'x',
    calendars: { firstResponse: 'office' },
    firstResponse: '10h',
    resolution: '24h',
    escalateAfter: '1h',
  })

  it('counts on it, and the others on that of the policy', () => {
    const ticket = story(under(mixed))
    expect(ticket.fire('first_response_warning')).toMatchObject([
      { type: 'TargetWarned', dueAt: after(days(1) + hours(2)), calendar: 'office' },
    ])
    const [warned] = ticket.fire('resolution_warning')
    expect(warned).toMatchObject({ target: 'resolution', dueAt: after(days(1)) })
    expect(warned).not.toHaveProperty('calendar')
  })

  it('is escalated on it', () => {
    const ticket = story(under(mixed))
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach')
    expect(ticket.due('first_response_escalation')).toBe(after(days(1) + hours(3)))
  })

  it('uses it whatever calendar counts for the others', () => {
    const table = levels({
      name: 'x',
      calendar: 'office',
      calendarOf: 'team',
      calendars: { resolution: 'always' },
      firstResponse: '2h',
      resolution: '24h',
    })
    const ticket = story(under({ ...table, teams: { night: { calendar: 'always' } }, levelTeams: { 1: 'night' } }))
    const events = ticket
      .send({ ...reply, then: 'resolved' }, after(minutes(5)))
      .filter(({ type }) => type === 'TargetMet')
    expect(events).toMatchObject([
      { target: 'first_response', calendar: 'always', calendarOf: { kind: 'team', name: 'night' } },
      { target: 'resolution', calendar: 'always' },
    ])
    expect(events[1]).not.toHaveProperty('calendarOf')
  })
})

describe('a target in business days', () => {
  const office = compileCalendar({ timeZone: 'UTC', hours: { weekdays: ['09:00-17:00'], friday: ['09:00-13:00'] } })
  const promised = (more = {}) => ({
    ...levels({ ...pausedThroughout, name: 'x', calendar: 'office', resolution: '4bd', ...more }),
    calendars: { office },
  })

  it('is due as far into the last of them as it began into the first, on a compiled calendar', () => {
    const ticket = story(under(promised()))
    ticket.send(reply, after(minutes(1)))
    expect(ticket.fire('resolution_warning')).toMatchObject([
      { type: 'TargetWarned', dueAt: '2026-03-05T17:00:00.000Z', calendar: 'office' },
    ])
  })

  it('loses the business time of its pauses, not a whole day', () => {
    const ticket = story(under(promised()))
    ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(1)))
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    ticket.fire('resolution_warning')
    expect(ticket.due('resolution_breach')).toBe('2026-03-06T11:00:00.001Z')
  })

  it('is escalated a number of business days later when the policy says so', () => {
    const ticket = story(under(promised({ resolution: '1bd', escalateAfter: '2bd' })))
    ticket.fire('resolution_warning')
    ticket.fire('resolution_breach')
    expect(ticket.due('resolution_escalation')).toBe('2026-03-04T17:00:00.000Z')
  })

  it('is never due when fewer business days are left, like business time', () => {
    const once = { from: '2026-02-01', to: '2026-03-02', name: 'Fair', hours: { everyDay: ['09:00-17:00'] } }
    const fair = compileCalendar({ timeZone: 'UTC', hours: {}, overrides: [once] })
    const promising = (firstResponse: string) =>
      story(under({ ...promised({ firstResponse }), calendars: { office: fair } }))
    for (const time of ['3bd', '24h']) {
      const ticket = promising(time)
      expect(ticket.due('first_response_warning'), time).toBe('8999-12-31T23:59:59.999Z')
      ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(1)))
      expect(ticket.due('first_response_warning'), time).toBeUndefined()
      ticket.send({ type: 'resumeClocks' }, after(hours(2)))
      expect(ticket.due('first_response_warning'), time).toBe('8999-12-31T23:59:59.999Z')
      expect(
        ticket.send(reply, after(hours(4))).filter(({ type }) => type === 'TargetMet'),
        time,
      ).toMatchObject([{ target: 'first_response', timeUsed: hours(3), timeLeft: hours(4) }])
    }
  })

  it('is 24 hours a day when time passes around the clock, and needs a calendar that has dates', () => {
    const always = story(under(levels({ name: 'x', firstResponse: '2bd' })))
    always.fire('first_response_warning')
    expect(always.due('first_response_breach')).toBe(after(days(2) + 1))
    const without = under(levels({ name: 'x', calendar: 'office', firstResponse: '2bd' }))
    expect(() => story(without).deadlines()).toThrow('time cannot be counted in business days there: 2bd')
  })
})

describe('the time of a target in its events', () => {
  const promised = levels({
    ...pausedThroughout,
    name: 'x',
    calendar: 'office',
    firstResponse: '10h',
    resolution: '20h',
  })

  it('is the business time used and left when it was met, without its pauses', () => {
    const ticket = story(under(promised))
    ticket.send({ type: 'waitForCustomer' }, after(hours(2)))
    ticket.send({ type: 'start' }, after(hours(5)))
    expect(ticket.send(reply, after(days(1))).filter(({ type }) => type === 'TargetMet')).toMatchObject([
      { target: 'first_response', timeUsed: hours(5), timeLeft: hours(5) },
    ])
  })

  it('is all of it when it was met at the last moment, or missed, whenever that is recorded', () => {
    const last = story(under(promised))
    expect(last.send(reply, after(days(1) + hours(2))).filter(({ type }) => type === 'TargetMet')).toMatchObject([
      { target: 'first_response', timeUsed: hours(10), timeLeft: 0 },
    ])
    const late = story(under(promised))
    expect(late.send(reply, after(days(9)))[0]).toMatchObject({
      type: 'TargetBreached',
      timeUsed: hours(10),
      timeLeft: 0,
    })
  })
})

describe('an escalation that counts from the opening', () => {
  const promised = (more = {}) =>
    under(
      levels({
        ...pausedThroughout,
        name: 'x',
        resolution: '4h',
        escalateAfter: '6h',
        escalateFrom: 'opening',
        ...more,
      }),
    )
  const breached = (terms: ReturnType<typeof promised>) => {
    const ticket = story(terms)
    ticket.fire('resolution_warning')
    ticket.fire('resolution_breach')
    return ticket
  }

  it('comes its time after the opening, not after the breach', () => {
    const ticket = breached(promised())
    expect(ticket.due('resolution_escalation')).toBe(after(hours(6)))
    expect(ticket.fire('resolution_escalation')).toMatchObject([
      { type: 'TicketEscalated', missed: { target: 'resolution', breachedAt: after(hours(4)) } },
    ])
  })

  it('comes with the breach when that is later, and excludes pauses', () => {
    expect(breached(promised({ resolution: '9h' })).due('resolution_escalation')).toBe(after(hours(9)))
    const ticket = story(promised())
    ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(1)))
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    ticket.fire('resolution_warning')
    ticket.fire('resolution_breach')
    expect(ticket.due('resolution_escalation')).toBe(after(hours(8)))
  })

  it('counts for a next response since the customer asked', () => {
    const ticket = story(promised({ resolution: undefined, nextResponse: '1h' }))
    ticket.send(reply, after(hours(1)))
    ticket.send({ type: 'customerReply', body: 'And?' }, after(hours(2)), 'customer')
    ticket.fire('next_response_warning')
    ticket.fire('next_response_breach')
    expect(ticket.due('next_response_escalation')).toBe(after(hours(8)))
  })
})
