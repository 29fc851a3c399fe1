import { describe, expect, it } from 'vitest'
import { fold } from '../kernel/decider.ts'
import { days, hours } from '../kernel/time.ts'
import { after, alex, camille, ticketEvent, ticketOpened } from '../testing/examples.ts'
import type { TicketEvent } from './events.ts'
import type { TicketState } from './state.ts'
import { evolveTicket } from './state.ts'

const absent: TicketState = { status: 'absent' }
const facts = (...events: TicketEvent[]) => {
  const state = fold({ initial: absent, evolve: evolveTicket }, events)
  if (state.status === 'absent') throw new Error('there is no ticket')
  const { lastCustomerReplyAt, lastAgentReplyAt, unreadSince, waitingSince } = state
  return { lastCustomerReplyAt, lastAgentReplyAt, unreadSince, waitingSince }
}

const robot = { kind: 'system', id: 'autoresponder' } as const
const opened = ticketOpened()
const started = ticketEvent('TicketStarted', { reason: 'manual' })
const waiting = ticketEvent('CustomerWaitStarted', {}, { at: after(hours(1)) })
const wrote = (hour: number) =>
  ticketEvent('CustomerReplied', { messageId: `c${hour}`, body: 'Alors ?' }, { at: after(hours(hour)), by: camille })
const replied = (hour: number, by: TicketEvent['by'] = alex) =>
  ticketEvent('AgentReplied', { messageId: `a${hour}`, body: 'Voici' }, { at: after(hours(hour)), by })

describe('the last replies of a ticket', () => {
  it('are those of the customer, from the opening on, and of people of the desk', () => {
    expect(facts(opened)).toMatchObject({ lastCustomerReplyAt: opened.at, lastAgentReplyAt: undefined })
    expect(facts(opened, wrote(2), replied(3))).toMatchObject({
      lastCustomerReplyAt: after(hours(2)),
      lastAgentReplyAt: after(hours(3)),
    })
    expect(facts(opened, replied(3, robot)).lastAgentReplyAt).toBeUndefined()
  })

  it('are no reminders and no notes, and a wait begins with neither', () => {
    const text = { messageId: 'm', body: 'x', language: 'fr', policyVersion: '1' }
    const later = { at: after(days(4)) }
    const others = [
      ticketEvent('ChaseSent', { ...text, step: 1, dueAt: after(days(3)), cycle: 1 }, { ...later, by: robot }),
      ticketEvent('CustomerChased', text, later),
      ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'x' }, later),
    ]
    for (const other of others) expect(facts(opened, started, waiting, other)).toEqual(facts(opened, started, waiting))
    expect(facts(opened, started, waiting).waitingSince).toBe(after(hours(1)))
  })

  it('include the question that a merged ticket brought along, if it is younger', () => {
    const absorbed = (since: number) =>
      ticketEvent('AbsorptionCompleted', { source: 'T2', waitingSince: after(hours(since)) }, { at: after(hours(9)) })
    expect(facts(opened, wrote(2), absorbed(5)).lastCustomerReplyAt).toBe(after(hours(5)))
    expect(facts(opened, wrote(2), absorbed(1)).lastCustomerReplyAt).toBe(after(hours(2)))
  })

  it('begin, for a ticket that was split off, when its customer wrote', () => {
    const splitFrom = { ticketId: 'T0', messageId: 'm', waitingSince: after(hours(1)) }
    expect(facts(ticketOpened({ splitFrom }, { at: after(hours(6)) })).lastCustomerReplyAt).toBe(after(hours(1)))
  })
})

describe('a message of the customer', () => {
  it('is unread until an agent does something on the ticket, whatever it is', () => {
    expect(facts(opened).unreadSince).toBe(opened.at)
    expect(facts(opened, wrote(2)).unreadSince).toBe(opened.at)
    expect(facts(opened, replied(1), wrote(2), wrote(3)).unreadSince).toBe(after(hours(2)))
    for (const act of [
      replied(4),
      ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'lu' }, { at: after(hours(4)) }),
      ticketEvent('TicketTagged', { tag: 'lu' }, { at: after(hours(4)) }),
    ])
      expect(facts(opened, wrote(2), act).unreadSince).toBeUndefined()
  })

  it('stays unread when only the engine acts, and is read by whoever wrote it down', () => {
    const routed = ticketEvent('TicketTagged', { tag: 'auto' }, { at: after(hours(3)), by: robot })
    expect(facts(opened, replied(1), wrote(2), routed, replied(4, robot)).unreadSince).toBe(after(hours(2)))
    expect(facts({ ...opened, by: alex }).unreadSince).toBeUndefined()
  })

  it('stays unread, and the ticket idle, when an agent removes content, which may be done in their name later', () => {
    const data = { messageId: 'm', internal: false, body: '', attachmentIds: [] }
    const redacted = ticketEvent('TicketMessageRedacted', data, { at: after(hours(5)), by: alex })
    const history = [opened, replied(1), wrote(2), redacted]
    expect(fold({ initial: absent, evolve: evolveTicket }, history)).toMatchObject({
      unreadSince: after(hours(2)),
      lastAgentActivityAt: after(hours(1)),
      updatedAt: redacted.at,
    })
  })

  it('is unread no longer once the ticket is closed, by whomever, until the customer writes again', () => {
    const closed = ticketEvent('TicketClosed', { from: 'new', reason: 'spam' }, { at: after(hours(3)), by: robot })
    expect(facts(opened, wrote(2), closed).unreadSince).toBeUndefined()
    const reopened = ticketEvent(
      'TicketReopened',
      { from: 'closed', reason: 'customer_reply' },
      { at: after(hours(4)), by: camille },
    )
    expect(facts(opened, closed, wrote(4), reopened).unreadSince).toBe(after(hours(4)))
  })
})
