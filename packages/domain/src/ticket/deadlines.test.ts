import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, alex, camille, monday, sacha, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { ticketDeadlines } from './deadlines.ts'
import type { TicketEvent } from './events.ts'
import { constantPolicy, defaultTicketPolicy } from './policy.ts'
import type { TicketState } from './state.ts'
import { evolveTicket } from './state.ts'
import type { TicketDeadline, TicketDeadlineKind } from './targets.ts'
import { isLate } from './ticket.ts'

const { given } = specifyTicket()
const absent: TicketState = { status: 'absent' }
const folded = (events: readonly TicketEvent[]) => fold({ initial: absent, evolve: evolveTicket }, events)
const deadlinesOf = (...events: TicketEvent[]) => ticketDeadlines(folded(events), constantPolicy(defaultTicketPolicy))
const byClock = (at: Instant) => ({ at, by: clockActor })
const fire = ({ kind, cycle, dueAt }: TicketDeadline) => ({ type: 'fire' as const, kind, cycle, dueAt })

/** Fires the next deadline of a kind when it is due, or `late` milliseconds after that. */
function fired(events: readonly TicketEvent[], kind: TicketDeadlineKind, late = 0): TicketEvent[] {
  const due = deadlinesOf(...events).find((deadline) => deadline.kind === kind)
  if (!due) throw new Error(`no ${kind} is due`)
  const { decision } = given(...events).when(fire(due), {
    ...byClock(later(due.dueAt, late)),
    commandId: `fire/${due.dueAt}`,
  })
  if (!decision.ok) throw new Error(decision.refusal.message)
  return [...events, ...decision.value]
}

function late(...events: TicketEvent[]): boolean {
  const state = folded(events)
  return state.status !== 'absent' && isLate(state)
}

const opened = ticketOpened()
const started = ticketEvent('TicketStarted', { reason: 'manual' })
const waiting = ticketEvent('CustomerWaitStarted', {})
const resolved = ticketEvent('TicketResolved', {})
const silent = [opened, started, waiting]

describe('an alert', () => {
  it('is moot once an agent has acted, however late', () => {
    const urgent = ticketOpened({ priority: 'urgent' })
    const late = after(hours(30))
    const replied = ticketEvent('AgentReplied', { messageId: 'm2', body: 'Pardon' }, { at: late })
    const before = deadlinesOf(urgent, started)
    expect(before.map(({ kind }) => kind)).toEqual(['update', 'stagnation'])
    for (const due of before) {
      given(urgent, started, replied)
        .when(fire(due), byClock(later(late, 1)))
        .then(nothing)
    }
  })
})

describe('a ticket on which the desk is late', () => {
  const urgent = [ticketOpened({ priority: 'urgent' }), started]
  const at = { at: after(hours(30)) }

  it('is one that stagnates, until somebody works on it', () => {
    expect(late(opened, started)).toBe(false)
    const stagnating = fired([opened, started], 'stagnation')
    expect(late(...stagnating)).toBe(true)
    const asked = ticketEvent('CustomerReplied', { messageId: 'm2', body: 'Alors ?' }, { ...at, by: camille })
    expect(late(...stagnating, asked)).toBe(true)
    expect(late(...stagnating, ticketEvent('InternalNoteAdded', { messageId: 'n1', body: 'Vu' }, at))).toBe(false)
  })

  it('is an urgent one whose customer should have received an update, until they have', () => {
    expect(late(...urgent)).toBe(false)
    const overdue = fired(urgent, 'update')
    expect(late(...overdue)).toBe(true)
    expect(late(...overdue, ticketEvent('InternalNoteAdded', { messageId: 'n1', body: 'Vu' }, at))).toBe(true)
    expect(late(...overdue, ticketEvent('AgentReplied', { messageId: 'm2', body: 'Bientôt' }, at))).toBe(false)
  })

  it.each([
    ['is not urgent any more', ticketEvent('PriorityChanged', { from: 'urgent', to: 'high' }, at)],
    ['waits for the customer', ticketEvent('CustomerWaitStarted', {}, at)],
    ['is resolved', ticketEvent('TicketResolved', {}, at)],
  ])('is not one that was overdue and %s', (_, event) => {
    expect(late(...fired(urgent, 'update'), event)).toBe(false)
  })
})

