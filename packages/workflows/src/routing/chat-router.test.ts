import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor, AgentEvent, Chat, Desk, Instant } from '@guichet/domain'
import {
  clockActor,
  createDesk,
  defaultRoutingTerms,
  evolveAgent,
  guichetEvents,
  hours,
  inMemoryStore,
  instant,
  later,
  loadOf,
  settleChat,
} from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import type { ChatRouter, ChatRouterOptions } from './chat-router.ts'
import { createChatRouter } from './chat-router.ts'

const staff = { kind: 'system', id: 'staff' } as const
const agent = (id: string): Actor => ({ kind: 'agent', id })
const customer = (id: string): Actor => ({ kind: 'customer', id })
const patience = { interval: 5 }

describe('a router of chats', () => {
  let desk: Desk
  let routers: ChatRouter[]
  const reported: string[] = []
  beforeEach(() => {
    desk = createDesk({
      store: inMemoryStore({ catalogue: guichetEvents }),
      now: () => instant(new Date()),
      newId: randomUUID,
    })
    routers = []
    reported.length = 0
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
    expect(reported).toEqual([])
  })

  const start = async (more: Partial<ChatRouterOptions> = {}): Promise<void> => {
    const onError = (error: unknown, what: string): void => void reported.push(`${what}: ${String(error)}`)
    const router = createChatRouter({ desk, terms: () => defaultRoutingTerms, onError, ...more })
    routers.push(router)
    await router.start()
  }
  const hire = async (id: string, profile: object = {}): Promise<void> => {
    await desk.execute('agent', id, { type: 'register', profile: { name: id, ...profile } }, { by: staff })
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: staff })
  }
  const chat = async (id: string, priority: 'normal' | 'urgent' = 'normal'): Promise<void> => {
    const started = await desk.startChat(id, { customer: { id }, priority }, { by: customer(id) })
    expect(started.ok).toBe(true)
  }
  const stateOf = async (id: string): Promise<Chat> => {
    const { state } = await desk.read('chat', id)
    if (state.status === 'absent') throw new Error(`no chat ${id}`)
    return state
  }
  const offeredTo = (id: string): Promise<string> =>
    vi.waitFor(async () => {
      const { offer } = await stateOf(id)
      if (!offer || !(await claimsOf(offer.agent.id)).includes(`chat-${id}`))
        throw new Error(`${id} is not offered yet`)
      return offer.agent.id
    }, patience)
  const claimsOf = async (id: string): Promise<readonly string[]> => {
    const { state } = await desk.read('agent', id)
    return state.status === 'absent' ? [] : Object.keys(state.claims)
  }
  /** Fires the deadline of the open offer of a chat. */
  const expire = async (id: string): Promise<void> => {
    const { offer } = await stateOf(id)
    if (!offer) throw new Error(`${id} is not offered`)
    const fire = { type: 'fire', kind: 'chat_offer', cycle: offer.round, dueAt: offer.expiresAt } as const
    const { times } = await stateOf(id)
    expect(times.offerFor).toBeLessThan(60_000)
    await desk.engine.execute('chat', id, fire, { by: clockActor, at: offer.expiresAt })
  }

  it('offers a chat to an agent, whose place it takes, and who accepts it', async () => {
    await hire('ann')
    await start()
    await chat('c')
    expect(await offeredTo('c')).toBe('ann')
    expect(await desk.acceptChat('c', { by: agent('ann') })).toMatchObject({ ok: true })
    expect(await stateOf('c')).toMatchObject({ status: 'active', assignee: { id: 'ann' } })
  })

  it('offers it to somebody else when it is declined or missed, and frees the place', async () => {
    for (const id of ['ann', 'ben', 'cem']) await hire(id)
    await start()
    await chat('c')
    const first = await offeredTo('c')
    await desk.execute('chat', 'c', { type: 'decline' }, { by: agent(first) })
    const second = await vi.waitFor(async () => {
      const to = await offeredTo('c')
      if (to === first) throw new Error('still offered to the first')
      return to
    }, patience)
    await expire('c')
    const third = await vi.waitFor(async () => {
      const to = await offeredTo('c')
      if (to === first || to === second) throw new Error('not offered to the third')
      return to
    }, patience)
    expect(new Set([first, second, third]).size).toBe(3)
    await vi.waitFor(async () => {
      expect([await claimsOf(first), await claimsOf(second), await claimsOf(third)]).toEqual([[], [], ['chat-c']])
    }, patience)
  })

  it('offers no agent more chats than they have places, the most urgent first', async () => {
    for (const id of ['c1', 'c2', 'c3', 'c4']) await chat(id)
    await chat('c5', 'urgent')
    await start()
    await hire('ann')
    await vi.waitFor(async () => expect(await claimsOf('ann')).toHaveLength(3), patience)
    expect(await offeredTo('c5')).toBe('ann')
    await vi.waitFor(
      () => expect(routers[0]?.status()).toMatchObject({ waiting: 2, offered: 3, underWay: 0 }),
      patience,
    )
    expect((await stateOf('c4')).offer).toBeUndefined()
  })

  it('hands a chat to a team, whose agents are asked in turn, and leaves it where it was when nobody is left', async () => {
    await hire('ann')
    await start()
    await chat('c')
    await offeredTo('c')
    await desk.acceptChat('c', { by: agent('ann') })
    await hire('ben', { team: 'billing' })
    await desk.execute('chat', 'c', { type: 'transfer', to: { team: 'billing' } }, { by: agent('ann') })
    expect(await offeredTo('c')).toBe('ben')
    expect(await desk.acceptChat('c', { by: agent('ben') })).toMatchObject({ ok: true })
    await vi.waitFor(async () => expect(await claimsOf('ann')).toEqual([]), patience)
    await desk.execute('chat', 'c', { type: 'transfer', to: { team: 'nobody' } }, { by: agent('ben') })
    await vi.waitFor(async () => expect((await stateOf('c')).transfer).toBeUndefined(), patience)
    expect(await stateOf('c')).toMatchObject({ status: 'active', assignee: { id: 'ben' } })
  })

  it('puts a chat whose agent is offline back into the queue while the customer waits', async () => {
    await hire('ann')
    await start()
    await chat('c')
    await offeredTo('c')
    await desk.acceptChat('c', { by: agent('ann') })
    await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'offline' }, { by: staff })
    await vi.waitFor(async () => expect(await stateOf('c')).toMatchObject({ status: 'waiting' }), patience)
    await hire('ben')
    expect(await offeredTo('c')).toBe('ben')
  })

  it('offers a chat that was closed and reopened while it runs', async () => {
    await start()
    await chat('c')
    await desk.execute('chat', 'c', { type: 'end' }, { by: customer('c') })
    await settleChat(desk, 'c')
    await hire('ann')
    await vi.waitFor(() => expect(routers[0]?.status()).toMatchObject({ waiting: 0, underWay: 0 }), patience)
    expect(await desk.reopenChat('c', { by: customer('c') })).toMatchObject({ ok: true })
    expect(await offeredTo('c')).toBe('ann')
  })

  it('offers a chat again soon after a step that failed, whatever else it waits for', async () => {
    await hire('ann')
    const failures: unknown[] = []
    let fails = true
    const failing = deskAround(desk, (entry) => ({
      executeTogether: async (...given) => {
        const [, , [step]] = given
        if (fails && step?.command.type === 'offer') {
          fails = false
          throw new Error('the database is away')
        }
        return entry.executeTogether(...given)
      },
    }))
    const terms = { ...defaultRoutingTerms, shiftEnds: (at: Instant) => later(at, hours(1)) }
    await start({ desk: failing, terms: () => terms, onError: (error) => void failures.push(error) })
    await chat('c')
    expect(await offeredTo('c')).toBe('ann')
    expect(failures).toHaveLength(1)
  })

  it('considers no agent for a thousand waiting chats while nobody has a place', async () => {
    await hire('ann', { capacity: { chat: 0 } })
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => chat(`c${n}`)))
    let considered = 0
    const terms = { ...defaultRoutingTerms, onShift: () => (considered++, true) }
    await start({ terms: () => terms })
    await vi.waitFor(() => expect(routers[0]?.status()).toMatchObject({ waiting: 1_000, underWay: 0 }), patience)
    for (let n = 0; n < 5; n++) await chat(`later${n}`)
    await vi.waitFor(() => expect(routers[0]?.status().waiting).toBe(1_005), patience)
    expect(considered).toBe(0)
  })

  it('offers a transfer before chats that wait, and one chat more urgent than another first', async () => {
    await hire('ann', { capacity: { chat: 1 } })
    await start()
    await chat('c')
    await offeredTo('c')
    await desk.acceptChat('c', { by: agent('ann') })
    for (const id of ['w1', 'w2', 'w3']) await chat(id, 'urgent')
    await hire('ben', { team: 'billing', capacity: { chat: 0 } })
    await desk.execute('chat', 'c', { type: 'transfer', to: { team: 'billing' } }, { by: agent('ann') })
    await vi.waitFor(() => expect(routers[0]?.status().waiting).toBe(4), patience)
    await desk.execute('agent', 'ben', { type: 'changeProfile', changes: { capacity: { chat: 1 } } }, { by: staff })
    expect(await offeredTo('c')).toBe('ben')
  })

  it('refuses a transfer to a team or level for those outside of it who take it themselves', async () => {
    for (const [id, profile] of Object.entries({ ann: {}, ben: { team: 'billing' }, cem: {}, dan: { level: 2 } }))
      await hire(id, profile)
    await chat('c')
    expect(await desk.acceptChat('c', { by: agent('ann') })).toMatchObject({ ok: true })
    await desk.execute('chat', 'c', { type: 'transfer', to: { team: 'billing' } }, { by: agent('ann') })
    const refused = { ok: false, refusal: { code: 'chat_for_others' } }
    expect(await desk.acceptChat('c', { by: agent('cem') })).toMatchObject(refused)
    expect(await desk.acceptChat('c', { by: agent('dan') })).toMatchObject(refused)
    expect(await desk.acceptChat('c', { by: agent('ben') })).toMatchObject({ ok: true })
    await desk.execute('chat', 'c', { type: 'transfer', to: { level: 2 } }, { by: agent('ben') })
    expect(await desk.acceptChat('c', { by: agent('cem') })).toMatchObject(refused)
    expect(await desk.acceptChat('c', { by: agent('dan') })).toMatchObject({ ok: true })
  })

  it('never gives an agent a fourth chat, however many routers and agents act at once', async () => {
    const agents = Array.from({ length: 10 }, (_, n) => `a${n}`)
    for (const id of agents) await hire(id)
    for (let n = 0; n < 4; n++) await start()
    const chats = Array.from({ length: 120 }, (_, n) => `c${n}`)
    await Promise.all(chats.map((id) => chat(id)))
    const serve = async (id: string): Promise<boolean> => {
      const { status, offer, assignee } = await stateOf(id)
      if (status === 'waiting' && offer) await desk.acceptChat(id, { by: agent(offer.agent.id) })
      if (status !== 'closed' && assignee) {
        await desk.execute('chat', id, { type: 'close' }, { by: agent(assignee.id) })
        await settleChat(desk, id)
      }
      return status === 'closed'
    }
    await Promise.all(chats.map((id) => vi.waitUntil(() => serve(id), patience)))
    for (const id of agents) {
      let state = evolveAgent({ status: 'absent' }, { type: 'WorkReleased' } as AgentEvent)
      for (const { event } of await desk.store.readStream(`agent-${id}`)) {
        state = evolveAgent(state, event as AgentEvent)
        if (state.status !== 'absent') expect(loadOf(state).chat).toBeLessThanOrEqual(3)
      }
      await vi.waitFor(async () => expect(await claimsOf(id)).toEqual([]), patience)
    }
  })
})
