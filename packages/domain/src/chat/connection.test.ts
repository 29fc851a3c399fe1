import { describe, expect, it } from 'vitest'
import { minutes } from '../kernel/time.ts'
import { after, alex, camille, chatEvent, chatStarted } from '../testing/examples.ts'
import { chatDeadlines } from './deadlines.ts'
import { nothing, refused, specifyChat } from '../testing/specification.ts'

const { given } = specifyChat()
const clock = { kind: 'system', id: 'clock' } as const
const agent = { id: 'alex', name: 'Alex Martin' } as const
const gone = (at = after(0)) => chatEvent('ChatCustomerDisconnected', {}, { by: clock, at })
const offered = chatEvent('ChatOffered', { round: 1, agent, agentVersion: 7, expiresAt: after(20_000) })
const accepted = chatEvent('ChatAccepted', { round: 1, agent })
const answer = chatEvent('ChatMessageSent', { messageId: 'a', kind: 'text', body: 'Bonjour' }, { by: alex })
const message = (at: ReturnType<typeof after>) =>
  chatEvent('ChatMessageSent', { messageId: 'm', kind: 'text', body: 'Allô ?' }, { by: camille, at })
const fire = (cycle: number, dueAt: ReturnType<typeof after>) =>
  ({ type: 'fire', kind: 'chat_disconnection', cycle, dueAt }) as const

describe('a customer without a connection', () => {
  it('is offered to nobody while waiting, and keeps the place', () => {
    const offer = { type: 'offer', round: 1, agent, agentVersion: 7 } as const
    given(chatStarted(), gone()).when(offer, { by: clock }).then(refused('chat_customer_away'))
    given(chatStarted(), gone()).when(offer).then(refused('chat_customer_away'))
    given(chatStarted(), gone(), chatEvent('ChatCustomerReconnected', {}, { by: clock }))
      .when(offer, { by: clock })
      .then({ type: 'ChatOffered' })
  })

  it('is known to be away while an agent has the chat', () => {
    const active = [chatStarted(), offered, accepted]
    given(...active)
      .when({ type: 'disconnect' }, { by: clock })
      .then({ type: 'ChatCustomerDisconnected' })
    given(...active, gone())
      .when({ type: 'disconnect' }, { by: clock })
      .then(nothing)
    given(chatStarted(), offered, gone(), accepted)
      .when({ type: 'reconnect' }, { by: clock })
      .then({ type: 'ChatCustomerReconnected' })
  })

  it('is offered to an agent and never closed while the reply of an agent is awaited who had taken it on', () => {
    const requeued = chatEvent('ChatRequeued', { from: agent, reason: 'gone' }, { by: clock, at: after(minutes(1)) })
    const again = { type: 'offer', round: 2, agent, agentVersion: 7 } as const
    for (const history of [
      [chatStarted(), offered, accepted, gone(), requeued],
      [chatStarted(), offered, accepted, requeued, gone(after(minutes(2)))],
      [chatStarted(), offered, accepted, answer, message(after(minutes(1))), requeued, gone(after(minutes(2)))],
    ]) {
      const { state } = given(...history).when({ type: 'disconnect' }, { by: clock, at: after(minutes(3)) })
      if (state.status === 'absent') throw new Error('no chat')
      expect(chatDeadlines(state).map(({ kind }) => kind)).not.toContain('chat_disconnection')
      given(...history)
        .when(again, { by: clock, at: after(minutes(30)) })
        .then({ type: 'ChatOffered', round: 2 })
    }
  })

  it('keeps the place only, once the chat was reopened and nobody has taken it again', () => {
    const closed = chatEvent('ChatClosed', { from: 'active', reason: 'solved' }, { at: after(1_000) })
    const reopened = chatEvent('ChatReopened', {}, { at: after(2_000) })
    const due = after(minutes(2) + 3_000)
    given(chatStarted(), offered, accepted, closed, reopened, gone(after(3_000)))
      .when(fire(1, due), { by: clock, at: due })
      .then({ type: 'ChatClosed', from: 'waiting', reason: 'gone' })
  })

  it('has the whole time again when the chat goes back into the queue', () => {
    const requeued = chatEvent('ChatRequeued', { from: agent, reason: 'gone' }, { by: clock, at: after(minutes(10)) })
    const history = [chatStarted(), offered, accepted, answer, gone(), requeued]
    const early = after(minutes(11))
    given(...history)
      .when(fire(1, after(minutes(2))), { by: clock, at: early })
      .then(nothing)
    const due = after(minutes(12))
    given(...history)
      .when(fire(2, due), { by: clock, at: due })
      .then({ type: 'ChatClosed', from: 'waiting', reason: 'gone' })
  })

  it('has the whole time again with every message that comes another way', () => {
    const history = [chatStarted(), gone(), message(after(minutes(1)))]
    const { state, then } = given(...history).when(fire(1, after(minutes(2))), { by: clock, at: after(minutes(2)) })
    then(nothing)
    expect(state).toMatchObject({ disconnectedAt: after(minutes(1)), disconnections: 2 })
    const due = after(minutes(3))
    given(...history)
      .when(fire(2, due), { by: clock, at: due })
      .then({ type: 'ChatClosed', reason: 'gone' })
  })
})

describe('the customer of another chat', () => {
  it('learns nothing of this one', () => {
    const closed = chatEvent('ChatClosed', { from: 'waiting', reason: 'abandoned' })
    const zoe = { by: { kind: 'customer', id: 'zoe' } } as const
    for (const command of [
      { type: 'end' },
      { type: 'send', messageId: 'm', body: 'Hi' },
      { type: 'reopen' },
    ] as const) {
      given(chatStarted()).when(command, zoe).then(refused('not_the_customer'))
      given(chatStarted(), closed).when(command, zoe).then(refused('not_the_customer'))
    }
  })

  it('may not begin one with a priority that the desk keeps for itself', () => {
    const start = { type: 'start', customer: { id: 'camille' }, priority: 'urgent' } as const
    const restrained = specifyChat({}, { customerPriorities: ['low'] })
    restrained.when(start, { by: camille }).then(refused('priority_not_for_customers', 'priority'))
    restrained.when({ ...start, priority: 'normal' }, { by: camille }).then({ type: 'ChatStarted' })
    restrained.when(start, { by: clock }).then({ type: 'ChatStarted', priority: 'urgent' })
  })
})