describe('a wait for the customer', () => {
  it('chases after three days, again after five, and closes after seven with a message', () => {
    expect(deadlinesOf(...silent)).toEqual([{ kind: 'chase', dueAt: after(days(3)), cycle: 1 }])
    const once = fired(silent, 'chase')
    expect(once.at(-1)).toMatchObject({
      type: 'ChaseSent',
      step: 1,
      at: after(days(3)),
      policyVersion: 'guichet-default-1',
    })
    expect(once.at(-1)).toMatchObject({ body: expect.stringContaining('depuis 3 jours') })
    const twice = fired(once, 'chase')
    expect(twice.at(-1)).toMatchObject({ type: 'ChaseSent', step: 2, at: after(days(5)) })
    const closed = fired(twice, 'close_unanswered')
    expect(closed.at(-1)).toMatchObject({ type: 'TicketClosed', reason: 'no_reply', at: after(days(7)) })
    expect(closed.at(-1)).toMatchObject({
      message: { language: 'fr', body: expect.stringContaining('depuis 7 jours') },
    })
    expect(deadlinesOf(...closed)).toEqual([])
  })

  it.each([
    ['before the first chase', silent, 1],
    ['after the first', fired(silent, 'chase'), 4],
    ['after both', fired(fired(silent, 'chase'), 'chase'), 6],
  ])('keeps its days when somebody reminds the customer by hand %s', (_, events, day) => {
    const { decision } = given(...events).when({ type: 'chase' }, { at: after(days(day)), commandId: 'by-hand' })
    const reminded = decision.ok ? decision.value : []
    expect(reminded).toMatchObject([{ type: 'CustomerChased', by: alex, language: 'fr' }])
    expect(deadlinesOf(...events, ...reminded)).toEqual(deadlinesOf(...events))
    given(...events, ...reminded)
      .when({ type: 'chase' }, { at: after(days(day)), commandId: 'by-hand' })
      .then(nothing)
  })

  it('is what somebody may remind the customer of, in the words of the chases, by the days that have passed', () => {
    const said = (at: Instant) => {
      const { decision } = given(...silent).when({ type: 'chase' }, { at })
      return decision.ok ? decision.value : []
    }
    expect(said(after(hours(3)))).toMatchObject([{ body: expect.not.stringContaining('depuis') }])
    expect(said(after(days(2)))).toMatchObject([{ body: expect.stringContaining('depuis 2 jours') }])
    given(opened, started).when({ type: 'chase' }).then(refused('ticket_not_waiting'))
    given(opened, started, resolved).when({ type: 'chase' }).then(refused('ticket_resolved'))
    given(...silent)
      .when({ type: 'chase' }, { by: camille })
      .then(refused('not_for_this_actor', 'by'))
  })

  it('keeps two days between the steps after an outage of ten days', () => {
    const once = fired(silent, 'chase', days(7))
    expect(once.at(-1)).toMatchObject({ type: 'ChaseSent', step: 1, at: after(days(10)), dueAt: after(days(3)) })
    expect(deadlinesOf(...once)).toEqual([{ kind: 'chase', dueAt: after(days(12)), cycle: 1 }])
    const twice = fired(once, 'chase')
    expect(deadlinesOf(...twice)).toEqual([{ kind: 'close_unanswered', dueAt: after(days(14)), cycle: 1 }])
  })

  it('keeps its distance from the last chase when the policy has changed since', () => {
    const twice = fired(fired(silent, 'chase'), 'chase', days(3))
    const fewer = { ...defaultTicketPolicy, chaseAfter: [days(3)] }
    expect(ticketDeadlines(folded(twice), constantPolicy(fewer))).toEqual([
      { kind: 'close_unanswered', dueAt: after(days(12)), cycle: 1 },
    ])
    const none = { ...defaultTicketPolicy, chaseAfter: [] }
    expect(ticketDeadlines(folded(twice), constantPolicy(none))).toEqual([
      { kind: 'close_unanswered', dueAt: after(days(15)), cycle: 1 },
    ])
  })

  it('chases under an id that no message of a sender has', () => {
    const [due] = deadlinesOf(...silent)
    const commandId = 'clock/ticket-T1/chase/1'
    const note = ticketEvent('InternalNoteAdded', { messageId: commandId, body: 'x' })
    const chased = due && given(...silent, note).when(fire(due), { ...byClock(due.dueAt), commandId })
    const [event] = chased?.decision.ok ? chased.decision.value : []
    expect(event).toMatchObject({ type: 'ChaseSent', messageId: expect.stringMatching(/^e-[0-9a-f]{32}$/) })
  })

  it('starts a new cycle when the customer replies and is asked again', () => {
    const again = [
      ...fired(silent, 'chase'),
      ticketEvent('CustomerReplied', { messageId: 'm2', body: 'x' }, { at: after(days(4)), by: camille }),
      ticketEvent('CustomerWaitEnded', { reason: 'customer_reply' }, { at: after(days(4)), by: camille }),
      ticketEvent('CustomerWaitStarted', {}, { at: after(days(5)) }),
    ]
    expect(deadlinesOf(...again)).toEqual([{ kind: 'chase', dueAt: after(days(8)), cycle: 2 }])
  })

  it('is announced without a name or a number of days when there is none', () => {
    const policy = { ...defaultTicketPolicy, chaseAfter: [minutes(5)], closeUnansweredAfter: minutes(10) }
    const nameless = ticketOpened({ customer: { id: 'camille' } })
    const due = { type: 'fire' as const, kind: 'chase', cycle: 1, dueAt: after(minutes(5)) }
    const { decision } = specifyTicket({ policy }).given(nameless, started, waiting).when(due, byClock(due.dueAt))
    expect(decision).toMatchObject({
      ok: true,
      value: [{ type: 'ChaseSent', body: expect.not.stringMatching(/[[\]]/) }],
    })
  })

  it('has no chase at all under a policy without chases', () => {
    const policy = { ...defaultTicketPolicy, chaseAfter: [] }
    expect(ticketDeadlines(folded(silent), constantPolicy(policy))).toEqual([
      { kind: 'close_unanswered', dueAt: after(days(7)), cycle: 1 },
    ])
  })
})

