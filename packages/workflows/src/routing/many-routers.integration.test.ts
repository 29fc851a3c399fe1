import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import { createDesk, defaultRoutingTerms, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Router } from './router.ts'
import { createRouter } from './router.ts'
import { checkHistory } from './testing/check-history.ts'
import { busyDesk, untilAtRest } from './testing/desks.ts'

const workers = 20
const stores = 4

describe('twenty routers on one Postgres', () => {
  let database: TestDatabase
  let opened: PostgresStore[]
  let routers: Router[]
  let errors: string[]

  beforeEach(async () => {
    database = await createTestDatabase()
    opened = await Promise.all(
      Array.from({ length: stores }, () =>
        postgresStore({ connectionString: database.url, catalogue: guichetEvents, maxConnections: 4 }),
      ),
    )
    errors = []
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
    await Promise.all(opened.map((store) => store.close()))
    await database.drop()
  })

  const deskOf = (number: number): Desk => {
    const store = opened[number % stores]
    if (!store) throw new Error('no store')
    return createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  }
  const start = async (): Promise<void> => {
    const more = { terms: () => defaultRoutingTerms, gatherMs: 100, concurrency: 16 }
    const onError = (error: unknown): void => void errors.push(String(error))
    routers = Array.from({ length: workers }, (_, number) => createRouter({ desk: deskOf(number), ...more, onError }))
    await Promise.all(routers.map((router) => router.start()))
  }

  it.each([{ tickets: 200, agents: 8 }])(
    'exceed no agent’s capacity, lose nothing and offer nothing twice for $agents agents',
    async ({ tickets, agents }) => {
      const desk = deskOf(0)
      const people = busyDesk(desk, agents)
      await people.hire()
      await start()
      await people.open(tickets)
      await untilAtRest(desk, routers, 120_000)
      const { faults, counts } = await checkHistory(desk.store)
      expect(faults).toEqual([])
      expect(errors).toEqual([])
      expect(counts).toMatchObject({
        TicketOpened: tickets,
        TicketAssigned: expect.any(Number),
        TicketQueued: expect.any(Number),
      })
    },
  )
})
