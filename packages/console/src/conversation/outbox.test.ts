import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Unsent } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import { memoryStorage } from '../connection/storage.ts'
import { Unreachable } from '../connection/refusals.ts'

afterEach(() => void vi.unstubAllGlobals())

/** An outbox whose server answers what is given, in turn; `lost` loses the answer, though the server took the message. */
function outboxTo(answers: ('ok' | 'lost' | 'CHAT_CLOSED')[], store = memoryStorage(), stopped = () => false) {
  const sent: string[] = []
  const waits: number[] = []
  const changes: number[] = []
  const outbox = createOutbox({
    store,
    key: 'outbox',
    changed: () => void changes.push(changes.length),
    stopped,
    pause: async (attempt) => void waits.push(attempt),
    send: async ({ messageId }) => {
      sent.push(messageId)
      const answer = answers.shift() ?? 'ok'
      if (answer === 'lost') throw new Unreachable()
      return answer === 'ok' ? undefined : answer
    },
  })
  return { outbox, sent, waits, changes, store }
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
    const store = memoryStorage()
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

  it('sends a refused message once more under its id when its writer asks for it', async () => {
    const { outbox, sent } = outboxTo(['CHAT_CLOSED', 'ok'])
    outbox.add(message('a'))
    await outbox.flush()
    outbox.retry('a')
    await outbox.flush()
    expect(sent).toEqual(['a', 'a'])
    expect(outbox.all()).toEqual([{ ...message('a'), acknowledged: true }])
  })

  it('leaves what waits to the next page once it is stopped', async () => {
    const { outbox, sent } = outboxTo(['lost', 'ok'], memoryStorage(), () => sent.length > 0)
    outbox.add(message('a'))
    outbox.add(message('b'))
    await outbox.flush()
    expect(sent).toEqual(['a'])
    expect(outbox.all()).toEqual([message('a'), message('b')])
  })

  it('holds a message once, and nothing where what was kept is damaged', () => {
    const { outbox, store } = outboxTo([])
    for (const id of ['a', 'b', 'a']) outbox.add(message(id))
    expect(outbox.all().map(({ messageId }) => messageId)).toEqual(['a', 'b'])
    for (const damaged of ['[', '{}', '"text"']) {
      store.setItem('outbox', damaged)
      expect(outbox.all()).toEqual([])
    }
  })

  it('forgets what the chat shows', async () => {
    const { outbox, store } = outboxTo([])
    outbox.add(message('a'))
    await outbox.flush()
    outbox.forget(({ messageId }) => messageId === 'a')
    expect(store.getItem('outbox')).toBeNull()
  })

  it('reports no change before its page has it', async () => {
    const { outbox, store } = outboxTo([])
    outbox.add(message('a'))
    await outbox.flush()
    const opened = outboxTo([], store)
    expect([opened.changes, opened.outbox.all()]).toEqual([[], []])
  })

  it('sends without a lock where the browser refuses one', async () => {
    const request = () => Promise.reject(new DOMException('The origin is opaque', 'SecurityError'))
    vi.stubGlobal('navigator', { locks: { request } })
    const { outbox, sent } = outboxTo(['lost'])
    outbox.add(message('a'))
    await outbox.flush()
    expect(sent).toEqual(['a', 'a'])
  })

  it('goes on after a failure of the storage', async () => {
    const store = memoryStorage()
    const { outbox, sent } = outboxTo([], store)
    outbox.add(message('a'))
    const full = vi.spyOn(store, 'setItem').mockImplementationOnce(() => {
      throw new DOMException('The storage is full', 'QuotaExceededError')
    })
    await expect(outbox.flush()).rejects.toThrow('full')
    full.mockRestore()
    await outbox.flush()
    expect(sent).toEqual(['a', 'a'])
    expect(outbox.all()).toMatchObject([{ acknowledged: true }])
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