describe('a timer', () => {
  const [chase] = deadlinesOf(...silent) as [TicketDeadline]

  it('does nothing a millisecond early', () => {
    given(...silent)
      .when(fire(chase), byClock(later(chase.dueAt, -1)))
      .then(nothing)
  })

  it('does nothing when it fires twice', () => {
    given(...fired(silent, 'chase'))
      .when(fire(chase), byClock(later(chase.dueAt, 1)))
      .then(nothing)
  })

  it('does nothing when it is of an older cycle, unknown, or of a missing ticket', () => {
    given(...silent)
      .when({ ...fire(chase), cycle: 0 }, byClock(after(days(9))))
      .then(nothing)
    given(...silent)
      .when({ ...fire(chase), kind: 'something' }, byClock(after(days(9))))
      .then(nothing)
    given()
      .when(fire(chase), byClock(after(days(9))))
      .then(nothing)
  })

  it('yields to a reply of the same instant that came first', () => {
    given(
      ...silent,
      ticketEvent('CustomerReplied', { messageId: 'm2', body: 'x' }, { at: chase.dueAt, by: camille }),
      ticketEvent('CustomerWaitEnded', { reason: 'customer_reply' }, { at: chase.dueAt, by: camille }),
    )
      .when(fire(chase), byClock(chase.dueAt))
      .then(nothing)
  })

  it('precedes a reply of the same instant that came second, which reopens what it closed', () => {
    const closed = fired(fired(fired(silent, 'chase'), 'chase'), 'close_unanswered')
    given(...closed)
      .when({ type: 'customerReply', body: 'Me voilà' }, { at: after(days(7)), by: camille })
      .then([{ type: 'CustomerReplied' }, { type: 'TicketReopened', from: 'closed', reason: 'customer_reply' }])
  })
})

describe('a resolved ticket', () => {
  it('closes 24 hours after it was resolved', () => {
    const closed = fired([opened, started, resolved], 'close_resolved')
    expect(closed.at(-1)).toMatchObject({
      type: 'TicketClosed',
      from: 'resolved',
      reason: 'solved',
      at: after(hours(24)),
    })
  })

  it('restarts when it is resolved again', () => {
    const again = [
      opened,
      resolved,
      ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }, { at: after(hours(20)) }),
      ticketEvent('TicketResolved', {}, { at: after(hours(21)) }),
    ]
    expect(deadlinesOf(...again)).toEqual([{ kind: 'close_resolved', dueAt: after(hours(45)), cycle: 2 }])
  })
})

