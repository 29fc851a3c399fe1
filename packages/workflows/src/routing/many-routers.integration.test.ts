import type { AgentCommandInput, Desk, TicketCommandInput } from '@guichet/domain'
import { availabilities, createDesk, defaultRoutingTerms, guichetEvents, instant, priorities } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Router, Sharing } from './index.ts'
import { createRouter } from './index.ts'
import { checkHistory } from './testing/check-history.ts'

const by = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const workers = 20
const names = Array.from({ length: workers }, (_, number) => `router-${number}`)
const stores = 4

describe('twenty routers on one Postgres', { timeout: 300_000 }, () => {
  let database: TestDatabase
  let opened: PostgresStore[]
  let desk: Desk
  let routers: Router[]
  let agents: number
  const errors: string[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
    opened = await Promise.all(
      Array.from({ length: stores }, () =>
        postgresStore({ connectionString: database.url, catalogue: guichetEvents, maxConnections: 4 }),
      ),
    )
    desk = deskOf(0)
    errors.length = 0
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
  const start = async (sharing?: Sharing): Promise<void> => {
    const more = { terms: () => defaultRoutingTerms, gatherMs: 100, concurrency: 16, sharing }
    const onError = (error: unknown): void => void errors.push(String(error))
    routers = names.map((name, number) => createRouter({ desk: deskOf(number), name, ...more, onError }))
    await Promise.all(routers.map((router) => router.start()))
  }
  const random = (below: number): number => Math.floor(Math.random() * below)
  const agent = (id: string, command: AgentCommandInput) => desk.execute('agent', id, command, { by })
  const ticket = (id: string, command: TicketCommandInput) =>
    desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : by })
  const pick = <T>(list: readonly T[]): T => {
    const one = list[random(list.length)]
    if (one === undefined) throw new Error('nothing to pick from')
    return one
  }
  const nth = (number: number): string => `t${number}`

  /** Whatever may happen to a desk while its tickets are routed. */
  const disturb = async (known: number): Promise<unknown> => {
    const id = nth(random(known))
    const one = random(100)
    if (one < 30) return agent(`a${random(agents)}`, { type: 'setAvailability', availability: pick(availabilities) })
    if (one < 70) return ticket(id, { type: pick(['close', 'resolve'] as const) })
    if (one < 80) return ticket(id, { type: 'unassign' })
    if (one < 88) return ticket(id, { type: 'assign', assignee: { id: `a${random(agents)}` } })
    if (one < 95) return ticket(id, { type: 'reopen' })
    return agent(`a${random(agents)}`, { type: 'changeProfile', changes: { capacity: { ticket: random(16) } } })
  }

  /** A desk whose tickets are all opened while the routers are at work. */
  const open = async (tickets: number): Promise<void> => {
    for (let number = 0; number < tickets; number += 50) {
      const some = Array.from({ length: 50 }, (_, index) =>
        ticket(nth(number + index), {
          type: 'open',
          subject: 'Mouse',
          body: 'Gone',
          customer: { id: 'carl' },
          priority: pick(priorities),
        }),
      )
      await Promise.all([...some, ...Array.from({ length: 25 }, () => disturb(number + 50))])
    }
  }
  const hire = async (): Promise<void> => {
    for (let number = 0; number < agents; number++) {
      await agent(`a${number}`, { type: 'register', profile: { name: `A${number}`, capacity: { ticket: random(16) } } })
      await agent(`a${number}`, { type: 'setAvailability', availability: 'available' })
    }
  }
  const atRest = (): Promise<unknown> =>
    vi.waitUntil(
      async () => {
        const head = await desk.store.head()
        return routers.every((router) => {
          const { idle, position } = router.status()
          return (
            idle && head !== undefined && position !== undefined && desk.store.comparePositions(position, head) >= 0
          )
        })
      },
      { timeout: 120_000, interval: 50 },
    )

  it.each([
    { how: 'share out the tickets', tickets: 5_000, hired: 60, sharing: { routers: names, turnMs: 2_000 } },
    { how: 'know nothing of each other', tickets: 200, hired: 8, sharing: undefined },
  ])(
    'give nobody more than they can take, lose nothing and offer nothing twice when they $how',
    async ({ tickets, hired, sharing }) => {
      agents = hired
      await hire()
      await start(sharing)
      await open(tickets)
      await atRest()
      const { faults, counts } = await checkHistory(desk.store)
      expect(faults).toEqual([])
      expect(errors).toEqual([])
      expect(counts).toMatchObject({
        TicketOpened: tickets,
        TicketAssigned: expect.any(Number),
        RoutingDeclined: expect.any(Number),
        TicketQueued: expect.any(Number),
        WorkReleased: expect.any(Number),
      })
    },
  )
})
