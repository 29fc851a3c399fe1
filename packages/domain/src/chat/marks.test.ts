import { expect, it } from 'vitest'
import { after, alex, camille, chatEvent, chatStarted, sacha } from '../testing/examples.ts'
import { nothing, specifyChat } from '../testing/specification.ts'

const { given } = specifyChat()
const agent = { id: 'alex', name: 'Alex Martin' } as const
const offered = chatEvent('ChatOffered', { round: 1, agent, agentVersion: 7, expiresAt: after(20_000) })
const accepted = chatEvent('ChatAccepted', { round: 1, agent })
const message = (messageId: string, by = alex) =>
  chatEvent('ChatMessageSent', { messageId, kind: 'text', body: 'Bonjour' }, { by })
const read = (side: 'customer' | 'desk', upTo: number) =>
  chatEvent('ChatMessagesRead', { side, upTo }, { by: side === 'desk' ? alex : camille })
/** The items 1 (started), 2 (accepted) and 3 (a message of the agent). */
const answered = [chatStarted(), offered, accepted, message('m')]

it('never answers a mark with a mark: marks are numbered, but not themselves read', () => {
  given(...answered)
    .when({ type: 'markRead', upTo: 3 }, { by: camille })
    .then({ type: 'ChatMessagesRead', upTo: 3 })
  given(...answered, read('customer', 3))
    .when({ type: 'markRead', upTo: 4 }, { by: camille })
    .then(nothing)
  given(...answered, read('customer', 3))
    .when({ type: 'markRead', upTo: 4 })
    .then({ type: 'ChatMessagesRead', side: 'desk', upTo: 3 })
  given(...answered, read('customer', 3), message('m2'))
    .when({ type: 'markRead', upTo: 5 }, { by: camille })
    .then({ type: 'ChatMessagesRead', upTo: 5 })
})

it('does not take what crossed the own message for read', () => {
  const { state } = given(...answered).when({ type: 'send', messageId: 'mine', body: 'Allô ?' }, { by: camille })
  expect(state).toMatchObject({ read: { customer: 1 }, delivered: { customer: 1 } })
  const { state: seen } = given(...answered, read('customer', 3)).when(
    { type: 'send', messageId: 'mine', body: 'Allô ?' },
    { by: camille },
  )
  expect(seen).toMatchObject({ read: { customer: 5 }, delivered: { customer: 5 } })
})

it('moves for the desk with those who speak in the chat, and with nobody else', () => {
  given(...answered, message('m2', camille))
    .when({ type: 'markDelivered', upTo: 4 }, { by: sacha })
    .then(nothing)
  const { state } = given(...answered, message('m2', camille), read('desk', 4)).when({
    type: 'send',
    messageId: 'm3',
    body: 'Oui',
  })
  expect(state).toMatchObject({ read: { desk: 6 }, delivered: { desk: 6 } })
})