describe('a ticket in progress', () => {
  it('is reported once after 24 hours without agent activity, and again only after new activity', () => {
    const reported = fired([opened, started], 'stagnation')
    expect(reported.at(-1)).toMatchObject({ type: 'StagnationDetected', since: monday, at: after(hours(24)) })
    expect(deadlinesOf(...reported)).toEqual([])
    const touched = [...reported, ticketEvent('TicketTagged', { tag: 'x' }, { at: after(hours(30)) })]
    expect(deadlinesOf(...touched)).toMatchObject([{ kind: 'stagnation', dueAt: after(hours(54)) }])
  })

  it('does not count messages of the customer as activity', () => {
    const nagged = ticketEvent(
      'CustomerReplied',
      { messageId: 'm2', body: 'Alors ?' },
      { at: after(hours(5)), by: camille },
    )
    expect(deadlinesOf(opened, started, nagged)).toMatchObject([{ dueAt: after(hours(24)) }])
  })

  it('counts from the moment it is started, whoever starts it', () => {
    const byImport = { at: after(days(3)), by: { kind: 'system', id: 'import' } } as const
    const taken = ticketEvent('TicketStarted', { reason: 'manual' }, byImport)
    expect(deadlinesOf(opened, taken)).toMatchObject([{ kind: 'stagnation', dueAt: after(days(4)) }])
  })
})

describe('an urgent ticket', () => {
  const urgent = ticketOpened({ priority: 'urgent' })

  it('needs an update every two hours, from the opening on', () => {
    expect(deadlinesOf(urgent)).toEqual([{ kind: 'update', dueAt: after(hours(2)), cycle: 0 }])
    const once = fired([urgent], 'update')
    expect(once.at(-1)).toMatchObject({ type: 'UpdateOverdue', since: monday, dueAt: after(hours(2)) })
    expect(deadlinesOf(...once)).toEqual([])
  })

  it('alerts once in a silence, and again only after the next reply', () => {
    const once = fired([urgent, started], 'update')
    const replied = ticketEvent('AgentReplied', { messageId: 'm2', body: 'x' }, { at: after(hours(5)), by: alex })
    const asked = ticketEvent('CustomerReplied', { messageId: 'm3', body: '?' }, { at: after(hours(4)), by: camille })
    expect(deadlinesOf(...once, asked).map(({ kind }) => kind)).toEqual(['stagnation'])
    expect(deadlinesOf(...once, asked, replied)).toMatchObject([{ kind: 'update', dueAt: after(hours(7)) }, {}])
  })

  it('alerts its next agent in the same silence, who has as long as the first one had', () => {
    const once = fired([urgent], 'update')
    const taken = ticketEvent('TicketAssigned', { assignee: { id: 'alex' } }, { at: after(hours(3)), by: sacha })
    const given = [...once, taken]
    expect(late(...given)).toBe(true)
    expect(deadlinesOf(...given)).toMatchObject([{ kind: 'update', dueAt: after(hours(5)) }])
    const twice = fired(given, 'update')
    expect(once.at(-1)).not.toHaveProperty('awaitedSince')
    expect(twice.at(-1)).toMatchObject({
      type: 'UpdateOverdue',
      since: monday,
      awaitedSince: after(hours(3)),
      dueAt: after(hours(5)),
    })
    expect(deadlinesOf(...twice)).toEqual([])
    const before = ticketEvent('TicketAssigned', { assignee: { id: 'alex' } }, { at: after(hours(1)), by: sacha })
    expect(deadlinesOf(urgent, before)).toMatchObject([{ kind: 'update', dueAt: after(hours(2)) }])
  })

  it('counts from the last reply of a person', () => {
    const replied = ticketEvent('AgentReplied', { messageId: 'm2', body: 'x' }, { at: after(hours(1)), by: alex })
    expect(deadlinesOf(urgent, replied)).toMatchObject([{ dueAt: after(hours(3)) }])
    const noted = ticketEvent('InternalNoteAdded', { messageId: 'm3', body: 'x' }, { at: after(hours(1)) })
    expect(deadlinesOf(urgent, noted)).toMatchObject([{ dueAt: after(hours(2)) }])
  })

  it('needs none while it waits for the customer', () => {
    expect(deadlinesOf(urgent, started, waiting).map(({ kind }) => kind)).toEqual(['chase'])
  })

  it('counts from the moment it became urgent', () => {
    const raised = ticketEvent('PriorityChanged', { from: 'low', to: 'urgent' }, { at: after(hours(5)) })
    expect(deadlinesOf(opened, raised)).toMatchObject([{ kind: 'update', dueAt: after(hours(7)) }])
  })
})
