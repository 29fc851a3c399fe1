import { expect, it } from 'vitest'
import type { ChatEvent } from '../chat/events.ts'
import { evolveChat } from '../chat/state.ts'
import type { ChatState } from '../chat/state.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { after, chatEvent, chatStarted, monday } from '../testing/examples.ts'
import { agentProfile, agentRegistered } from '../testing/specification.ts'
import { evolveAgent } from '../agent/events.ts'
import { createChooser } from './choose-agent.ts'
import { chooseForChat, createChatBoard } from './chat-board.ts'
import type { Colleague } from './eligibility.ts'
import { routingSettingsSchema } from './settings.ts'

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

/** An available agent with this many of three places for chats, and of thirty for tickets, taken. */
function colleague(id: string, taken: { readonly chat: number; readonly ticket: number }): Colleague {
  const profile = agentProfile({ name: id, capacity: { chat: 3, ticket: 30, phone: 1 } })
  const registered = evolveAgent({ status: 'absent' }, agentRegistered(profile))
  if (registered.status === 'absent') throw new Error('an agent is there once registered')
  const agent = { ...registered, availability: 'available' } as const
  return { id, version: 2, agent, load: { ...taken, phone: 0 }, tickets: taken.chat + taken.ticket, lastGiven: 0 }
}

it.each([
  ['all places for chats taken, and none for tickets', [{ chat: 3, ticket: 0 }], undefined],
  ['all places for tickets taken, and none for chats', [{ chat: 0, ticket: 30 }], 'agent-0'],
  [
    'a colleague with a place for chats',
    [
      { chat: 3, ticket: 0 },
      { chat: 2, ticket: 30 },
    ],
    'agent-1',
  ],
] as const)('chooses by places for chats an agent with %s', (_, loads, chosen) => {
  const chat = evolveChat({ status: 'absent' }, chatStarted())
  if (chat.status === 'absent') throw new Error('a chat is there once started')
  const choose = createChooser({ settings: routingSettingsSchema.parse({}), policyVersion: 'p' }, monday)
  const colleagues = loads.map((taken, n) => colleague(`agent-${n}`, taken))
  const choice = chooseForChat(chat, colleagues, choose, monday)
  expect(choice.kind === 'chosen' ? choice.colleague.id : undefined).toBe(chosen)
})
