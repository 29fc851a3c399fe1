import { describe, expect, it } from 'vitest'
import { minutes } from '../kernel/time.ts'
import { after, alex, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'

const { given, when } = specifyChat()
const clock = { kind: 'system', id: 'clock' } as const
const agent = { id: 'alex', name: 'Alex Martin' } as const
const other = { id: 'sacha', name: 'Sacha Petit' } as const
const seconds = (n: number) => n * 1_000

const offered = (round = 1, to: { readonly id: string; readonly name?: string } = agent) =>
  chatEvent('ChatOffered', { round, agent: to, agentVersion: 7, expiresAt: after(seconds(20)) })
const accepted = chatEvent('ChatAccepted', { round: 1, agent }, { at: after(seconds(5)) })
const active = [chatStarted(), offered(), accepted] as const
const message = (messageId: string, by = camille, at = after(seconds(6))) =>
  chatEvent('ChatMessageSent', { messageId, kind: 'text', body: 'Bonjour' }, { at, by })

describe('the queue', () => {
  it('begins with a chat that waits, with its first message', () => {
    const start = { type: 'start', customer: { id: 'camille' }, message: { messageId: 'm1', body: 'Bonjour' } } as const
    when(start, { by: camille }).then([
      { type: 'ChatStarted', channel: 'web', language: 'fr', priority: 'normal' },
      { type: 'ChatMessageSent', messageId: 'm1', kind: 'text', body: 'Bonjour' },
    ])
    when(start, { by: { kind: 'customer', id: 'zoe' } }).then(refused('not_the_customer', 'customer'))
    given(chatStarted()).when(start, { by: camille }).then(refused('chat_already_started'))
    specifyChat({ channels: { web: { enabled: false } } })
      .when(start, { by: camille })
      .then(refused('chat_channel_off', 'channel'))
  })

  it('offers a chat to one agent at a time, each round once', () => {
    const offer = { type: 'offer', round: 1, agent, agentVersion: 7 } as const
    given(chatStarted())
      .when(offer, { by: clock })
      .then({ type: 'ChatOffered', round: 1, expiresAt: after(seconds(20)) })
    given(chatStarted(), offered()).when(offer, { by: clock }).then(nothing)
    given(chatStarted(), offered())
      .when({ ...offer, round: 2, agent: other }, { by: sacha })
      .then(refused('chat_offered'))
    given(chatStarted())
      .when({ ...offer, agent: other })
      .then(refused('not_for_this_actor', 'agent'))
    given(...active)
      .when({ ...offer, round: 2, agent: other }, { by: sacha })
      .then(refused('chat_taken'))
  })

  it('gives the chat to the agent who accepts the offer', () => {
    given(chatStarted(), offered()).when({ type: 'accept' }).then({ type: 'ChatAccepted', round: 1, agent })
    given(chatStarted(), offered()).when({ type: 'accept' }, { by: sacha }).then(refused('chat_not_offered'))
    given(...active)
      .when({ type: 'accept' })
      .then(nothing)
  })

  it('takes the next agent when an offer is declined or expires', () => {
    given(chatStarted(), offered())
      .when({ type: 'decline', reason: 'at lunch' })
      .then({ type: 'ChatOfferDeclined', reason: 'at lunch' })
    const fire = { type: 'fire', kind: 'chat_offer', cycle: 1, dueAt: after(seconds(20)) } as const
    const { state, then } = given(chatStarted(), offered()).when(fire, { by: clock, at: after(seconds(20)) })
    then({ type: 'ChatOfferExpired', round: 1 })
    expect(state).toMatchObject({ offer: undefined, skipped: [{ agentId: 'alex', at: after(seconds(20)) }] })
    given(...active)
      .when(fire, { by: clock, at: after(seconds(20)) })
      .then(nothing)
  })

  it('keeps the place of a chat that comes back', () => {
    const { state, then } = given(...active).when(
      { type: 'requeue', reason: 'the agent is gone' },
      { by: clock, at: after(minutes(5)) },
    )
    then({ type: 'ChatRequeued', from: agent })
    expect(state).toMatchObject({ status: 'waiting', queuedSince: after(0), assignee: undefined })
  })

  it('keeps the place of a disconnected visitor for two minutes', () => {
    const gone = chatEvent('ChatCustomerDisconnected', {}, { by: clock })
    const fire = { type: 'fire', kind: 'chat_disconnection', cycle: 1, dueAt: after(minutes(2)) } as const
    const issued = { by: clock, at: after(minutes(2)) }
    given(chatStarted(), gone).when(fire, issued).then({ type: 'ChatClosed', from: 'waiting', reason: 'gone' })
    given(chatStarted(), gone, chatEvent('ChatCustomerReconnected', {}, { by: clock }))
      .when(fire, issued)
      .then(nothing)
  })
})

describe('messages', () => {
  const send = { type: 'send', messageId: 'm2', body: 'Avez-vous le numéro ?' } as const

  it('come from the customer and those who speak in the chat', () => {
    given(...active)
      .when(send)
      .then({ type: 'ChatMessageSent', kind: 'text' })
    given(chatStarted()).when(send, { by: camille }).then({ type: 'ChatMessageSent', kind: 'text' })
    given(...active)
      .when(send, { by: sacha })
      .then(refused('not_in_chat'))
    given(...active)
      .when({ ...send, kind: 'note' }, { by: sacha })
      .then({ type: 'ChatMessageSent', kind: 'note' })
    given(...active)
      .when({ ...send, kind: 'note' }, { by: camille })
      .then(refused('chat_kind_not_allowed', 'kind'))
    given(...active)
      .when(send, { by: { kind: 'customer', id: 'zoe' } })
      .then(refused('not_the_customer'))
    const joined = chatEvent('ChatParticipantJoined', { agent: other, role: 'speaker' }, { by: sacha })
    given(...active, joined)
      .when(send, { by: sacha })
      .then({ type: 'ChatMessageSent' })
  })

  it('are stored once under their id', () => {
    given(...active, message('m2'))
      .when({ ...send, body: 'Bonjour' }, { by: camille })
      .then(nothing)
    given(...active, message('m2'))
      .when(send, { by: camille })
      .then(refused('chat_message_id_reused', 'messageId'))
    given(...active, message('m2'))
      .when({ ...send, body: 'Bonjour' })
      .then(refused('chat_message_id_reused', 'messageId'))
  })

  it('have content', () => {
    given(...active)
      .when({ type: 'send', messageId: 'm2', body: ' ' })
      .then(refused('chat_message_empty', 'body'))
    given(...active)
      .when({ type: 'send', messageId: 'm2', kind: 'file' })
      .then(refused('chat_message_empty', 'attachments'))
  })

  it('are not taken by a closed chat', () => {
    const closed = chatEvent('ChatClosed', { from: 'active', reason: 'solved' })
    given(...active, closed)
      .when(send, { by: camille })
      .then(refused('chat_closed'))
  })

  it('are changed by their sender, and removed by the desk or their sender', () => {
    const edit = { type: 'edit', messageId: 'm2', body: 'Bonsoir' } as const
    given(...active, message('m2'))
      .when(edit, { by: camille })
      .then({ type: 'ChatMessageEdited', body: 'Bonsoir', internal: false })
    given(...active, message('m2'))
      .when(edit)
      .then(refused('chat_message_not_found', 'messageId'))
    const edited = chatEvent(
      'ChatMessageEdited',
      { messageId: 'm2', body: 'Bonsoir', internal: false },
      { by: camille },
    )
    given(...active, message('m2'), edited)
      .when(edit, { by: camille })
      .then(nothing)
    const redacted = chatEvent('ChatMessageRedacted', { messageId: 'm2', internal: false })
    given(...active, message('m2'))
      .when({ type: 'redact', messageId: 'm2' })
      .then({ type: 'ChatMessageRedacted' })
    given(...active, message('m2'), redacted)
      .when(edit, { by: camille })
      .then(refused('chat_message_redacted', 'messageId'))
  })

  it('offer actions, of which the customer chooses one', () => {
    const actions = [
      { actionId: 'yes', label: 'Oui' },
      { actionId: 'no', label: 'Non' },
    ]
    const asked = chatEvent('ChatMessageSent', { messageId: 'q', kind: 'actions', body: 'Résolu ?', actions })
    const chosen = chatEvent('ChatActionChosen', { messageId: 'q', actionId: 'yes', label: 'Oui' }, { by: camille })
    const choose = { type: 'choose', messageId: 'q', actionId: 'yes' } as const
    given(...active, asked)
      .when(choose, { by: camille })
      .then({ type: 'ChatActionChosen', label: 'Oui' })
    given(...active, asked, chosen)
      .when(choose, { by: camille })
      .then(nothing)
    given(...active, asked, chosen)
      .when({ ...choose, actionId: 'no' }, { by: camille })
      .then(refused('chat_action_chosen', 'actionId'))
    given(...active, asked)
      .when({ ...choose, actionId: 'maybe' }, { by: camille })
      .then(refused('chat_action_unknown', 'actionId'))
  })

  it('close the chat when an automatic one solves it', () => {
    const solve = {
      type: 'send',
      messageId: 'a',
      kind: 'automatic',
      body: 'Voici la facture.',
      solution: 'invoice sent',
    } as const
    given(chatStarted())
      .when(solve, { by: { kind: 'system', id: 'bot' } })
      .then([{ type: 'ChatMessageSent' }, { type: 'ChatClosed', reason: 'solved' }])
  })

  it('are numbered without gaps for the customer while notes are written', () => {
    const note = chatEvent('ChatMessageSent', { messageId: 'n', kind: 'note', body: 'VIP' })
    const { state } = given(...active, note, message('m2')).when({ ...send, messageId: 'm3' })
    expect(state).toMatchObject({ shown: 4, messageCount: 3 })
    given(...active, note)
      .when({ type: 'markRead', upTo: 3 }, { by: camille })
      .then(refused('invalid_command', 'upTo'))
    given(...active, message('m2'))
      .when({ type: 'markRead', upTo: 3 })
      .then({ type: 'ChatMessagesRead', side: 'desk', upTo: 3 })
    given(...active, message('m2'))
      .when({ type: 'markRead', upTo: 3 }, { by: sacha })
      .then(nothing)
  })
})

describe('a transfer', () => {
  const asked = chatEvent('ChatTransferRequested', { to: { agent: other }, note: 'knows invoices' })

  it('leaves the chat to its agent until the target accepts', () => {
    const transfer = { type: 'transfer', to: { agent: other }, note: 'knows invoices' } as const
    given(...active)
      .when(transfer)
      .then({ type: 'ChatTransferRequested', to: { agent: other } })
    given(...active)
      .when({ ...transfer, to: { agent } })
      .then(refused('chat_transfer_to_itself', 'to.agent'))
    given(...active, asked)
      .when({ ...transfer, to: { team: 'billing' } })
      .then(refused('chat_transfer_pending'))
    const { state, then } = given(...active, asked, offered(2, other)).when({ type: 'accept' }, { by: sacha })
    then({ type: 'ChatTransferred', from: agent, to: other })
    expect(state).toMatchObject({ status: 'active', assignee: other, transfer: undefined, joinedAt: after(seconds(5)) })
  })

  it('ends when its agent declines', () => {
    given(...active, asked, offered(2, other))
      .when({ type: 'decline' }, { by: sacha })
      .then([{ type: 'ChatOfferDeclined' }, { type: 'ChatTransferEnded', reason: 'declined' }])
  })
})

describe('the time to answer', () => {
  const answered = chatEvent(
    'ChatMessageSent',
    { messageId: 'r', kind: 'text', body: 'Je regarde.' },
    { at: after(seconds(10)) },
  )

  it('reports an answer that the desk owes, and never closes the chat', () => {
    const fire = { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt: after(seconds(30)) } as const
    given(chatStarted())
      .when(fire, { by: clock, at: after(seconds(31)) })
      .then({ type: 'ChatAnswerOverdue', first: true })
    given(...active, answered)
      .when(fire, { by: clock, at: after(seconds(31)) })
      .then(nothing)
  })

  it('warns a customer who owes an answer after 25 minutes, and closes the chat after 30', () => {
    const warn = {
      type: 'fire',
      kind: 'chat_inactivity_warning',
      cycle: 2,
      dueAt: after(seconds(10) + minutes(25)),
    } as const
    const warned = chatEvent(
      'ChatInactivityWarned',
      { dueAt: warn.dueAt, closesAt: after(seconds(10) + minutes(30)) },
      { at: warn.dueAt, by: clock },
    )
    given(...active, answered)
      .when(warn, { by: clock, at: warn.dueAt })
      .then({ type: 'ChatInactivityWarned', closesAt: warned.closesAt })
    const close = { ...warn, kind: 'chat_inactivity', dueAt: warned.closesAt } as const
    given(...active, answered, warned)
      .when(close, { by: clock, at: close.dueAt })
      .then({ type: 'ChatClosed', reason: 'inactive' })
    given(...active, answered, warned, message('m3'))
      .when(close, { by: clock, at: close.dueAt })
      .then(nothing)
  })
})

describe('the end', () => {
  const closed = chatEvent('ChatClosed', { from: 'active', reason: 'solved' })

  it('is an abandonment while the customer waits', () => {
    given(chatStarted()).when({ type: 'end' }, { by: camille }).then({ type: 'ChatClosed', reason: 'abandoned' })
    given(...active)
      .when({ type: 'end' }, { by: camille })
      .then({ type: 'ChatClosed', reason: 'left' })
  })

  it('can be undone and rated for a day', () => {
    given(...active, closed)
      .when({ type: 'reopen' }, { by: camille, at: after(minutes(10)) })
      .then({ type: 'ChatReopened' })
    given(...active, closed)
      .when({ type: 'reopen' }, { by: camille, at: after(minutes(1441)) })
      .then(refused('chat_reopen_expired'))
    given(...active, closed)
      .when({ type: 'rate', rating: 5 }, { by: camille })
      .then({ type: 'ChatRated', rating: 5 })
    given(...active)
      .when({ type: 'rate', rating: 5 }, { by: camille })
      .then(refused('chat_not_closed'))
  })

  it('turns the chat into a ticket once', () => {
    const convert = { type: 'convert', subject: 'Facture' } as const
    const { state, then } = given(...active).when(convert)
    then([
      { type: 'ChatConversionRequested', subject: 'Facture' },
      { type: 'ChatClosed', reason: 'converted' },
    ])
    expect(state).toMatchObject({ status: 'closed', conversion: { state: 'pending' } })
    const asked = chatEvent('ChatConversionRequested', { ticketId: 't', subject: 'Facture' })
    given(...active, asked, closed)
      .when(convert)
      .then(nothing)
    given(...active, asked, closed)
      .when({ type: 'linkTicket', ticketId: 't' })
      .then({ type: 'ChatConverted', ticketId: 't' })
    given(...active, asked, closed)
      .when({ type: 'reopen' }, { by: alex })
      .then(refused('chat_converted'))
  })
})
