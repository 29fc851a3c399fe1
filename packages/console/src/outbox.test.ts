import { describe, expect, it } from 'vitest'
import type { Store, Unsent } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import { reconnectDelay } from './reconnect-delay.ts'
import { Unreachable } from './transport.ts'

function storeInMemory(): Store {
  const kept = new Map<string, string>()
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

/** An outbox whose server answers what is given, in turn; `lost` loses the answer, though the server took the message. */
function outboxTo(answers: ('ok' | 'lost' | 'CHAT_CLOSED')[], store = storeInMemory()) {
  const sent: string[] = []
  const waits: number[] = []
  const outbox = createOutbox({
    store,
    key: 'outbox',
    changed: () => undefined,
    stopped: () => false,
    pause: async (attempt) => void waits.push(attempt),
    send: async ({ messageId }) => {
      sent.push(messageId)
      const answer = answers.shift() ?? 'ok'
      if (answer === 'lost') throw new Unreachable()
      return answer === 'ok' ? undefined : answer
    },
  })
  return { outbox, sent, waits, store }
}
const message = (messageId: string): Unsent => ({ messageId, body: messageId, kind: 'TEXT' })

describe('an outbox', () => {
  it('sends in order, and again after a lost answer, before anything that was written later', async () => {
    const { outbox, sent, waits } = outboxTo(['lost', 'lost', 'ok', 'lost'])
    outbox.add(message('a'))
    outbox.add(message('b'))
    await outbox.flush()
    expect(sent).toEqual(['a', 'a', 'a', 'b', 'b'])
    expect(waits).toEqual([0, 1, 2])
    expect(outbox.all().every(({ acknowledged }) => acknowledged)).toBe(true)
  })

  it('sends what another page or an earlier visit has left', async () => {
    const store = storeInMemory()
    outboxTo([], store).outbox.add(message('a'))
    const { outbox, sent } = outboxTo([], store)
    await outbox.flush()
    expect(sent).toEqual(['a'])
  })

  it('keeps a refused message with its code, and goes on with the next', async () => {
    const { outbox, sent } = outboxTo(['CHAT_CLOSED'])
    outbox.add(message('a'))
    outbox.add(message('b'))
    await outbox.flush()
    await outbox.flush()
    expect(sent).toEqual(['a', 'b'])
    expect(outbox.all()).toMatchObject([{ refused: 'CHAT_CLOSED' }, { acknowledged: true }])
  })

  it('forgets what the chat has told', async () => {
    const { outbox, store } = outboxTo([])
    outbox.add(message('a'))
    await outbox.flush()
    outbox.forget(({ messageId }) => messageId === 'a')
    expect(store.getItem('outbox')).toBeNull()
  })

  it('sends what is written while it is sending', async () => {
    const { outbox, sent } = outboxTo(['lost'])
    outbox.add(message('a'))
    const first = outbox.flush()
    outbox.add(message('b'))
    await Promise.all([first, outbox.flush()])
    expect(sent).toEqual(['a', 'a', 'b'])
  })
})

it('waits from half a second to a limit that doubles up to thirty, anywhere between', () => {
  const limits = Array.from({ length: 8 }, (_, attempt) => [
    reconnectDelay(attempt, () => 0),
    reconnectDelay(attempt, () => 1),
  ])
  expect(limits).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => [500, seconds * 1_000]))
  expect(reconnectDelay(10_000, () => 1)).toBe(30_000)
})
