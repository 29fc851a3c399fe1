import { expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { unconfigured } from '@guichet/desk/configuration'
import { createPermits } from '../permits.ts'
import { createReadingBudget } from './reading-budget.ts'
import type { ApiContext } from './services.ts'
import { createHistoryCache, readTicketHistory, withTexts } from './ticket-history.ts'

const long = 'x'.repeat(50_000)
const by = { kind: 'agent', id: 'ana' } as const

/** A desk with one ticket, and a reader that counts the events read. */
async function scene(cacheBytes?: number) {
  let ids = 0
  const memory = inMemoryStore({ catalogue: guichetEvents })
  const now = () => instant(new Date('2026-03-02T09:00:00Z'))
  const desk = createDesk({ store: memory, now, newId: () => `id${++ids}`, policy: unconfigured })
  const customer = { id: 'zoe' }
  await desk.execute('ticket', 't1', { type: 'open', subject: 'Long', body: 'Hello', customer }, { by })
  let read = 0
  const store: EventStore = {
    ...memory,
    readStream: async (...args) => {
      const events = await memory.readStream(...args)
      read += events.length
      return events
    },
  }
  const services = { store, histories: createHistoryCache(cacheBytes) } as unknown as ApiContext['services']
  const places = { large: createPermits(1), pages: createPermits(2) }
  const reading = (historyEvents = 1_000) => ({
    services,
    budget: createReadingBudget({ historyEvents, textBytes: 1_000_000 }, places),
  })
  return {
    reply: async (count: number, body: string) => {
      for (let n = 0; n < count; n++) await desk.execute('ticket', 't1', { type: 'agentReply', body }, { by })
    },
    whole: async () => memory.readStream('ticket-t1'),
    /** Returns the history, and how many events were read from the store. */
    history: async (historyEvents?: number) => {
      const request = reading(historyEvents)
      read = 0
      const history = await readTicketHistory(request, 't1').finally(() => request.budget.release())
      return { history, read }
    },
    shown: async (history: Awaited<ReturnType<typeof readTicketHistory>>) => withTexts(reading(), history),
    atOnce: async (count: number) => {
      read = 0
      await Promise.all(
        Array.from({ length: count }, async () => {
          const request = reading()
          await readTicketHistory(request, 't1').finally(() => request.budget.release())
        }),
      )
      return read
    },
  }
}

it('reads only the new events of a cached long history, and returns all', async () => {
  const { reply, history, shown, whole } = await scene()
  await reply(20, long)
  const first = await history()
  expect(first.read).toBe((await whole()).length)
  await reply(3, 'short')
  await reply(1, long)
  const second = await history()
  const stored = await whole()
  expect(second.read).toBe(stored.length - first.read)
  expect(second.history.map(({ version }) => version)).toEqual(stored.map(({ version }) => version))
  expect(await shown(second.history.slice(-5))).toEqual(stored.slice(-5))
})

it('does not cache a short history', async () => {
  const { reply, history, whole } = await scene()
  await reply(2, 'short')
  await history()
  expect((await history()).read).toBe((await whole()).length)
})

it('counts cached events as read', async () => {
  const { reply, history } = await scene()
  await reply(20, long)
  await history()
  await expect(history(10)).rejects.toMatchObject({ extensions: { code: 'too_complex' } })
})

it('lets waiting readers use a history that another has read meanwhile', async () => {
  const { reply, atOnce, whole } = await scene()
  await reply(200, long)
  expect(await atOnce(10)).toBeLessThan(4 * (await whole()).length)
})

it('does not exceed the size of the cache', async () => {
  const { reply, history, whole } = await scene(10_000)
  await reply(20, long)
  await history()
  expect((await history()).read).toBe((await whole()).length)
})
