import { expect, it } from 'vitest'
import type { ChatEvent } from '../chat/events.ts'
import { evolveChat } from '../chat/state.ts'
import type { ChatState } from '../chat/state.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { after, chatEvent, chatStarted } from '../testing/examples.ts'
import { createChatBoard } from './chat-board.ts'

const history: readonly ChatEvent[] = [
  chatStarted(),
  chatEvent('ChatClosed', { from: 'waiting', reason: 'abandoned' }, { at: after(1) }),
  chatEvent('ChatReopened', {}, { at: after(2) }),
]

const envelope = (version: number): EventEnvelope =>
  ({ stream: 'chat-C1', version, event: history[version - 1] }) as unknown as EventEnvelope

it('has a chat that was reopened after it was dropped read from its stream, and then offers it', () => {
  const board = createChatBoard()
  expect(board.apply(envelope(1))).toBe('applied')
  expect(board.waiting().map(({ id }) => id)).toEqual(['C1'])
  expect(board.apply(envelope(2))).toBe('applied')
  expect(board.toOffer).toBe(0)
  expect(board.apply(envelope(3))).toBe('unknown_chat')
  board.updateChat(
    'C1',
    history.reduce<ChatState>((state, event) => evolveChat(state, event), { status: 'absent' }),
  )
  expect(board.waiting().map(({ id }) => id)).toEqual(['C1'])
  expect(board.apply(envelope(3))).toBe('applied')
  expect(board.hasWork).toBe(true)
})

it('has a chat that was fenced before its start read from its stream, so that its version is that of the stream', () => {
  const board = createChatBoard()
  const fenced = chatEvent('ChatFenced', { reservation: 1 })
  const begun = chatStarted({ reservation: 2 }, { at: after(1) })
  const stored = (version: number, event: ChatEvent): EventEnvelope =>
    ({ stream: 'chat-C1', version, event }) as unknown as EventEnvelope
  expect(board.apply(stored(1, fenced))).toBe('applied')
  expect(board.apply(stored(2, begun))).toBe('unknown_chat')
  board.updateChat('C1', evolveChat(evolveChat({ status: 'absent' }, fenced), begun))
  expect(board.chat('C1')?.version).toBe(2)
})
