import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../kernel/decider.ts'
import { limits } from '../kernel/limits.ts'
import { days } from '../kernel/time.ts'
import { isId } from '../kernel/values.ts'
import { after, alex, camille, monday, sacha, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { ticketDeadlines } from './deadlines.ts'
import { constantPolicy, defaultTicketPolicy } from './policy.ts'
import { ticketAggregate } from './ticket.ts'

const { given } = specifyTicket()
const opened = ticketOpened()
const started = ticketEvent('TicketStarted', { reason: 'manual' })
const waiting = ticketEvent('CustomerWaitStarted', {})
const resolved = ticketEvent('TicketResolved', {})
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' })
const bot = { kind: 'system', id: 'bot' } as const
const asCustomer = { by: camille }

describe('a reply of the desk', () => {
  it.each(['x', '漢', '😀'])(`has up to ${limits.body} characters, of %s`, (character) => {
    given(opened, started)
      .when({ type: 'agentReply', body: character.repeat(limits.body) })
      .then([{ type: 'AgentReplied', messageId: 'c1', body: character.repeat(limits.body), then: undefined }])
  })

  it('starts work on a new ticket', () => {
    given(opened)
      .when({ type: 'agentReply', body: 'Bonjour' })
      .then([
        { type: 'AgentReplied', messageId: 'c1', body: 'Bonjour', then: undefined },
        { type: 'TicketStarted', reason: 'agent_reply' },
      ])
  })

  it('leaves the ticket waiting or resolved when it names that status', () => {
    given(opened, started)
      .when({ type: 'agentReply', body: 'Laquelle ?', then: 'waiting_customer' })
      .then([{ type: 'AgentReplied', then: 'waiting_customer' }, { type: 'CustomerWaitStarted' }])
    given(opened, started)
      .when({ type: 'agentReply', body: 'Voilà', then: 'resolved' })
      .then([{ type: 'AgentReplied', then: 'resolved' }, { type: 'TicketResolved' }])
  })

  it('restarts the wait when it asks again', () => {
    given(opened, started, waiting)
      .when({ type: 'agentReply', body: 'Encore ?', then: 'waiting_customer' })
      .then([
        { type: 'AgentReplied' },
        { type: 'CustomerWaitEnded', reason: 'agent_reply' },
        { type: 'CustomerWaitStarted' },
      ])
  })

  it('does not reopen a resolved ticket, and is refused on a closed one', () => {
    given(opened, started, resolved)
      .when({ type: 'agentReply', body: 'Bonne journée' })
      .then({ type: 'AgentReplied', then: undefined })
    given(opened, started, resolved)
      .when({ type: 'agentReply', body: 'Bonne journée', then: 'resolved' })
      .then({ type: 'AgentReplied', then: undefined })
    for (const then of ['waiting_customer', 'in_progress'] as const) {
      given(opened, started, resolved)
        .when({ type: 'agentReply', body: 'Et ceci ?', then })
        .then(refused('ticket_resolved', 'then'))
    }
    given(opened, started, resolved, closed).when({ type: 'agentReply', body: 'x' }).then(refused('ticket_closed'))
  })

  it('counts as first response only when a person gives it', () => {
    const automatic = given(opened).when({ type: 'agentReply', body: 'Bien reçu' }, { by: bot })
    expect(automatic.state).toMatchObject({ status: 'new', firstRespondedAt: undefined })
    const personal = given(opened).when({ type: 'agentReply', body: 'Bonjour' }, { by: alex })
    expect(personal.state).toMatchObject({ firstRespondedAt: monday })
  })

  it('meets no target when it is automatic: no wait ends, no work begins', () => {
    for (const history of [[opened], [opened, started], [opened, started, waiting]]) {
      const automatic = given(...history).when(
        { type: 'agentReply', body: 'Bien reçu' },
        { by: bot, at: after(days(1)) },
      )
      automatic.then({ type: 'AgentReplied' })
      const before = fold(ticketAggregate, history)
      expect(ticketDeadlines(automatic.state, constantPolicy(defaultTicketPolicy))).toEqual(
        ticketDeadlines(before, constantPolicy(defaultTicketPolicy)),
      )
    }
  })

  it('leads to the status that an automatic one names, but does not restart a wait that is under way', () => {
    given(opened, started, waiting)
      .when({ type: 'agentReply', body: 'Toujours là ?', then: 'waiting_customer' }, { by: bot })
      .then({ type: 'AgentReplied', then: undefined })
    given(opened)
      .when({ type: 'agentReply', body: 'Voici', then: 'resolved' }, { by: bot })
      .then([{ type: 'AgentReplied' }, { type: 'TicketStarted', reason: 'resolve' }, { type: 'TicketResolved' }])
    given(opened, started, waiting)
      .when({ type: 'agentReply', body: 'On y va', then: 'in_progress' }, { by: bot })
      .then([{ type: 'AgentReplied' }, { type: 'CustomerWaitEnded' }])
  })

  it('is stored once', () => {
    const said = ticketEvent('AgentReplied', { messageId: 'm2', body: 'Bonjour' })
    given(opened, said, started).when({ type: 'agentReply', messageId: 'm2', body: 'Bonjour' }).then(nothing)
  })

  it('is refused under the id of a message with another author, kind or text', () => {
    const said = ticketEvent('AgentReplied', { messageId: 'm2', body: 'Bonjour' })
    const reused = refused('message_id_reused', 'messageId')
    given(opened, said).when({ type: 'agentReply', messageId: 'm2', body: 'Bonsoir' }).then(reused)
    given(opened, said).when({ type: 'agentReply', messageId: 'm2', body: 'Bonjour' }, { by: sacha }).then(reused)
    given(opened, said).when({ type: 'addNote', messageId: 'm2', body: 'Bonjour' }).then(reused)
    given(opened).when({ type: 'customerReply', messageId: 'm1', body: 'x' }, asCustomer).then(reused)
  })

  it('is no repeat when it names a status that it has not led to', () => {
    const said = { messageId: 'm2', body: 'Bonjour' } as const
    const reused = refused('message_id_reused', 'then')
    const plain = [opened, ticketEvent('AgentReplied', said), started]
    given(...plain)
      .when({ type: 'agentReply', ...said, then: 'resolved' })
      .then(reused)
    given(...plain, waiting)
      .when({ type: 'agentReply', ...said, then: 'in_progress' })
      .then(nothing)
    given(...plain, resolved)
      .when({ type: 'agentReply', ...said, then: 'resolved' })
      .then(nothing)
    const asking = [opened, started, ticketEvent('AgentReplied', { ...said, then: 'waiting_customer' }), waiting]
    const answered = ticketEvent('CustomerWaitEnded', { reason: 'customer_reply' })
    given(...asking, answered)
      .when({ type: 'agentReply', ...said, then: 'waiting_customer' })
      .then(nothing)
    given(...asking)
      .when({ type: 'agentReply', ...said, then: 'in_progress' })
      .then(reused)
    given(...asking)
      .when({ type: 'agentReply', ...said, then: 'resolved' })
      .then(reused)
  })

  it('has an id that attachments can refer to, whatever the id of its command', () => {
    const replied = given(opened).when({ type: 'agentReply', body: 'Voici' }, { commandId: '!'.repeat(200) })
    const [event] = replied.decision.ok ? replied.decision.value : []
    const id = event?.type === 'AgentReplied' ? event.messageId : ''
    expect(isId(id)).toBe(true)
  })

  it('cannot use an id that the desk derives for a message of its own', () => {
    const derived = `m-${'0'.repeat(32)}`
    const free = refused('invalid_command', 'messageId')
    given(opened).when({ type: 'agentReply', messageId: derived, body: 'x' }).then(free)
    given(opened).when({ type: 'addNote', messageId: derived, body: 'x' }).then(free)
    given(opened).when({ type: 'customerReply', messageId: derived, body: 'x' }, asCustomer).then(free)
    const replied = given(opened).when({ type: 'agentReply', body: 'x' }, { commandId: derived })
    const [event] = replied.decision.ok ? replied.decision.value : []
    expect(event).toMatchObject({ messageId: expect.not.stringMatching(derived) })
  })

  it('needs either a body or a template', () => {
    given(opened).when({ type: 'agentReply' }).then(refused('invalid_command', 'body'))
    given(opened).when({ type: 'agentReply', body: 'x', template: 'solution' }).then(refused('invalid_command', 'body'))
  })
})

describe('a template', () => {
  it('is filled with the names, the subject and the values given', () => {
    given(ticketOpened({ subject: 'Facture [février]' }))
      .when({
        type: 'agentReply',
        template: 'premiere_reponse',
        values: { "Réponse ou demande d'informations": 'Laquelle ? [Prénom]' },
      })
      .then([
        {
          type: 'AgentReplied',
          template: 'premiere_reponse',
          body: `Bonjour Camille,

Merci pour votre message. J'ai bien pris en compte votre demande concernant Facture [février].

Laquelle ? [Prénom]

Je reste à votre disposition.

Cordialement,
Alex
Équipe Support`,
        },
        { type: 'TicketStarted' },
      ])
  })

  it('contains the number of days that the customer has been silent', () => {
    const { decision } = given(opened, started, waiting).when(
      { type: 'agentReply', template: 'fermeture_sans_reponse' },
      { at: after(days(7)) },
    )
    expect(decision).toMatchObject({ ok: true, value: [{ body: expect.stringContaining('depuis 7 jours') }, {}] })
  })

  it('is never sent with a placeholder that has no value', () => {
    given(opened)
      .when({ type: 'agentReply', template: 'solution' })
      .then(refused('placeholder_without_value', 'values'))
    given(opened, started)
      .when({ type: 'agentReply', template: 'fermeture_sans_reponse' })
      .then(refused('placeholder_without_value'))
    given(opened)
      .when({ type: 'agentReply', body: 'Bonjour [Prénom]' }, { aggregateId: 'T1' })
      .then([{ type: 'AgentReplied', body: 'Bonjour Camille' }, { type: 'TicketStarted' }])
    given(ticketOpened({ customer: { id: 'camille' } }))
      .when({ type: 'agentReply', body: 'Bonjour [Prénom]' })
      .then(refused('placeholder_without_value'))
  })

  it('must exist in the language of the ticket', () => {
    given(opened).when({ type: 'agentReply', template: 'first_reply' }).then(refused('template_unknown', 'template'))
  })

  it('is refused when the values make it longer than a message may be', () => {
    const long = 'x'.repeat(limits.body)
    given(opened)
      .when({ type: 'agentReply', template: 'premiere_reponse', values: { "Réponse ou demande d'informations": long } })
      .then(refused('invalid_command', 'body'))
  })
})

describe('a verbatim reply', () => {
  const written = fc
    .array(
      fc.constantFrom('[Subject]', '[sujet]', '[Prénom]', '[Signature]', '[X jours]', '[', ']', ' ', '\n', '$&', 'é'),
    )
    .map((parts) => parts.join(''))
    .filter((body) => body.trim() !== '')

  it('is stored exactly as it was written, whatever is in brackets', () =>
    fc.assert(
      fc.property(written, fc.constantFrom('fr', 'en'), (body, language) => {
        given(ticketOpened({ language, customer: { id: 'camille' } }))
          .when({ type: 'agentReply', body, verbatim: true })
          .then([{ type: 'AgentReplied', body }, { type: 'TicketStarted' }])
      }),
    ))

  it('has a body: templates and values are only for placeholders', () => {
    const refusedAt = (field: string) => refused('invalid_command', field)
    given(opened).when({ type: 'agentReply', template: 'solution', verbatim: true }).then(refusedAt('verbatim'))
    given(opened)
      .when({ type: 'agentReply', body: '[Ville]', values: { Ville: 'Lyon' }, verbatim: true })
      .then(refusedAt('verbatim'))
    given(opened)
      .when({ type: 'agentReply', body: '[Prénom] de [Ville]', values: { Ville: 'Lyon' }, verbatim: false })
      .then([{ type: 'AgentReplied', body: 'Camille de Lyon' }, { type: 'TicketStarted' }])
  })

  it('is a repeat of the same text that came from placeholders', () => {
    given(opened, ticketEvent('AgentReplied', { messageId: 'm2', body: 'Bonjour Camille' }))
      .when({ type: 'agentReply', messageId: 'm2', body: 'Bonjour Camille', verbatim: true })
      .then(nothing)
  })
})

describe('a reply of the customer', () => {
  it('leaves a new ticket new and one in progress in progress', () => {
    given(opened).when({ type: 'customerReply', body: 'Alors ?' }, asCustomer).then({ type: 'CustomerReplied' })
    given(opened, started)
      .when({ type: 'customerReply', body: 'Alors ?' }, asCustomer)
      .then({ type: 'CustomerReplied' })
  })

  it('ends the wait', () => {
    given(opened, started, waiting)
      .when({ type: 'customerReply', body: 'Celle de février' }, asCustomer)
      .then([{ type: 'CustomerReplied' }, { type: 'CustomerWaitEnded', reason: 'customer_reply' }])
  })

  it.each([
    ['resolved' as const, [opened, started, resolved]],
    ['closed' as const, [opened, started, resolved, closed]],
  ])('brings a %s ticket back to work', (from, history) => {
    given(...history)
      .when({ type: 'customerReply', body: 'Toujours pas' }, asCustomer)
      .then([{ type: 'CustomerReplied' }, { type: 'TicketReopened', from, reason: 'customer_reply' }])
  })
})

describe('the history of a ticket', () => {
  it('holds opening, first response, the last resolution, and how often it was resolved and reopened', () => {
    const { state } = given(
      opened,
      ticketEvent('AgentReplied', { messageId: 'm2', body: 'a' }, { at: after(1) }),
      ticketEvent('TicketResolved', {}, { at: after(2) }),
      ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }, { at: after(3) }),
      ticketEvent('TicketResolved', {}, { at: after(4) }),
      ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' }, { at: after(5) }),
    ).when({ type: 'reopen' }, { at: after(days(30)) })
    expect(state).toMatchObject({
      openedAt: monday,
      firstRespondedAt: after(1),
      resolutions: 2,
      lastResolvedAt: after(4),
      reopenings: 2,
    })
  })

  it('never runs backwards, even when the clock of a sender does', () => {
    const late = ticketEvent('TicketStarted', { reason: 'manual' }, { at: after(10_000) })
    given(opened, late)
      .when({ type: 'resolve' }, { at: after(5_000) })
      .then({ type: 'TicketResolved', at: after(10_000) })
  })
})
