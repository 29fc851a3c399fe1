import { describe, expect, it } from 'vitest'
import { chatActor } from '../kernel/actor.ts'
import { fold } from '../kernel/decider.ts'
import { alex, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { withoutRedacted } from './redaction.ts'
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

  it('shows no first line of it in the briefing of an escalation', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'PIN 0000' })
    const history = [ticketOpened(), note, { ...redacted, messageId: 'n', internal: true, attachmentIds: [] }]
    const state = fold({ initial: { status: 'absent' } as const, evolve: evolveTicket }, history)
    expect(JSON.stringify(state)).not.toContain('PIN')
  })
})
