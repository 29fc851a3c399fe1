import { describe, expect, it } from 'vitest'
import { minutes } from '../kernel/time.ts'
import { after, alex, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'
import type { ChatEvent } from './events.ts'
import { isShownInChat } from './events.ts'

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
    given(chatStarted(), offered()).when({ type: 'accept' }, { by: sacha }).then(refused('chat_offered'))
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

describe('the agent who puts a chat back into the queue', () => {
  const requeue = { type: 'requeue', reason: 'a break' } as const

  it('is not the next one whom it is offered to', () => {
    const { state } = given(...active).when(requeue)
    expect(state).toMatchObject({ status: 'waiting', skipped: [{ agentId: 'alex' }] })
  })

  it('is when somebody else did', () => {
    for (const by of [sacha, clock]) {
      const { state } = given(...active).when(requeue, { by })
      expect(state).toMatchObject({ status: 'waiting', skipped: [] })
    }
  })
})

describe('colleagues in a chat, as its customer sees them', () => {
  const isShown = ({ decision }: ReturnType<typeof when>) =>
    decision.ok && decision.value.map((event) => [event.type, isShownInChat(event)])
  const invited = chatEvent('ChatParticipantInvited', { agent: other, role: 'speaker' })
  const joined = chatEvent('ChatParticipantJoined', { agent: other, role: 'speaker' }, { by: sacha })

  it('leave only if they had joined', () => {
    const leaving = (...before: readonly ChatEvent[]) =>
      given(...active, ...before).when({ type: 'leave' }, { by: sacha })
    expect(isShown(leaving(invited))).toEqual([['ChatParticipantLeft', false]])
    expect(isShown(leaving(invited, joined))).toEqual([['ChatParticipantLeft', true]])
    expect(isShownInChat(chatEvent('ChatParticipantLeft', { agent: other, role: 'speaker' }))).toBe(true)
  })

  it('leave when they only observe from now on', () => {
    const observing = given(...active, joined).when({ type: 'join', role: 'observer' }, { by: sacha })
    expect(isShown(observing)).toEqual([
      ['ChatParticipantLeft', true],
      ['ChatParticipantJoined', false],
    ])
    expect(observing.state).toMatchObject({ participants: [{ agent: other, role: 'observer', joined: true }] })
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

  it('reply to what the customer is shown, and notes to anything', () => {
    const note = chatEvent('ChatMessageSent', { messageId: 'n', kind: 'note', body: 'Fragile' })
    for (const inReplyTo of ['n', 'unknown']) {
      given(...active, note)
        .when({ ...send, inReplyTo })
        .then(refused('chat_message_not_found', 'inReplyTo'))
      given(...active, note)
        .when({ ...send, kind: 'note', inReplyTo })
        .then({ type: 'ChatMessageSent', inReplyTo })
    }
    given(...active, message('m1'))
      .when({ ...send, inReplyTo: 'm1' })
      .then({ type: 'ChatMessageSent', inReplyTo: 'm1' })
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

  it('hand the chat over when the customer chooses an escalation that they offer', () => {
    const escalation = { actionId: 'up', label: 'Parler à un expert', transferTo: { level: 2 } }
    const asked = chatEvent('ChatMessageSent', { messageId: 'q', kind: 'actions', body: '', actions: [escalation] })
    const choose = { type: 'choose', messageId: 'q', actionId: 'up' } as const
    const { state, then } = given(...active, asked).when(choose, { by: camille })
    then([
      { type: 'ChatActionChosen', label: 'Parler à un expert' },
      { type: 'ChatTransferRequested', to: { level: 2 } },
    ])
    expect(state).toMatchObject({ status: 'active', transfer: { to: { level: 2 } } })
    given(chatStarted(), asked).when(choose, { by: camille }).then(refused('chat_not_active'))
    const handedOver = chatEvent('ChatTransferred', { round: 2, from: agent, to: { id: 'sacha' } })
    given(...active, asked, handedOver)
      .when(choose, { by: camille })
      .then(refused('chat_action_expired', 'actionId'))
    given(...active, asked, chatEvent('ChatTransferRequested', { to: { team: 'billing' } }))
      .when(choose, { by: camille })
      .then([{ type: 'ChatActionChosen' }])
  })

  it('solve nothing unless they are automatic', () => {
    given(...active)
      .when({ ...send, messageId: 'm3', solution: 'invoice sent' })
      .then(refused('chat_kind_not_allowed', 'solution'))
  })

  it('take a repeat with a solution for another message while the chat is open', () => {
    const bot = { kind: 'system', id: 'bot' } as const
    const said = { type: 'send', messageId: 'b', kind: 'automatic', body: 'Voici.' } as const
    const sent = chatEvent('ChatMessageSent', { messageId: 'b', kind: 'automatic', body: 'Voici.' }, { by: bot })
    given(...active, sent)
      .when(said, { by: bot })
      .then(nothing)
    given(...active, sent)
      .when({ ...said, solution: 'sent' }, { by: bot })
      .then(refused('chat_message_id_reused', 'messageId'))
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
    expect(state).toMatchObject({ lastNumber: 4, messageCount: 3 })
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

  it('reports an answer that is awaited from the desk, and never closes the chat', () => {
    const fire = { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt: after(seconds(30)) } as const
    given(chatStarted())
      .when(fire, { by: clock, at: after(seconds(31)) })
      .then([{ type: 'ChatAnswerOverdue', first: true }, { type: 'ChatEscalated' }])
    given(...active, answered)
      .when(fire, { by: clock, at: after(seconds(31)) })
      .then(nothing)
  })

  it('warns a customer whose reply is awaited after 25 minutes, and closes the chat after 30', () => {
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

  it('is rated once by the same words, and anew after a reopening', () => {
    const rate = { type: 'rate', rating: 5 } as const
    const rated = [...active, closed, chatEvent('ChatRated', { rating: 5 }, { by: camille })]
    given(...rated)
      .when(rate, { by: camille })
      .then(nothing)
    given(...rated, chatEvent('ChatReopened', {}, { by: camille }), closed)
      .when(rate, { by: camille })
      .then({ type: 'ChatRated', rating: 5 })
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

describe('the transcript by e-mail', () => {
  const send = { type: 'sendTranscript', address: 'camille@example.com' } as const
  const answered = [...active, message('m1'), message('a1', alex)]
  const requested = chatEvent('ChatTranscriptRequested', { address: 'camille@example.com' }, { at: after(minutes(1)) })

  it('goes to the address of the customer, before and after the end', () => {
    for (const by of [camille, alex]) {
      given(...answered)
        .when(send, { by })
        .then({ type: 'ChatTranscriptRequested', address: 'camille@example.com' })
    }
    given(...answered, chatEvent('ChatClosed', { from: 'active', reason: 'solved' }, { at: after(minutes(1)) }))
      .when(send, { by: camille, at: after(minutes(2)) })
      .then({ type: 'ChatTranscriptRequested' })
  })

  it('is refused to a customer whom nobody has answered, without an address, and from the sixth time on', () => {
    given(...active, message('m1'))
      .when(send, { by: camille })
      .then(refused('chat_not_answered'))
    given(...active, message('m1'))
      .when(send, { by: alex })
      .then({ type: 'ChatTranscriptRequested' })
    given(...answered)
      .when({ type: 'sendTranscript' }, { by: camille })
      .then(refused('no_email_address'))
    given(...answered, ...Array.from({ length: 4 }, () => requested))
      .when(send, { by: camille, at: after(minutes(3)) })
      .then({ type: 'ChatTranscriptRequested' })
    given(...answered, ...Array.from({ length: 5 }, () => requested))
      .when(send, { by: camille, at: after(minutes(3)) })
      .then(refused('too_many_transcripts'))
  })

  it('goes out once when it is asked for twice in a minute, unless the address is another', () => {
    const twice = { by: camille, at: after(minutes(1) + seconds(30)) }
    given(...answered, requested)
      .when(send, twice)
      .then(nothing)
    given(...answered, requested)
      .when({ ...send, address: 'other@example.com' }, twice)
      .then({ type: 'ChatTranscriptRequested', address: 'other@example.com' })
  })
})
