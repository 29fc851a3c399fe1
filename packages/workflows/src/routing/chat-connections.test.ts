import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Actor, Chat, chatEvents, ChatSettings, Desk } from '@guichet/domain'
import { defaultRoutingTerms, settleChat } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import type { ChatRouter } from './chat-router.ts'
import { createChatRouter } from './chat-router.ts'

const staff = { kind: 'system', id: 'staff' } as const
const agent = (id: string): Actor => ({ kind: 'agent', id })
const customer = (id: string): Actor => ({ kind: 'customer', id })
const patience = { interval: 5 }
const minute = 60_000

describe('a router of chats that knows who is connected', () => {
  let desk: Desk
  let routers: ChatRouter[]
  /** For how long each person has had no connection; those who are missing here were never seen. */
  let absent: Map<string, number>
  /** The agents whose connections were read. */
  let read: Set<string>
  let isKnown: boolean
  let chatPresence: ChatSettings['presence']
  let reported: unknown[]
  beforeEach(() => {
    desk = deskInMemory()
    routers = []
    absent = new Map()
    read = new Set()
    isKnown = true
    reported = []
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
    expect(reported).toEqual([])
  })

  const start = async (rule: ChatSettings['presence'] = 'observed'): Promise<void> => {
    chatPresence = rule
    const router = createChatRouter({
      desk,
      terms: () => ({ ...defaultRoutingTerms, chatPresence }),
      connections: {
        isKnown: () => isKnown,
        agent: (id) => {
          read.add(id)
          return absent.get(`desk/${id}`)
        },
        customer: (id) => absent.get(`customer/${id}`),
      },
      onError: (error) => void reported.push(error),
    })
    routers.push(router)
    await router.start()
  }
  const hire = async (id: string, profile: object = {}): Promise<void> => {
    await desk.execute('agent', id, { type: 'register', profile: { name: id, ...profile } }, { by: staff })
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: staff })
  }
  const chat = async (id: string): Promise<void> => {
    const started = await desk.startChat(id, { customer: { id }, language: 'fr' }, { by: customer(id) })
    expect(started.ok).toBe(true)
  }
  const stateOf = async (id: string): Promise<Chat> => {
    const { state } = await desk.read('chat', id)
    if (state.status === 'absent') throw new Error(`no chat ${id}`)
    return state
  }
  const typesOf = async (id: string): Promise<readonly string[]> =>
    (await desk.store.readStream(`chat-${id}`)).map(({ event }) => event.type)
  const until = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, patience)
  /** Resolves when every router has read connections again and has nothing to do. */
  const settled = async (): Promise<void> => {
    await chat(`z-probe${randomUUID()}`)
    await until(async () => {
      const position = await desk.store.head()
      for (const router of routers) expect(router.status()).toMatchObject({ position, underWay: 0 })
    })
  }

  it('records once that a waiting visitor is gone, whatever number of routers there are, and that they are back', async () => {
    for (let n = 0; n < 3; n++) await start()
    absent.set('customer/zoe', 0)
    await chat('zoe')
    await settled()
    expect((await stateOf('zoe')).disconnectedAt).toBeUndefined()
    absent.set('customer/zoe', 15_000)
    await until(async () => expect((await stateOf('zoe')).disconnectedAt).toBeDefined())
    await hire('ann')
    await settled()
    expect((await stateOf('zoe')).offer).toBeUndefined()
    absent.set('customer/zoe', 0)
    await until(async () => expect((await stateOf('zoe')).offer?.agent.id).toBe('ann'))
    expect(await typesOf('zoe')).toEqual([
      'ChatStarted',
      'ChatCustomerDisconnected',
      'ChatCustomerReconnected',
      'ChatOffered',
    ] satisfies (keyof typeof chatEvents)[])
  })

  it('leaves a chat with an agent whose acceptance was their first sign of life after a while', async () => {
    absent.set('desk/ann', 2 * minute)
    await hire('ann')
    await start()
    await chat('zoe')
    expect(await desk.acceptChat('zoe', { by: agent('ann') })).toMatchObject({ ok: true })
    await settled()
    // The sign arrives behind the event.
    absent.set('desk/ann', 0)
    await settled()
    expect((await stateOf('zoe')).assignee?.id).toBe('ann')
    expect(await typesOf('zoe')).not.toContain('ChatRequeued')
    absent.set('desk/ann', minute)
    await until(async () => expect(await typesOf('zoe')).toContain('ChatRequeued'))
  })

  it('withdraws the offer of an agent who is not available any more, at once', async () => {
    await hire('ann')
    await start()
    await chat('zoe')
    await until(async () => expect((await stateOf('zoe')).offer?.agent.id).toBe('ann'))
    await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'break' }, { by: agent('ann') })
    await until(async () => expect((await stateOf('zoe')).offer).toBeUndefined())
    const withdrawn = (await desk.store.readStream('chat-zoe')).map(({ event }) => event).at(-1)
    expect(withdrawn).toMatchObject({ type: 'ChatOfferWithdrawn', reason: 'agent_unavailable' })
    await settled()
    expect((await stateOf('zoe')).offer).toBeUndefined()
  })

  it('takes nobody for gone who loads a page again, or while it cannot know', async () => {
    absent.set('customer/zoe', 14_000)
    absent.set('customer/max', minute)
    isKnown = false
    await start()
    for (const id of ['zoe', 'max']) await chat(id)
    await settled()
    expect(await typesOf('max')).toEqual(['ChatStarted'])
    isKnown = true
    await until(async () => expect(await typesOf('max')).toContain('ChatCustomerDisconnected'))
    expect(await typesOf('zoe')).toEqual(['ChatStarted'])
  })

  it('records that a visitor is back while it cannot know who is gone', async () => {
    absent.set('customer/zoe', 15_000)
    await start()
    await chat('zoe')
    await until(async () => expect((await stateOf('zoe')).disconnectedAt).toBeDefined())
    isKnown = false
    await settled()
    expect((await stateOf('zoe')).disconnectedAt).toBeDefined()
    absent.set('customer/zoe', 0)
    await until(async () => expect((await stateOf('zoe')).disconnectedAt).toBeUndefined())
  })

  it('takes the customer of a chat for there while who survives their merge is, and has reopened it', async () => {
    await chat('zoe')
    await desk.execute('chat', 'zoe', { type: 'end' }, { by: customer('zoe') })
    await settleChat(desk, 'zoe')
    await desk.execute('customer', 'max', { type: 'register' }, { by: staff })
    expect(await desk.mergeCustomers('zoe', 'max', { by: staff })).toMatchObject({ ok: true })
    absent.set('customer/zoe', 60 * minute)
    absent.set('customer/max', 0)
    await start()
    expect(await desk.reopenChat('zoe', { by: customer('max') })).toMatchObject({ ok: true })
    await settled()
    expect((await stateOf('zoe')).disconnectedAt).toBeUndefined()
    absent.set('customer/max', 15_000)
    await until(async () => expect((await stateOf('zoe')).disconnectedAt).toBeDefined())
  })

  it('offers nothing to an agent who is gone for so long that they are no longer remembered', async () => {
    await hire('ann')
    absent.set('desk/ann', minute)
    await start()
    await chat('c')
    await until(async () => expect(read).toContain('ann'))
    await settled()
    expect((await stateOf('c')).offer).toBeUndefined()
    absent.delete('desk/ann')
    await settled()
    expect((await stateOf('c')).offer).toBeUndefined()
    absent.set('desk/ann', 0)
    await until(async () => expect((await stateOf('c')).offer?.agent.id).toBe('ann'))
  })

  it('takes agents who were never seen for there when connections are no longer required', async () => {
    await hire('ann')
    await start('required')
    absent.set('customer/c', 0)
    await chat('c')
    await settled()
    expect((await stateOf('c')).offer).toBeUndefined()
    chatPresence = 'observed'
    await until(async () => expect((await stateOf('c')).offer?.agent.id).toBe('ann'))
  })

  it('offers chats to connected agents first, and to one who was never seen when those have not taken it', async () => {
    for (const id of ['ann', 'bob', 'cas', 'dan']) await hire(id)
    absent.set('desk/cas', 0)
    await start()
    for (const id of ['a', 'b', 'c']) await chat(id)
    for (const id of ['a', 'b', 'c']) await until(async () => expect((await stateOf(id)).offer?.agent.id).toBe('cas'))
    await desk.execute('chat', 'a', { type: 'decline' }, { by: agent('cas') })
    await until(async () => expect((await stateOf('a')).offer?.agent.id).toMatch(/ann|bob|dan/))
  })

  it.each([
    { rule: 'observed', unseen: false, seen: true },
    { rule: 'required', unseen: true, seen: true },
    { rule: 'ignored', unseen: false, seen: false },
  ] as const)('follows the rule $rule for those without a connection', async ({ rule, unseen, seen }) => {
    absent.set('customer/seen', minute)
    absent.set('customer/there', 0)
    await start(rule)
    for (const id of ['unseen', 'seen', 'there']) await chat(id)
    const gone = async (id: string) => (await stateOf(id)).disconnectedAt !== undefined
    await until(async () => expect([await gone('unseen'), await gone('seen')]).toEqual([unseen, seen]))
    expect(await gone('there')).toBe(false)
  })

  it('puts the chats whose visitors wait back at the head of the queue with a notice, and leaves the others', async () => {
    await hire('ann')
    await start()
    for (const id of ['waits', 'writes']) {
      await chat(id)
      await until(async () => expect((await stateOf(id)).offer?.agent.id).toBe('ann'))
      expect(await desk.acceptChat(id, { by: agent('ann') })).toMatchObject({ ok: true })
    }
    await desk.execute('chat', 'writes', { type: 'send', messageId: 'm', body: 'Oui ?' }, { by: agent('ann') })
    absent.set('desk/ann', 59_000)
    await settled()
    expect((await stateOf('waits')).status).toBe('active')
    absent.set('desk/ann', minute)
    await until(async () => expect((await stateOf('waits')).status).toBe('waiting'))
    expect((await stateOf('writes')).status).toBe('active')
    const [requeued, notice] = (await desk.store.readStream('chat-waits')).slice(-2).map(({ event }) => event)
    expect(requeued).toMatchObject({ type: 'ChatRequeued', from: { id: 'ann' } })
    expect(notice).toMatchObject({
      type: 'ChatMessageSent',
      kind: 'system',
      body: expect.stringContaining('conseiller'),
    })
    await desk.execute('chat', 'writes', { type: 'send', messageId: 'n', body: 'Allô' }, { by: customer('writes') })
    await until(async () => expect((await stateOf('writes')).status).toBe('waiting'))
    await hire('ben', { capacity: { chat: 1 } })
    await until(async () => expect((await stateOf('waits')).offer?.agent.id).toBe('ben'))
  })

  it('withdraws offers to agents who are gone, and offers chats only to those who are there', async () => {
    await hire('ann')
    await start()
    await chat('c')
    await until(async () => expect((await stateOf('c')).offer?.agent.id).toBe('ann'))
    absent.set('desk/ann', minute)
    await until(async () => expect((await stateOf('c')).offer).toBeUndefined())
    await hire('ben')
    await until(async () => expect((await stateOf('c')).offer?.agent.id).toBe('ben'))
    await until(async () => {
      const { state } = await desk.read('agent', 'ann')
      expect(state.status === 'absent' ? undefined : Object.keys(state.claims)).toEqual([])
    })
  })
})
