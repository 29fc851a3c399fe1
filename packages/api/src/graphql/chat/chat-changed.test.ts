import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Actor, ChatCommandInput } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { createChangeFeed } from '../change-feed.ts'
import { followChat } from './chat-changed.ts'
import type { ApiContext } from '../services.ts'
import { createAcknowledged } from '../services.ts'
import { subscribed } from '../subscription.ts'

const zoe: Actor = { kind: 'customer', id: 'zoe' }

/** A desk with a chat of Zoé, and a context in which she follows it. */
async function chatOfZoe() {
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const closing = new AbortController()
  const changes = createChangeFeed(store, closing.signal, (error) => {
    throw error
  })
  const send = async (command: ChatCommandInput): Promise<void> => {
    expect((await desk.execute('chat', 'c', command, { by: zoe })).ok).toBe(true)
  }
  const write = (messageId: string): Promise<void> => send({ type: 'send', messageId, body: `le code de ${messageId}` })
  await send({ type: 'start', customer: { id: 'zoe' }, channel: 'web' })
  const context = {
    principal: { id: 'zoe', role: 'customer', expiresAt: Date.now() + 3_600_000 },
    services: {
      desk,
      store,
      changes,
      acknowledged: createAcknowledged(store),
      streams: { join: () => () => undefined },
    },
    budget: { events: () => undefined, release: () => undefined },
  } as unknown as ApiContext
  return {
    write,
    redact: (messageId: string) => send({ type: 'redact', messageId }),
    follow: () =>
      subscribed(context, followChat(context, 'c', 'customer', { version: 0, number: 0, truncated: false })),
    close: () => closing.abort(),
  }
}

it('gives a reader who is behind no content that was removed since the reader began', async () => {
  const { write, redact, follow, close } = await chatOfZoe()
  for (const messageId of ['m-1', 'm-2', 'm-3']) await write(messageId)
  const changes = follow()
  const taken = async () => {
    const { value } = await changes.next()
    return [value.envelope.event.type, value.envelope.event.messageId, value.isRedacted]
  }
  expect(await taken()).toEqual(['ChatStarted', undefined, false])
  expect(await taken()).toEqual(['ChatMessageSent', 'm-1', false])
  await redact('m-3')
  await write('m-4')
  expect(await taken()).toEqual(['ChatMessageSent', 'm-2', false])
  expect(await taken()).toEqual(['ChatMessageSent', 'm-3', true])
  expect(await taken()).toEqual(['ChatMessageRedacted', 'm-3', true])
  expect(await taken()).toEqual(['ChatMessageSent', 'm-4', false])
  await redact('m-4')
  expect(await taken()).toEqual(['ChatMessageRedacted', 'm-4', true])
  await changes.return?.()
  close()
})
