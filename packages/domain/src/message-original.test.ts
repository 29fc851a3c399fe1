import { describe, expect, it } from 'vitest'
import { fold } from './kernel/decider.ts'
import { limits } from './kernel/limits.ts'
import { changedMessage } from './chat/changed-message.ts'
import type { ChatMessage } from './chat/changed-message.ts'
import { after, alex, camille, chatEvent, chatStarted, ticketEvent, ticketOpened } from './testing/examples.ts'
import { nothing, refused, specifyChat, specifyTicket } from './testing/specification.ts'
import { redactedBy, withoutRedacted } from './ticket/redaction.ts'
import { evolveTicket } from './ticket/state.ts'

const original = { body: 'Votre commande part [demain].', language: 'fr' }
const body = 'Your order leaves tomorrow.'

describe('the original of a reply', () => {
  const { given } = specifyTicket()
  const reply = { type: 'agentReply', messageId: 'm', body, original } as const
  const replied = ticketEvent('AgentReplied', { messageId: 'm', body, original }, { by: alex })

  it('stays with the text that the customer reads, as it was written', () => {
    given(ticketOpened(), ticketEvent('TicketStarted', { reason: 'manual' }))
      .when(reply, { by: alex })
      .then(replied)
    given(ticketOpened(), replied).when(reply, { by: alex }).then(nothing)
  })

  it('goes with a body, and within its limits', () => {
    const { body: _, ...others } = reply
    const fields = [
      [{ ...others, template: 'closing' }, 'original'],
      [{ ...reply, original: { ...original, body: ' ' } }, 'original.body'],
      [{ ...reply, original: { ...original, body: 'x'.repeat(limits.body + 1) } }, 'original.body'],
      [{ ...reply, original: { ...original, language: 'French' } }, 'original.language'],
    ] as const
    for (const [command, field] of fields)
      given(ticketOpened()).when(command, { by: alex }).then(refused('invalid_command', field))
  })

  it('goes with any part of the text that is removed', () => {
    for (const left of ['', 'Your order leaves.', body]) {
      const removed = ticketEvent('TicketMessageRedacted', {
        messageId: 'm',
        body: left,
        internal: false,
        attachmentIds: [],
      })
      const history = [ticketOpened(), replied, removed]
      const shown = withoutRedacted(history.map((event) => ({ event })))
      expect(JSON.stringify(shown)).not.toContain('commande')
      const state = fold({ initial: { status: 'absent' } as const, evolve: evolveTicket }, history)
      if (state.status === 'absent') throw new Error('the ticket was opened')
      expect(JSON.stringify(redactedBy(state, replied))).not.toContain('commande')
    }
  })
})

describe('the original of a message of a chat', () => {
  const { given } = specifyChat()
  const active = [
    chatStarted(),
    chatEvent('ChatOffered', {
      round: 1,
      agent: { id: 'alex', name: 'Alex Martin' },
      agentVersion: 7,
      expiresAt: after(20_000),
    }),
    chatEvent('ChatAccepted', { round: 1, agent: { id: 'alex', name: 'Alex Martin' } }),
  ]
  const send = { type: 'send', messageId: 'm', body, original } as const
  const sent = chatEvent('ChatMessageSent', { messageId: 'm', kind: 'text', body, original }, { by: alex })

  it('stays with the text that the customer reads', () => {
    given(...active)
      .when(send, { by: alex })
      .then(sent)
    given(...active, sent)
      .when(send, { by: alex })
      .then(nothing)
    given(...active, sent)
      .when({ ...send, original: { ...original, body: 'Autre chose' } }, { by: alex })
      .then(refused('chat_message_id_reused', 'messageId'))
  })

  it('is of a text of the desk alone', () => {
    given(...active)
      .when(send, { by: camille })
      .then(refused('chat_kind_not_allowed', 'original'))
    given(...active)
      .when({ ...send, kind: 'note' }, { by: alex })
      .then(refused('chat_kind_not_allowed', 'original'))
  })

  it('is gone once the text is changed or removed', () => {
    const edited = chatEvent('ChatMessageEdited', { messageId: 'm', body: 'Tomorrow.', internal: false })
    const removed = chatEvent('ChatMessageRedacted', { messageId: 'm', internal: false })
    for (const event of [edited, removed])
      expect(JSON.stringify(changedMessage<ChatMessage>(sent, event))).not.toContain('commande')
  })
})
