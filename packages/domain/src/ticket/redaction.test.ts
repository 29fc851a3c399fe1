import { describe, expect, it } from 'vitest'
import { chatActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { alex, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { redactedBy, withoutRedacted } from './redaction.ts'
import { evolveTicket } from './state.ts'

const { given } = specifyTicket()

const replied = ticketEvent('CustomerReplied', { messageId: 'm', body: 'Card 4970' })
const attached = ticketEvent('AttachmentAdded', {
  attachmentId: 'a',
  fileId: 'a',
  messageId: 'm',
  name: 'card.png',
  mediaType: 'image/png',
  bytes: 3,
  visibility: 'public',
})
const redacted = ticketEvent('TicketMessageRedacted', {
  messageId: 'm',
  body: '',
  internal: false,
  attachmentIds: ['a'],
  reason: 'a card',
})

describe('the removal of the content of a message', () => {
  const redact = { type: 'redactMessage', messageId: 'm', reason: 'a card' } as const

  it('removes its text and its attachments', () => {
    given(ticketOpened(), replied, attached).when(redact, { by: alex }).then(redacted)
  })

  it('changes nothing when it is repeated', () => {
    given(ticketOpened(), replied, attached, redacted).when(redact, { by: alex }).then(nothing)
  })

  it('removes a part of the text, and then more', () => {
    const part = { type: 'redactMessage' as const, messageId: 'm', remainder: 'Card', attachmentIds: [] }
    const { reason: _, ...partly } = { ...redacted, body: 'Card', attachmentIds: [], by: chatActor }
    given(ticketOpened(), replied, attached).when(part, { by: chatActor }).then(partly)
    given(ticketOpened(), replied, attached, partly).when(redact, { by: alex }).then(redacted)
  })

  it('takes the subject along, once until the ticket is renamed', () => {
    const both = { ...redact, subject: 'A payment' }
    const gone = { ...redacted, subject: 'A payment' }
    given(ticketOpened(), replied, attached).when(both, { by: alex }).then(gone)
    given(ticketOpened(), replied, attached, gone).when(both, { by: alex }).then(nothing)
    given(ticketOpened(), replied, attached, gone).when(redact, { by: alex }).then(nothing)
    const again = { ...gone, attachmentIds: [] }
    given(ticketOpened(), replied, attached, redacted).when(both, { by: alex }).then(again)
    const renamed = ticketEvent('TicketRenamed', { from: 'A payment', to: 'Card 4970' })
    given(ticketOpened(), replied, attached, gone, renamed).when(both, { by: alex }).then(again)
  })

  it('takes no subject along with an internal note, which customers are not shown', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'm', body: 'Card 4970' })
    const removal = { ...redacted, internal: true, attachmentIds: [] }
    given(ticketOpened(), note)
      .when({ ...redact, subject: 'A payment' }, { by: alex })
      .then(refused('message_internal', 'subject'))
    given(ticketOpened(), note).when(redact, { by: alex }).then(removal)
  })

  it('is refused for a message that the ticket does not have', () => {
    given(ticketOpened())
      .when({ ...redact, messageId: 'x' }, { by: alex })
      .then(refused('message_not_found'))
  })

  it('is not for customers', () => {
    const zoe = { kind: 'customer', id: 'zoe' } as const
    given(ticketOpened(), replied).when(redact, { by: zoe }).then(refused('not_for_this_actor'))
  })
})

describe('a history without what was removed', () => {
  const shown = (...events: Parameters<typeof evolveTicket>[1][]) =>
    JSON.stringify(withoutRedacted(events.map((event) => ({ event }))))

  it('shows neither the text, nor the attachment, nor what an earlier removal had left', () => {
    const { reason: _, ...partly } = { ...redacted, body: 'Card 49', attachmentIds: [] }
    const text = shown(ticketOpened(), replied, attached, partly, redacted)
    expect(text).not.toMatch(/4970|Card 49|card\.png/)
    expect(text).toContain('AttachmentAdded')
  })

  it('shows no subject from before a removal, in no event, and the later ones', () => {
    const split = ticketEvent('TicketSplit', {
      messageId: 'm',
      into: 'other',
      subject: 'PIN 0000',
      waitingSince: replied.at,
    })
    const history = [
      { ...ticketOpened(), subject: 'PIN 0000' },
      replied,
      ticketEvent('TicketRenamed', { from: 'PIN 0000', to: 'Pin 0000!' }),
      split,
      ticketEvent('TicketEscalated', {
        reason: 'x',
        briefing: {
          customerId: 'zoe',
          subject: 'Pin 0000!',
          priority: 'normal',
          openedAt: split.at,
          reopenings: 0,
          tried: [],
          triedBefore: 0,
          targets: [],
          related: [],
          earlier: [],
        },
      }),
      { ...redacted, subject: 'PIN again' },
      { ...redacted, subject: 'Left' },
      ticketEvent('TicketRenamed', { from: 'Left', to: 'Later' }),
    ]
    const text = shown(...history)
    expect(text).not.toMatch(/0000|PIN/i)
    expect(text).toContain('"from":"Left","to":"Later"')
    const state = fold({ initial: { status: 'absent' } as const, evolve: evolveTicket }, history)
    if (state.status === 'absent') throw new Error('there is no ticket')
    expect(state.subject).toBe('Later')
    const followed = history.filter((event) => event !== split).map((event) => redactedBy(state, event))
    expect(JSON.stringify(followed)).not.toMatch(/0000|PIN/i)
    expect(JSON.stringify(state)).not.toMatch(/PIN/i)
  })

  const classified = ticketEvent('TicketClassified', {
    category: 'billing',
    tags: [],
    confidence: 1,
    classifier: 'model',
    version: '1',
    alternatives: [],
    reasons: [{ evidence: 'pin 0000', weight: 1 }],
    policyVersion: '1',
  })
  const firstMessageId = ticketOpened().messageId

  it.each([
    ['the first message', false, { messageId: firstMessageId, body: '' }],
    ['a part of the first message', false, { messageId: firstMessageId, body: 'Left' }],
    ['the subject', false, { subject: 'Left' }],
    ['another message', true, {}],
  ])('shows the words that spoke for a classification after the removal of %s: %s', (_, isShown, removal) => {
    const history = [ticketOpened(), classified, replied, { ...redacted, attachmentIds: [], ...removal }]
    const state = fold({ initial: { status: 'absent' } as const, evolve: evolveTicket }, history)
    if (state.status === 'absent') throw new Error('there is no ticket')
    expect(shown(...history).includes('pin 0000')).toBe(isShown)
    expect(JSON.stringify(redactedBy(state, classified)).includes('pin 0000')).toBe(isShown)
    expect(shown(...history)).toContain('"category":"billing"')
  })

  it('leaves the subject of a ticket that was split off to that ticket', () => {
    const split = ticketEvent('TicketSplit', {
      messageId: 'm',
      into: 'T2',
      subject: 'PIN 0000',
      waitingSince: replied.at,
    })
    expect(shown(ticketOpened(), replied, split)).not.toContain('PIN')
    const untouched = [ticketOpened(), replied].map((event) => ({ event }))
    expect(withoutRedacted(untouched)).toBe(untouched)
  })

  it('shows no first line of it in the briefing of an escalation', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'PIN 0000' })
    const history = [ticketOpened(), note, { ...redacted, messageId: 'n', internal: true, attachmentIds: [] }]
    const state = fold({ initial: { status: 'absent' } as const, evolve: evolveTicket }, history)
    expect(JSON.stringify(state)).not.toContain('PIN')
  })
})
