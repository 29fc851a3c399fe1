import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor, AgentEvent, AgentState, ChatState, Desk, EventEnvelope } from '@guichet/domain'
import {
  createDesk,
  defaultRoutingTerms,
  evolveAgent,
  guichetEvents,
  instant,
  loadOf,
  parseStream,
  settleChat,
} from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { inParallel } from '../supervision.ts'
import type { ChatRouter } from './chat-router.ts'
import { createChatRouter } from './chat-router.ts'

const workers = 20
const stores = 4
/** 5,000 chats take long: `GUICHET_TEST_ROUTED_CHATS=5000` runs them. */
const chats = Number(process.env['GUICHET_TEST_ROUTED_CHATS'] ?? 60)
const agents = Math.max(10, Math.round(chats / 100))

const staff = { kind: 'system', id: 'staff' } as const
const agentActor = (id: string): Actor => ({ kind: 'agent', id })

describe('twenty routers of chats on one Postgres', { timeout: 3_600_000, retry: 0 }, () => {
  let database: TestDatabase
  let opened: PostgresStore[]
  let desks: Desk[]
  let routers: ChatRouter[]
  let errors: string[]

  beforeEach(async () => {
    database = await createTestDatabase()
    opened = await Promise.all(
      Array.from({ length: stores }, () =>
        postgresStore({ connectionString: database.url, catalogue: guichetEvents, maxConnections: 4 }),
      ),
    )
    desks = opened.map((store) => createDesk({ store, now: () => instant(new Date()), newId: randomUUID }))
    errors = []
    routers = []
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
    await Promise.all(opened.map((store) => store.close()))
    await database.drop()
  })

  /** The desk of one of the stores: each has a cache of its own. */
  const deskOf = (number: number): Desk => {
    const desk = desks[number % stores]
    if (!desk) throw new Error('no desk')
    return desk
  }

  /** The chats that have been active; none is closed before every place was taken once. */
  const active = new Set<string>()

  /** An agent accepts a chat, or takes it beside the routers, or closes it. Returns whether it is closed. */
  const serve = async (id: string, number: number, desk: Desk): Promise<boolean> => {
    const { state }: { state: ChatState } = await desk.read('chat', id)
    if (state.status === 'waiting') {
      const taker = state.offer?.agent.id ?? (number % 3 === 0 ? `a${number % agents}` : undefined)
      if (taker !== undefined) await desk.acceptChat(id, { by: agentActor(taker) })
    } else if (state.status === 'active' && state.assignee) {
      active.add(id)
      if (active.size >= agents * 3) {
        await desk.execute('chat', id, { type: 'close' }, { by: agentActor(state.assignee.id) })
        await settleChat(desk, id)
      }
    }
    return state.status === 'closed'
  }

  /** The most chats that any agent had at once, by their own streams. */
  const mostAtOnce = async (desk: Desk): Promise<number> => {
    const states = new Map<string, AgentState>()
    let most = 0
    let after: EventEnvelope['position'] | undefined
    for (;;) {
      const page: readonly EventEnvelope[] = await desk.store.readAll({
        limit: 5_000,
        ...(after !== undefined && { after }),
      })
      for (const { stream, event } of page) {
        if (parseStream(stream).category !== 'agent') continue
        const state = evolveAgent(states.get(stream) ?? { status: 'absent' }, event as AgentEvent)
        states.set(stream, state)
        if (state.status !== 'absent') most = Math.max(most, loadOf(state).chat)
      }
      const last = page.at(-1)
      if (!last) return most
      after = last.position
    }
  }

  it(`never give one of ${agents} agents a fourth chat, and serve each of ${chats} chats`, async () => {
    const desk = deskOf(0)
    for (let n = 0; n < agents; n++) {
      await desk.execute('agent', `a${n}`, { type: 'register', profile: { name: `a${n}` } }, { by: staff })
      await desk.execute('agent', `a${n}`, { type: 'setAvailability', availability: 'available' }, { by: staff })
    }
    const onError = (error: unknown): void => void errors.push(String(error))
    routers = Array.from({ length: workers }, (_, number) =>
      createChatRouter({
        desk: deskOf(number),
        terms: () => defaultRoutingTerms,
        gatherMs: 100,
        concurrency: 8,
        onError,
      }),
    )
    await Promise.all(routers.map((router) => router.start()))
    const ids = Array.from({ length: chats }, (_, number) => number)
    await inParallel(ids, agents * 6, async (number) => {
      const by = { kind: 'customer', id: `v${number}` } as const
      const started = await deskOf(number).startChat(`c${number}`, { customer: { id: by.id } }, { by })
      expect(started.ok).toBe(true)
      await vi.waitUntil(() => serve(`c${number}`, number, deskOf(number)), { interval: 20 })
    })
    expect(await mostAtOnce(desk)).toBe(3)
    expect(errors).toEqual([])
  })
})
