import { expect, it } from 'vitest'
import type { ChatQueue, ChatRow, QueuedChat } from '@guichet/projections'
import { placesOf } from './chat-queries.ts'
import type { ChatView } from './chat.ts'
import type { ApiContext, ChatWatch } from '../services.ts'
import { subscribed } from '../subscription.ts'

type Changes = Parameters<Parameters<ChatWatch['follow']>[0]>[0]

const chat = (status: ChatRow['status'], version: number) => ({ id: 'c', status, version }) as unknown as ChatView
const queueWith = (...positions: readonly number[]): ChatQueue =>
  ({ chats: positions.map((position) => ({ chatId: 'c', position }) as unknown as QueuedChat) }) as unknown as ChatQueue

/** The places of a chat in queues that are shown by hand. */
function followed(view: ChatView) {
  let show: (changes: Changes) => void = () => undefined
  const chatWatch: ChatWatch = {
    follow: async (listener) => {
      show = listener
      return () => undefined
    },
  }
  const principal = { id: 'zoe', role: 'customer', expiresAt: Date.now() + 3_600_000 }
  const channelWatch = { now: async () => ({ abilities: { queuePosition: true } }) }
  const services = { chatWatch, channelWatch, streams: { join: () => () => undefined } }
  const context = { principal, services } as unknown as ApiContext
  const places = subscribed(context, placesOf(context, view))
  return {
    next: async () => (await places.next()).value?.queued.position ?? null,
    show: (queue: ChatQueue, chats: readonly ChatView[] = []) => show({ queue, chats }),
  }
}

it('says nothing about a waiting chat until a queue has it', async () => {
  const { next, show } = followed(chat('waiting', 2))
  const first = next()
  show(queueWith())
  show(queueWith(), [chat('waiting', 1)])
  show(queueWith(7))
  expect(await first).toBe(7)
})

it('says that a chat no longer waits once the read model is as far as its reader knew, or it was in a queue', async () => {
  const taken = followed(chat('waiting', 2))
  const first = taken.next()
  taken.show(queueWith(), [chat('active', 3)])
  expect(await first).toBeNull()
  const shown = followed(chat('waiting', 2))
  const place = shown.next()
  shown.show(queueWith(1))
  expect(await place).toBe(1)
  shown.show(queueWith())
  expect(await shown.next()).toBeNull()
  expect(await followed(chat('active', 3)).next()).toBeNull()
})
