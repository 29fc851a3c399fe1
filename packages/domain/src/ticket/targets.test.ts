import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, instant, later, minutes } from '../kernel/time.ts'
import { after, monday, ticketOpened } from '../testing/examples.ts'
import { nothing, specifyTicket } from '../testing/specification.ts'
import { fourHours, levels, policyOf, story, under } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const tick = (at: Instant | undefined): Instant => later(at ?? monday, 1)

describe('a first response', () => {
  it('is met by the reply of a person, even at the due instant', () => {
    const ticket = story(under(fourHours))
    expect(ticket.send(reply, after(hours(4)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
      {
        type: 'TargetMet',
        target: 'first_response',
        cycle: 1,
        dueAt: after(hours(4)),
        policy: 'standard',
        calendar: 'office',
        policyVersion: 'v1',
      },
    ])
    expect(ticket.due('first_response_warning')).toBeUndefined()
  })

  it('is breached a millisecond later, even if nobody looked, at its due instant', () => {
    const ticket = story(under(fourHours))
    expect(ticket.send(reply, tick(after(hours(4))))).toMatchObject([
      { type: 'TargetBreached', target: 'first_response', dueAt: after(hours(4)), by: clockActor, over: true },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('is neither met nor breached by the undo of an import', () => {
    const ticket = story(under(fourHours))
    const undo = { type: 'withdrawImport', importId: 'old' } as const
    expect(ticket.send(undo, tick(after(hours(4))), 'clock')).toMatchObject([{ type: 'TicketImportWithdrawn' }])
  })

  it('is met neither by a note, nor by an automatic reply', () => {
    const ticket = story(under(fourHours))
    ticket.send({ type: 'addNote', body: 'Vu' }, after(minutes(1)))
    ticket.send(reply, after(minutes(2)), 'clock')
    expect(ticket.due('first_response_warning')).toBe(after(hours(3)))
  })

  it('is warned of before it is breached, then escalated six hours of business time after', () => {
    const ticket = story(under(fourHours))
    expect(ticket.fire('first_response_warning')).toMatchObject([
      { type: 'TargetWarned', at: after(hours(3)), dueAt: after(hours(4)), share: 0.75 },
    ])
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(4))))
    expect(ticket.fire('first_response_breach', days(2))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(4)), at: later(after(hours(4)), days(2) + 1) },
    ])
    expect(ticket.due('first_response_escalation')).toBe(after(days(1) + hours(2)))
    expect(ticket.fire('first_response_escalation')).toMatchObject([
      {
        type: 'TicketEscalated',
        team: 'supervisors',
        reason: 'first response breached',
        missed: {
          target: 'first_response',
          cycle: 1,
          dueAt: after(days(1) + hours(2)),
          breachedAt: after(hours(4)),
        },
      },
    ])
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['resolution_warning'])
  })

  it('has no warning when the engine looks after the breach', () => {
    const ticket = story(under(fourHours))
    expect(ticket.fire('first_response_warning', hours(2))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(4)) },
    ])
  })

  it('is given up, without a breach, when the ticket is closed as spam', () => {
    const ticket = story(under(fourHours))
    expect(ticket.send({ type: 'markSpam' }, after(hours(1)))).toMatchObject([{ type: 'TicketClosed' }])
    expect(ticket.deadlines()).toEqual([])
  })

  it.each(['constructor', 'technique/toString', '__proto__'])(
    'is escalated to the team of its policy when its category has none, be it named %s',
    (category) => {
      const ticket = story(under(fourHours), ticketOpened({ category }))
      ticket.fire('first_response_warning')
      ticket.fire('first_response_breach')
      expect(ticket.fire('first_response_escalation')).toMatchObject([{ team: 'supervisors' }])
    },
  )

  it('is escalated to the team of its category', () => {
    const ticket = story(under(fourHours), ticketOpened({ category: 'technical/login' }))
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach')
    expect(ticket.fire('first_response_escalation')).toMatchObject([{ team: 'engineers' }])
  })
})

