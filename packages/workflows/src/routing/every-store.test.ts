import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { createDesk, defaultRoutingTerms, guichetEvents as catalogue, inMemoryStore, instant } from '@guichet/domain'
import { eventStoreDbStore } from '@guichet/eventstore'
import { startEventStoreServer } from '@guichet/eventstore/testing'
import { createRouter } from './router.ts'
import { checkHistory } from './testing/check-history.ts'
import { busyDesk, untilAtRest } from './testing/desks.ts'

const stores: Readonly<Record<string, () => Promise<{ store: EventStore; release?: () => Promise<void> }>>> = {
  memory: async () => ({ store: inMemoryStore({ catalogue, now: () => instant(new Date()) }) }),
  'EventStoreDB (a server in this process)': async () => {
    const server = await startEventStoreServer()
    return { store: await eventStoreDbStore({ catalogue, connectionString: server.url }), release: server.stop }
  },
}
const routersAtWork = 4

describe.each(Object.entries(stores))('routers with their events in %s', (_, open) => {
  const letGo: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const release of letGo.splice(0)) await release()
  })

  it('exceed no agent’s capacity, lose nothing and offer nothing twice', async () => {
    const { store, release } = await open()
    const desk = () => createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const errors: unknown[] = []
    const more = { terms: () => defaultRoutingTerms, onError: (error: unknown) => void errors.push(error) }
    const routers = Array.from({ length: routersAtWork }, () =>
      createRouter({ desk: desk(), concurrency: 16, gatherMs: 50, ...more }),
    )
    letGo.push(
      () => Promise.all(routers.map((router) => router.stop())),
      () => store.close(),
      async () => release?.(),
    )
    const people = busyDesk(desk(), 5)
    await people.hire()
    await Promise.all(routers.map((router) => router.start()))
    await people.open(100)
    await untilAtRest(desk(), routers, 60_000)
    const { faults, counts, tickets } = await checkHistory(store)
    expect(errors).toEqual([])
    expect(faults).toEqual([])
    expect(tickets.size).toBe(100)
    expect(counts).toMatchObject({ TicketOpened: 100, TicketAssigned: expect.any(Number) })
  })
})
