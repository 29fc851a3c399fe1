import { describe, it } from 'vitest'
import { camille, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'

const { given, when } = specifyTicket()
const opened = ticketOpened()
const started = ticketEvent('TicketStarted', { reason: 'manual' })
const waiting = ticketEvent('CustomerWaitStarted', {})
const resolved = ticketEvent('TicketResolved', {})
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' })
const asCustomer = { by: camille }

describe('the lifecycle of a ticket', () => {
  it('opens with the policy named, the default language and each tag once', () => {
    when({
      type: 'open',
      subject: 'Facture',
      body: 'Où est-elle ?',
      customer: { id: 'camille' },
      tags: ['a', 'a'],
    }).then({
      type: 'TicketOpened',
      messageId: 'c1',
      language: 'fr',
      priority: 'normal',
      channel: 'web',
      tags: ['a'],
      policyVersion: 'guichet-default-1',
    })
  })

  it('records whether somebody has set the priority', () => {
    const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'camille' } } as const
    when(open).then({ type: 'TicketOpened', priority: 'normal', priorityGiven: undefined })
    when({ ...open, priority: 'normal' }).then({ type: 'TicketOpened', priority: 'normal', priorityGiven: true })
  })

  it('opens only once', () => {
    given(opened)
      .when({ type: 'open', subject: 'x', body: 'y', customer: { id: 'camille' } })
      .then(refused('ticket_already_open'))
  })

  it('refuses every command before it is opened', () => {
    when({ type: 'start' }).then(refused('ticket_not_found'))
    when({ type: 'customerReply', body: 'x' }, { by: camille }).then(refused('ticket_not_found'))
  })

  it('starts once', () => {
    given(opened).when({ type: 'start' }).then({ type: 'TicketStarted', reason: 'manual' })
    given(opened, started).when({ type: 'start' }).then(nothing)
  })

  it('resumes a ticket that waited for the customer', () => {
    given(opened, started, waiting).when({ type: 'start' }).then({ type: 'CustomerWaitEnded', reason: 'manual' })
  })

  it('starts a new ticket before it waits for the customer', () => {
    given(opened)
      .when({ type: 'waitForCustomer' })
      .then([{ type: 'TicketStarted', reason: 'wait' }, { type: 'CustomerWaitStarted' }])
    given(opened, started, waiting).when({ type: 'waitForCustomer' }).then(nothing)
  })

  it('resolves once, from new through in progress', () => {
    given(opened)
      .when({ type: 'resolve', summary: 'Renvoyée' })
      .then([
        { type: 'TicketStarted', reason: 'resolve' },
        { type: 'TicketResolved', summary: 'Renvoyée' },
      ])
    given(opened, started, resolved).when({ type: 'resolve' }).then(nothing)
  })

  it('closes at once when the customer confirms', () => {
    given(opened, started, resolved)
      .when({ type: 'confirm' }, asCustomer)
      .then({ type: 'TicketClosed', from: 'resolved', reason: 'confirmed' })
  })

  it('refuses the confirmation of another customer', () => {
    given(opened, started, resolved)
      .when({ type: 'confirm' }, { by: { kind: 'customer', id: 'dominique' } })
      .then(refused('not_the_customer'))
  })

  it('refuses the confirmation of a ticket that is not resolved', () => {
    given(opened, started).when({ type: 'confirm' }, asCustomer).then(refused('ticket_not_resolved'))
  })

  it('closes with the reason given, and a repeat changes nothing', () => {
    given(opened)
      .when({ type: 'close', reason: 'invalid', note: 'Mauvais service' })
      .then({ type: 'TicketClosed', from: 'new', reason: 'invalid', note: 'Mauvais service' })
    given(opened, started, resolved, closed).when({ type: 'close' }).then(nothing)
  })

  it('reserves the reasons of the clock and of spam for themselves', () => {
    const reason = 'spam' as 'other'
    given(opened).when({ type: 'close', reason }).then(refused('invalid_command', 'reason'))
  })

  it('reopens what is resolved or closed, by hand', () => {
    given(opened, started, resolved)
      .when({ type: 'reopen', note: 'Pas fini' })
      .then({ type: 'TicketReopened', from: 'resolved', reason: 'manual', note: 'Pas fini' })
    given(opened, started, resolved, closed)
      .when({ type: 'reopen' })
      .then({ type: 'TicketReopened', from: 'closed', reason: 'manual' })
    given(opened, started).when({ type: 'reopen' }).then(nothing)
    given(opened).when({ type: 'reopen' }).then(refused('ticket_not_closed'))
  })

  it('goes from new to closed as spam, without a message to the sender', () => {
    const spam = ticketEvent('TicketClosed', { from: 'new', reason: 'spam' })
    given(opened)
      .when({ type: 'markSpam' })
      .then({ type: 'TicketClosed', from: 'new', reason: 'spam', message: undefined })
    given(opened, spam).when({ type: 'markSpam' }).then(nothing)
    given(opened, started, resolved, closed).when({ type: 'markSpam' }).then(refused('ticket_closed'))
  })
})