describe('a change of priority while a clock runs', () => {
  const table = levels(
    { name: 'urgent', applies: { priorities: ['urgent'] }, firstResponse: '2h' },
    { name: 'standard', firstResponse: '24h' },
  )
  const raise: TicketCommandInput = { type: 'changePriority', priority: 'urgent' }

  it('keeps the time used, and lets nothing fall due before the change', () => {
    const ticket = story(under(table))
    ticket.send(raise, after(hours(1)))
    expect(ticket.due('first_response_warning')).toBe(after(hours(1.5)))
    const later3 = story(under(table))
    later3.send(raise, after(hours(3)))
    expect(later3.due('first_response_warning')).toBe(after(hours(3)))
    expect(later3.send(reply, after(hours(3)))).toContainEqual(
      expect.objectContaining({ type: 'TargetMet', dueAt: after(hours(3)) }),
    )
  })

  it('back again restores the old deadline, unless it was missed meanwhile', () => {
    const ticket = story(under(table))
    ticket.send(raise, after(hours(1)))
    ticket.send({ type: 'changePriority', priority: 'normal' }, after(hours(1.5)))
    expect(ticket.due('first_response_warning')).toBe(after(hours(18)))
    const missed = story(under(table))
    missed.send(raise, after(hours(3)))
    expect(missed.send({ type: 'changePriority', priority: 'normal' }, after(hours(4)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(3)), policy: 'urgent' },
      { type: 'PriorityChanged' },
    ])
  })
})

describe('the policy of a ticket', () => {
  const table = levels(
    { name: 'premium-urgent', applies: { plans: ['premium'], priorities: ['urgent'] }, firstResponse: '15m' },
    { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '30m' },
    { name: 'technical', applies: { categories: ['technical'] }, firstResponse: '1h' },
    { name: 'standard', firstResponse: '2h' },
  )

  it.each([
    [{ plan: 'premium', priority: 'urgent' }, minutes(15)],
    [{ plan: 'premium', category: 'technical' }, minutes(30)],
    [{ category: 'technical/login' }, hours(1)],
    [{ category: 'technicality' }, hours(2)],
    [{ plan: 'other' }, hours(2)],
  ] as const)('is the first one in the table that applies: %o', (terms, due) => {
    const ticket = story(under(table), ticketOpened(terms))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(due)))
  })

  it('follows the category and the plan', () => {
    const ticket = story(under(table))
    ticket.send({ type: 'categorize', category: 'technical' }, after(minutes(1)))
    expect(ticket.due('first_response_warning')).toBe(after(minutes(45)))
    ticket.send({ type: 'changePlan', plan: 'premium', reason: 'a signé' }, after(minutes(2)))
    expect(ticket.due('first_response_warning')).toBe(after(minutes(22.5)))
    ticket.send({ type: 'changePlan', plan: null }, after(minutes(3)))
    expect(ticket.events.slice(-2)).toMatchObject([
      { type: 'PlanChanged', to: 'premium' },
      { type: 'PlanChanged', from: 'premium' },
    ])
    expect(ticket.due('first_response_warning')).toBe(after(minutes(45)))
  })
})

describe('a next response', () => {
  it('counts from the oldest message that waits for an answer, and each answer ends it', () => {
    const ticket = story(under(fourHours))
    ticket.send(reply, after(hours(1)))
    ticket.send({ type: 'customerReply', body: 'Et ?' }, after(hours(2)), 'customer')
    ticket.send({ type: 'customerReply', body: 'Alors ?' }, after(hours(3)), 'customer')
    expect(ticket.due('next_response_warning')).toBe(after(hours(3.5)))
    expect(ticket.send(reply, after(hours(4)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TargetMet', target: 'next_response', cycle: 1, since: after(hours(2)), dueAt: after(hours(4)) },
    ])
    ticket.send({ type: 'customerReply', body: 'Encore' }, after(hours(5)), 'customer')
    expect(ticket.deadlines()).toContainEqual({ kind: 'next_response_warning', cycle: 2, dueAt: after(hours(6.5)) })
  })

  it('does not run beside a first response that is still due', () => {
    const ticket = story(under(fourHours))
    ticket.send({ type: 'customerReply', body: 'Allô ?' }, after(hours(1)), 'customer')
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['first_response_warning', 'resolution_warning'])
  })

  it('does not run beside a missed first response either, even if it is shorter', () => {
    const ticket = story(under(levels({ name: 'x', firstResponse: '4h', nextResponse: '15m' })))
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach')
    ticket.send({ type: 'customerReply', body: 'Allô ?' }, after(hours(5)), 'customer')
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['first_response_escalation'])
    ticket.send(reply, after(hours(6)))
    ticket.send({ type: 'customerReply', body: 'Et ?' }, after(hours(7)), 'customer')
    expect(ticket.send(reply, after(hours(7.25)))).toContainEqual(
      expect.objectContaining({ type: 'TargetMet', target: 'next_response', cycle: 1, dueAt: after(hours(7.25)) }),
    )
  })
})

