import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, monday, ticketOpened } from '../testing/examples.ts'
import { levels, policyOf, story, under } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'
import { ticketLabels } from './ticket.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Nous y travaillons' }
const asks: TicketCommandInput = { type: 'customerReply', body: 'Alors ?' }
const updates = (ticket: ReturnType<typeof story>) => ticket.deadlines().filter(({ kind }) => kind.startsWith('update'))
const tick = (at: Instant): Instant => later(at, 1)
const everyTwoHours = under(levels({ name: 'x', calendar: 'office', update: '2h' }))

describe('an update to the customer', () => {
  it('is due as often as the policy says, from the opening on and counted on its calendar', () => {
    const ticket = story(everyTwoHours, ticketOpened({}, { at: after(hours(7)) }))
    expect(ticket.deadlines()).toEqual([{ kind: 'update_warning', cycle: 1, dueAt: after(days(1) + minutes(30)) }])
    ticket.fire('update_warning')
    expect(ticket.due('update_breach')).toBe(tick(after(days(1) + hours(1))))
  })

  it('is met by each answer in time, even at its due instant, which begins the next one', () => {
    const ticket = story(everyTwoHours)
    expect(ticket.send(reply, after(hours(2)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
      { type: 'TargetMet', target: 'update', cycle: 1, since: monday, dueAt: after(hours(2)), policy: 'x' },
    ])
    expect(updates(ticket)).toEqual([{ kind: 'update_warning', cycle: 2, dueAt: after(hours(3.5)) }])
    expect(ticket.send(reply, after(hours(3)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TargetMet', target: 'update', cycle: 2, since: after(hours(2)), dueAt: after(hours(4)) },
    ])
    expect(updates(ticket)).toMatchObject([{ cycle: 3, dueAt: after(hours(4.5)) }])
  })

  it('is made up for by a late answer, and nevertheless missed at its due instant', () => {
    const ticket = story(everyTwoHours)
    expect(ticket.send(reply, tick(after(hours(2))))).toMatchObject([
      { type: 'TargetBreached', target: 'update', cycle: 1, dueAt: after(hours(2)), by: clockActor, over: true },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
    expect(updates(ticket)).toMatchObject([{ kind: 'update_warning', cycle: 2 }])
  })

  it('is warned of, breached and escalated like every target, then silent until the next answer', () => {
    const ticket = story(everyTwoHours)
    expect(ticket.fire('update_warning')).toMatchObject([{ type: 'TargetWarned', at: after(hours(1.5)), share: 0.75 }])
    expect(ticket.fire('update_breach', hours(1))).toMatchObject([{ type: 'TargetBreached', dueAt: after(hours(2)) }])
    expect(ticketLabels(ticket.state(), everyTwoHours)).toMatchObject({ sla: 'BREACHED', slaSince: after(hours(2)) })
    expect(ticket.due('update_escalation')).toBe(after(hours(8)))
    expect(ticket.fire('update_escalation')).toMatchObject([
      { type: 'TicketEscalated', reason: 'update breached', missed: { target: 'update', cycle: 1 } },
    ])
    expect(ticket.deadlines()).toEqual([])
    ticket.send(reply, after(days(1)))
    expect(ticketLabels(ticket.state(), everyTwoHours)).toMatchObject({ sla: 'PENDING', slaSince: after(days(1)) })
  })

  it('is met neither by a note, nor by an automatic reply, nor by the customer', () => {
    const ticket = story(everyTwoHours)
    ticket.send({ type: 'addNote', body: 'Vu' }, after(minutes(1)))
    ticket.send(reply, after(minutes(2)), 'clock')
    ticket.send(asks, after(minutes(3)), 'customer')
    expect(ticket.deadlines()).toEqual([{ kind: 'update_warning', cycle: 1, dueAt: after(hours(1.5)) }])
  })

  it('is neither promised, warned of nor stored under a policy without one', () => {
    const ticket = story(under(levels({ name: 'x', resolution: '10h' })))
    expect(ticket.send(reply, after(hours(9))).map(({ type }) => type)).toEqual(['AgentReplied', 'TicketStarted'])
    expect(updates(ticket)).toEqual([])
  })
})

describe('an update whose clock is paused', () => {
  it('has all of its time left when the answer asks a question', () => {
    const ticket = story(everyTwoHours)
    ticket.send({ ...reply, then: 'waiting_customer' }, after(hours(1)))
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['chase'])
    expect(ticketLabels(ticket.state(), everyTwoHours)).toMatchObject({ sla: 'PAUSED', slaSince: after(hours(1)) })
    ticket.send(asks, after(days(1)), 'customer')
    expect(ticket.due('update_warning')).toBe(after(days(1) + hours(1.5)))
  })

  it('keeps the time used when the desk begins to wait, or somebody pauses the clocks', () => {
    const ticket = story(everyTwoHours)
    ticket.send({ type: 'waitForCustomer' }, after(hours(1)))
    ticket.send(asks, after(hours(3)), 'customer')
    expect(ticket.due('update_warning')).toBe(after(hours(3.5)))
    ticket.send({ type: 'pauseClocks', reason: 'Panne' }, after(hours(3.5)))
    expect(updates(ticket)).toEqual([])
    ticket.send({ type: 'resumeClocks' }, after(hours(5)))
    ticket.fire('update_warning')
    expect(ticket.due('update_breach')).toBe(tick(after(hours(5.5))))
  })
})

describe('an update under changing terms', () => {
  it.each<[string, TicketCommandInput]>([
    ['plan', { type: 'changePlan', plan: 'premium' }],
    ['category', { type: 'categorize', category: 'technical' }],
    ['priority', { type: 'changePriority', priority: 'urgent' }],
    ['team', { type: 'escalate', team: 'night', reason: 'expert wanted' }],
  ])('falls due under the policy that a change of the %s selects from the change on, not before', (_, change) => {
    const serviceLevels = {
      ...levels(
        { name: 'a', applies: { plans: ['premium'] }, update: '30m' },
        { name: 'b', applies: { categories: ['technical'] }, update: '30m' },
        { name: 'c', applies: { priorities: ['urgent'] }, update: '30m' },
        { name: 'd', calendar: 'never', calendarOf: 'team', update: '30m' },
      ),
      teams: { night: { calendar: 'always' } },
    }
    const never = { add: (from: number) => from + days(300), between: () => 0 }
    const ticket = story(under({ ...serviceLevels, calendars: { ...serviceLevels.calendars, never } }))
    ticket.send(change, after(hours(10)))
    expect(ticket.deadlines()).toMatchObject([{ kind: 'update_warning', dueAt: after(hours(10)) }])
    expect(ticket.send(reply, tick(after(hours(10))))).toContainEqual(
      expect.objectContaining({ type: 'TargetBreached', since: monday, dueAt: after(hours(10)) }),
    )
  })

  it('keeps the time used, and restores the old time when the priority changes back', () => {
    const table = levels(
      { name: 'urgent', applies: { priorities: ['urgent'] }, update: '2h' },
      { name: 'x', update: '8h' },
    )
    const ticket = story(under(table))
    ticket.send({ type: 'changePriority', priority: 'urgent' }, after(hours(1)))
    expect(ticket.due('update_warning')).toBe(after(hours(1.5)))
    ticket.send({ type: 'changePriority', priority: 'normal' }, after(hours(1.5)))
    expect(ticket.due('update_warning')).toBe(after(hours(6)))
  })

  it('follows a configuration that comes into force while it runs, and an earlier miss stays', () => {
    const terms = (from: Instant | undefined, update: string, version: string) => ({
      from,
      policy: policyOf(levels({ name: 'x', update }), version),
      wording: defaultWording,
    })
    const shorter = story([terms(undefined, '8h', 'v1'), terms(after(hours(2)), '1h', 'v2')])
    expect(shorter.due('update_warning')).toBe(after(hours(2)))
    const longer = story([terms(undefined, '1h', 'v1'), terms(after(hours(2)), '8h', 'v2')])
    expect(longer.send(reply, after(hours(3)))[0]).toMatchObject({ dueAt: after(hours(1)), policyVersion: 'v1' })
  })
})

describe('an update of a ticket that ends', () => {
  it.each<[string, TicketCommandInput]>([
    ['resolved without a word', { type: 'resolve' }],
    ['closed', { type: 'close' }],
    ['spam', { type: 'markSpam' }],
  ])('is given up when it is %s', (_, end) => {
    const ticket = story(everyTwoHours)
    expect(ticket.send(end, after(hours(1))).filter(({ type }) => type.startsWith('Target'))).toEqual([])
    expect(ticket.state().clocks).toMatchObject({ targets: {}, ended: { update: { clock: { cycle: 1 }, met: false } } })
  })

  it('is met by the answer that resolves it, and no further one begins, nor with a last message', () => {
    const ticket = story(everyTwoHours)
    expect(ticket.send({ ...reply, then: 'resolved' }, after(hours(1)))).toContainEqual(
      expect.objectContaining({ type: 'TargetMet', target: 'update', cycle: 1 }),
    )
    expect(ticket.send(reply, after(hours(1.5))).map(({ type }) => type)).toEqual(['AgentReplied'])
    expect(ticket.state().clocks).toMatchObject({ targets: {}, updates: 1 })
  })

  it('starts in a new cycle when it is reopened', () => {
    const ticket = story(everyTwoHours)
    ticket.send({ ...reply, then: 'resolved' }, after(hours(1)))
    ticket.send(asks, after(hours(3)), 'customer')
    expect(ticket.deadlines()).toContainEqual({ kind: 'update_warning', cycle: 2, dueAt: after(hours(4.5)) })
  })
})

describe('the alert to an urgent ticket without an update', () => {
  const promised = { name: 'premium', applies: { plans: ['premium'] }, update: '3h' }
  const table = under(levels(promised, { name: 'x', resolution: '9d' }))
  const plan = (to: string | null): TicketCommandInput => ({ type: 'changePlan', plan: to })
  const kinds = (ticket: ReturnType<typeof story>) => updates(ticket).map(({ kind }) => kind)

  it('is given only when its policy promises no update', () => {
    expect(kinds(story(table, ticketOpened({ priority: 'urgent' })))).toEqual(['update'])
    expect(kinds(story(table, ticketOpened({ priority: 'urgent', plan: 'premium' })))).toEqual(['update_warning'])
    expect(kinds(story(table))).toEqual([])
  })

  it('is not given for a silence whose miss a configuration reveals afterwards, even if it was due before the silence began', () => {
    const promising = under(levels({ name: 'x', update: '2h' }))
    const ticket = story(table, ticketOpened({ priority: 'urgent' }))
    ticket.send({ type: 'pauseClocks', reason: 'Panne' }, after(hours(2.5)))
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    const reread = story(promising, ticket.events)
    expect(reread.send({ type: 'tag', tag: 'x' }, after(hours(4)))).toMatchObject([
      { type: 'TargetBreached', target: 'update', dueAt: after(hours(2)) },
      { type: 'TicketTagged' },
    ])
    expect(kinds(story(table, reread.events))).toEqual(['update_escalation'])
  })

  it('is not given beside the miss of a promise that came into force during the silence', () => {
    const [before] = under(levels({ name: 'x', resolution: '9d' }))
    const promising = policyOf(levels({ name: 'x', resolution: '9d', update: '1h' }), 'v2')
    const promised = { from: after(hours(3)), policy: promising, wording: defaultWording }
    const ticket = story([before, promised], ticketOpened({ priority: 'urgent' }))
    expect(ticket.due('update')).toBe(after(hours(2)))
    expect(ticket.fire('update', hours(2))).toMatchObject([
      { type: 'TargetBreached', target: 'update', dueAt: after(hours(3)) },
    ])
    expect(updates(ticket).map(({ kind }) => kind)).toEqual(['update_escalation'])
  })

  it('is not given for a silence that has been missed as a target, and is given again for the next one', () => {
    const ticket = story(table, ticketOpened({ priority: 'urgent', plan: 'premium' }))
    ticket.fire('update_warning')
    ticket.fire('update_breach')
    ticket.send(plan(null), after(hours(4)))
    expect(kinds(ticket)).toEqual(['update_escalation'])
    ticket.send(reply, after(hours(5)))
    expect(ticket.deadlines()).toContainEqual({ kind: 'update', cycle: 1, dueAt: after(hours(7)) })
  })
})
