import { describe, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { after, alex, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'

const { given } = specifyChat()
const agent = { id: 'alex', name: 'Alex Martin' } as const
const other = { id: 'sacha', name: 'Sacha Petit' } as const
const offered = (round: number, to: typeof agent | typeof other = agent) =>
  chatEvent('ChatOffered', { round, agent: to, agentVersion: 7, expiresAt: after(20_000) })
const active = [chatStarted(), offered(1), chatEvent('ChatAccepted', { round: 1, agent })]
const message = (messageId: string, by = camille) =>
  chatEvent('ChatMessageSent', { messageId, kind: 'text', body: 'Bonjour' }, { by })
const closed = chatEvent('ChatClosed', { from: 'active', reason: 'solved' })

describe('what is sent again after a lost connection', () => {
  it('is harmless after the chat was closed', () => {
    const send = { type: 'send', messageId: 'm', body: 'Bonjour' } as const
    given(...active, message('m'), closed)
      .when(send, { by: camille })
      .then(nothing)
    given(...active, message('m'), closed)
      .when({ ...send, body: 'Au revoir' }, { by: camille })
      .then(refused('chat_closed'))
    given(...active, closed)
      .when(send, { by: camille })
      .then(refused('chat_closed'))
    const edited = chatEvent('ChatMessageEdited', { messageId: 'm', body: 'Bonsoir', internal: false }, { by: camille })
    given(...active, message('m'), edited, closed)
      .when({ type: 'edit', messageId: 'm', body: 'Bonsoir' }, { by: camille })
      .then(nothing)
    const actions = [{ actionId: 'yes', label: 'Oui' }]
    const asked = chatEvent('ChatMessageSent', { messageId: 'q', kind: 'actions', body: 'Résolu ?', actions })
    const chosen = chatEvent('ChatActionChosen', { messageId: 'q', actionId: 'yes', label: 'Oui' }, { by: camille })
    given(...active, asked, chosen, closed)
      .when({ type: 'choose', messageId: 'q', actionId: 'yes' }, { by: camille })
      .then(nothing)
    given(...active, asked, closed)
      .when({ type: 'choose', messageId: 'q', actionId: 'yes' }, { by: camille })
      .then(refused('chat_closed'))
  })

  it('is harmless after the chat was handed over, while anything new is refused', () => {
    const handedOver = [
      ...active,
      message('m', alex),
      chatEvent('ChatTransferRequested', { to: { agent: other } }),
      offered(2, other),
      chatEvent('ChatTransferred', { round: 2, from: agent, to: other }, { by: sacha }),
    ]
    given(...handedOver)
      .when({ type: 'send', messageId: 'm', body: 'Bonjour' })
      .then(nothing)
    given(...handedOver)
      .when({ type: 'send', messageId: 'm2', body: 'Bonjour' })
      .then(refused('not_in_chat'))
    given(...handedOver)
      .when({ type: 'edit', messageId: 'm', body: 'Au revoir' })
      .then(refused('not_in_chat'))
    given(...handedOver)
      .when({ type: 'redact', messageId: 'm' }, { by: sacha })
      .then({ type: 'ChatMessageRedacted' })
  })

  it('is harmless when it solved the matter', () => {
    const bot = { kind: 'system', id: 'bot' } as const
    const answer = chatEvent('ChatMessageSent', { messageId: 'a', kind: 'automatic', body: 'Voici.' }, { by: bot })
    given(chatStarted(), answer, chatEvent('ChatClosed', { from: 'waiting', reason: 'solved' }, { by: bot }))
      .when({ type: 'send', messageId: 'a', kind: 'automatic', body: 'Voici.', solution: 'sent' }, { by: bot })
      .then(nothing)
  })
})

describe('what customers send', () => {
  it('offers no actions and shows no cards', () => {
    const actions = [{ actionId: 'pay', label: 'Pay here' }]
    given(...active)
      .when({ type: 'send', messageId: 'm', body: 'Hi', actions }, { by: camille })
      .then(refused('chat_kind_not_allowed', 'actions'))
    given(...active)
      .when(
        { type: 'send', messageId: 'm', body: 'Hi', card: { source: 'bank', title: 'Balance', fields: [] } },
        { by: camille },
      )
      .then(refused('chat_kind_not_allowed', 'card'))
  })

  it('is what their channel allows', () => {
    const sent = (kind: 'voice' | 'file', by: Actor, mediaType = 'audio/ogg') => {
      const facts = { here: true, status: 'clean', name: 'a.ogg', mediaType, bytes: 5 } as const
      const attachments = [{ fileId: 'f', file: { ...facts, storedBy: by } }]
      return [{ type: 'send', messageId: 'm', kind, attachments } as const, { by }] as const
    }
    const stored = [{ fileId: 'f', name: 'a.ogg', mediaType: 'audio/ogg', bytes: 5 }]
    given(...active)
      .when(...sent('voice', camille))
      .then(refused('chat_kind_not_allowed', 'kind'))
    given(...active)
      .when(...sent('voice', alex))
      .then({ type: 'ChatMessageSent', kind: 'voice', attachments: stored })
    given(chatStarted({ channel: 'mobile' }))
      .when(...sent('voice', camille))
      .then({ type: 'ChatMessageSent', kind: 'voice' })
    given(...active)
      .when(...sent('file', camille))
      .then({ type: 'ChatMessageSent', kind: 'file' })
    specifyChat({ channels: { web: { files: false } } })
      .given(...active)
      .when(...sent('file', camille))
      .then(refused('chat_kind_not_allowed', 'attachments'))
    const soundAlone = specifyChat({ channels: { web: { files: false, voice: true } } }).given(...active)
    for (const mediaType of ['audio/ogg', 'video/webm']) {
      soundAlone.when(...sent('voice', camille, mediaType)).then({ type: 'ChatMessageSent', kind: 'voice' })
    }
    soundAlone
      .when(...sent('voice', camille, 'application/pdf'))
      .then(refused('chat_kind_not_allowed', 'attachments[0].fileId'))
  })

  it('names no file that the sender has not uploaded to the chat', () => {
    const attachments = [{ fileId: 'f' }]
    given(...active)
      .when({ type: 'send', messageId: 'm', kind: 'file', attachments }, { by: camille })
      .then(refused('file_not_found', 'attachments[0].fileId'))
  })
})