describe('a reopened ticket', () => {
  it('has a resolution of a new cycle, and both in history', () => {
    const ticket = story(under(levels({ name: 'x', resolution: '10h' })))
    ticket.send({ type: 'resolve' }, after(hours(2)))
    ticket.send({ type: 'customerReply', body: 'Non' }, after(hours(3)), 'customer')
    expect(ticket.deadlines()).toContainEqual({ kind: 'resolution_warning', cycle: 2, dueAt: after(hours(10.5)) })
    ticket.send({ type: 'resolve' }, after(hours(13)))
    expect(ticket.events.filter(({ type }) => type === 'TargetMet')).toMatchObject([
      { cycle: 1, dueAt: after(hours(10)) },
      { cycle: 2, dueAt: after(hours(13)) },
    ])
  })
})

describe('a change of policy while clocks run', () => {
  const terms = (from: Instant | undefined, firstResponse: string, version: string) => ({
    from,
    policy: policyOf(levels({ name: 'x', firstResponse }), version),
    wording: defaultWording,
  })

  it('applies from when it comes into force, and not before', () => {
    const ticket = story([terms(undefined, '8h', 'v1'), terms(after(hours(2)), '1h', 'v2')])
    expect(ticket.due('first_response_warning')).toBe(after(hours(2)))
    expect(ticket.send(reply, tick(after(hours(2))))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(2)), policyVersion: 'v2' },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('does not undo an earlier miss, even if nobody had looked', () => {
    const ticket = story([terms(undefined, '1h', 'v1'), terms(after(hours(2)), '8h', 'v2')])
    expect(ticket.send(reply, after(hours(3)))).toMatchObject([
      { type: 'TargetBreached', dueAt: after(hours(1)), policyVersion: 'v1' },
      { type: 'AgentReplied' },
      { type: 'TicketStarted' },
    ])
  })

  it('gives more time when it is more lenient', () => {
    const ticket = story([terms(undefined, '4h', 'v1'), terms(after(hours(1)), '8h', 'v2')])
    expect(ticket.due('first_response_warning')).toBe(after(hours(6)))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(8))))
  })
})

describe('a timer of a target', () => {
  it('does nothing when the target has been met meanwhile, or when it fires twice', () => {
    const { given } = specifyTicket({ timeline: under(fourHours) })
    const ticket = story(under(fourHours))
    const [due] = ticket.deadlines()
    ticket.send(reply, after(hours(1)))
    if (!due) throw new Error('nothing is due')
    given(...ticket.events)
      .when({ type: 'fire', ...due }, { at: after(days(9)), by: clockActor })
      .then(nothing)
    const warned = story(under(fourHours))
    warned.fire('first_response_warning')
    given(...warned.events)
      .when({ type: 'fire', ...due }, { at: due.dueAt, by: clockActor })
      .then(nothing)
  })

  it('does not exist on a ticket whose policy promises nothing', () => {
    const ticket = story(under(levels({ name: 'x', applies: { plans: ['gold'] }, firstResponse: '1h' })))
    expect(ticket.deadlines()).toEqual([])
    expect(ticket.send(reply, after(days(9))).map(({ type }) => type)).toEqual(['AgentReplied', 'TicketStarted'])
  })
})

describe('a ticket on a calendar', () => {
  it('opened on Friday at 16:30 for an hour is due on Monday at 9:30, for half an hour on Friday at 17:00', () => {
    const friday = { at: instant('2026-03-06T16:30:00Z') }
    const due = (firstResponse: string) => {
      const ticket = story(under(levels({ name: 'x', calendar: 'office', firstResponse })), ticketOpened({}, friday))
      ticket.fire('first_response_warning')
      return ticket.due('first_response_breach')
    }
    expect(due('1h')).toBe('2026-03-09T09:30:00.001Z')
    expect(due('30m')).toBe('2026-03-06T17:00:00.001Z')
  })
})
