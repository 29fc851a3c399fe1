import type {
  AgentCommandInput,
  Availability,
  Desk,
  RoutingTerms,
  TicketCommandInput,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import { createDesk, defaultRoutingTerms, guichetEvents, inMemoryStore, instant, routingActor } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Router, RouterOptions } from './index.ts'
import { createRouter } from './index.ts'
import { rankOf } from './rank.ts'

const staff = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const

describe('a router', () => {
  let desk: Desk
  let routers: Router[]

  beforeEach(() => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    routers = []
  })
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.stop()))
  })

  const start = async (more: Partial<RouterOptions> = {}): Promise<Router> => {
    const onError = (error: unknown): void => expect.fail(String(error))
    const router = createRouter({ desk, terms: () => defaultRoutingTerms, name: 'one', onError, ...more })
    routers.push(router)
    await router.start()
    return router
  }
  const settled = async (): Promise<void> => {
    await vi.waitUntil(
      async () => {
        const head = await desk.store.head()
        return routers.every(({ status }) => {
          const { idle, position } = status()
          return idle && (head === undefined || (position && desk.store.comparePositions(position, head) >= 0))
        })
      },
      { timeout: 5_000, interval: 5 },
    )
  }
  const agent = async (id: string, command: AgentCommandInput): Promise<void> => {
    const outcome = await desk.execute('agent', id, command, { by: staff })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const hire = async (id: string, places = 30, availability: Availability = 'available'): Promise<void> => {
    await agent(id, { type: 'register', profile: { name: id, capacity: { ticket: places } } })
    await agent(id, { type: 'setAvailability', availability })
  }
  const ticket = async (id: string, command: TicketCommandInput): Promise<void> => {
    const outcome = await desk.execute('ticket', id, command, { by: command.type === 'open' ? carl : staff })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const open = (id: string, more: Partial<Extract<TicketCommandInput, { type: 'open' }>> = {}): Promise<void> =>
    ticket(id, { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: 'carl' }, ...more })
  const stateOf = async (id: string): Promise<Exclude<TicketState, { status: 'absent' }>> => {
    const { state } = await desk.read('ticket', id)
    if (state.status === 'absent') throw new Error('no such ticket')
    return state
  }
  const claimsOf = async (id: string): Promise<string[]> => {
    const { state } = await desk.read('agent', id)
    return state.status === 'absent' ? [] : Object.keys(state.claims)
  }
  const events = async (id: string): Promise<TicketEvent['type'][]> =>
    (await desk.store.readStream(`ticket-${id}`)).map(({ event }) => event.type as TicketEvent['type'])

  it('does nothing on a desk without agents', async () => {
    await open('t')
    await start()
    await settled()
    expect(await events('t')).toEqual(['TicketOpened'])
  })

  it('gives a ticket to an agent: offered, claimed, assigned', async () => {
    await hire('ann')
    await start()
    await open('t')
    await settled()
    expect(await events('t')).toEqual(['TicketOpened', 'TicketRouted', 'TicketAssigned'])
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'ann', name: 'ann' }, routing: { rounds: 1 } })
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
  })

  it('queues what nobody can take, says so once, and gives it away as places come free: the more pressing first', async () => {
    await hire('ann', 1)
    await start()
    await open('first')
    await settled()
    await open('low', { priority: 'low' })
    await open('urgent', { priority: 'urgent' })
    await ticket('low', { type: 'tag', tag: 'x' })
    await settled()
    expect((await events('low')).filter((type) => type === 'TicketQueued')).toHaveLength(1)
    expect(await stateOf('urgent')).toMatchObject({ routing: { queued: { reason: 'everybody_full' } } })
    await ticket('first', { type: 'resolve' })
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-urgent'])
    await ticket('urgent', { type: 'close' })
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-low'])
  })

  it('takes up the queue when somebody becomes available', async () => {
    await hire('ann', 5, 'break')
    await start()
    await open('t')
    await settled()
    expect(await stateOf('t')).toMatchObject({ routing: { queued: { reason: 'nobody_available' } } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
  })

  it('lets places follow what people decide: assigned by hand, over capacity; reassigned; unassigned; reopened', async () => {
    await hire('ann', 0)
    await hire('bob', 0)
    await start()
    await open('t')
    await ticket('t', { type: 'assign', assignee: { id: 'ann' } })
    await settled()
    expect((await desk.read('agent', 'ann')).state).toMatchObject({ claims: { 'ticket-t': { forced: true } } })
    await ticket('t', { type: 'assign', assignee: { id: 'bob' } })
    await settled()
    expect([await claimsOf('ann'), await claimsOf('bob')]).toEqual([[], ['ticket-t']])
    await ticket('t', { type: 'resolve' })
    await settled()
    expect(await claimsOf('bob')).toEqual([])
    await ticket('t', { type: 'reopen' })
    await settled()
    expect(await claimsOf('bob')).toEqual(['ticket-t'])
    await ticket('t', { type: 'unassign' })
    await settled()
    expect(await claimsOf('bob')).toEqual([])
  })

  it('offers a ticket to another agent when the one chosen has gone meanwhile', async () => {
    await hire('ann')
    await open('t')
    const { version } = await desk.read('agent', 'ann')
    const decision = { strategy: 'score', candidates: '', excluded: {}, policyVersion: 'p' }
    await desk.execute(
      'ticket',
      't',
      { type: 'route', round: 1, agent: { id: 'ann' }, agentVersion: version, ...decision },
      { by: routingActor },
    )
    await agent('ann', { type: 'setAvailability', availability: 'offline' })
    await hire('bob')
    await start()
    await settled()
    expect(await events('t')).toEqual([
      'TicketOpened',
      'TicketRouted',
      'RoutingDeclined',
      'TicketRouted',
      'TicketAssigned',
    ])
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'bob' } })
  })

  it('completes what another one has left at any step', async () => {
    await hire('ann')
    await open('offered')
    await open('claimed')
    const decision = { strategy: 'score', candidates: '', excluded: {}, policyVersion: 'p', agentVersion: 1 }
    for (const id of ['offered', 'claimed']) {
      const route = { type: 'route', round: 1, agent: { id: 'ann' }, ...decision } as const
      await desk.execute('ticket', id, route, { by: routingActor })
    }
    const claim = { type: 'claim', work: 'ticket-claimed', channel: 'ticket', version: 2, round: 1 } as const
    await desk.execute('agent', 'ann', claim, { by: routingActor, commandId: 'routing/ticket-claimed/round/1/claim' })
    await start()
    await settled()
    for (const id of ['offered', 'claimed']) expect(await stateOf(id)).toMatchObject({ assignee: { id: 'ann' } })
    expect((await desk.store.readStream('agent-ann')).filter(({ event }) => event.type === 'WorkClaimed')).toHaveLength(
      2,
    )
  })

  it('gives back a place that nobody needs any more', async () => {
    await hire('ann')
    await open('t')
    await ticket('t', { type: 'close' })
    const claim = { type: 'claim', work: 'ticket-t', channel: 'ticket', version: 1, round: 1 } as const
    await desk.execute('agent', 'ann', claim, { by: routingActor })
    await start()
    await settled()
    expect(await claimsOf('ann')).toEqual([])
  })

  it('gives back a place that somebody slow has claimed after it was given back', async () => {
    await hire('ann')
    await start()
    await open('t')
    await settled()
    await ticket('t', { type: 'close' })
    await settled()
    expect(await claimsOf('ann')).toEqual([])
    const claim = { type: 'claim', work: 'ticket-t', channel: 'ticket', version: 3, forced: true } as const
    await desk.execute('agent', 'ann', claim, { by: routingActor })
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
    await settled()
    expect(await claimsOf('ann')).toEqual([])
  })

  it('counts what somebody had when they are registered', async () => {
    await open('t')
    await ticket('t', { type: 'assign', assignee: { id: 'ann' } })
    await start()
    await hire('ann', 1)
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
  })

  it('leaves imported history alone until something else happens on it', async () => {
    await hire('ann')
    const question = { type: 'open', subject: 'Old', body: 'x', customer: { id: 'carl' } } as const
    await desk.execute('ticket', 't', question, { by: carl, correlationId: 'import/i1' })
    await start()
    await settled()
    expect(await events('t')).toEqual(['TicketOpened'])
    await ticket('t', { type: 'tag', tag: 'x' })
    await settled()
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'ann' } })
  })

  const numbers = Array.from({ length: 30 }, (_, number) => `t${number}`)
  const assigned = async (): Promise<string[]> => {
    const states = await Promise.all(numbers.map(async (id) => ({ id, assignee: (await stateOf(id)).assignee })))
    return states.filter(({ assignee }) => assignee !== undefined).map(({ id }) => id)
  }

  it('leaves the tickets of another router to it', async () => {
    const sharing = { routers: ['one', 'two'], turnMs: 60_000 }
    const own = numbers.filter((id) => rankOf('one', sharing.routers, id) === 0)
    await hire('ann')
    for (const id of numbers) await open(id)
    const one = await start({ sharing })
    await vi.waitUntil(() => one.status().underWay === 0 && one.status().waiting === numbers.length - own.length)
    expect(await assigned()).toEqual(own)
    await start({ name: 'two', sharing })
    await settled()
    expect(await assigned()).toEqual(numbers)
  })

  it('takes up in its turn what those before it leave undone', async () => {
    await hire('ann')
    for (const id of numbers) await open(id)
    await start({ sharing: { routers: ['gone', 'one', 'dead'], turnMs: 50 } })
    await settled()
    expect(await assigned()).toEqual(numbers)
  })

  it('counts the places that another router is about to give as taken', async () => {
    const sharing = { routers: ['one', 'two'], turnMs: 60_000 }
    const [theirs, own] = [1, 0].map((rank) => numbers.find((id) => rankOf('one', sharing.routers, id) === rank))
    if (own === undefined || theirs === undefined) throw new Error('no such ticket')
    await hire('ann', 1)
    await open(theirs, { priority: 'urgent' })
    await open(own)
    const one = await start({ sharing })
    await vi.waitUntil(async () => (await events(own)).includes('TicketQueued') && one.status().underWay === 0)
    expect(await claimsOf('ann')).toEqual([])
    await start({ name: 'two', sharing })
    await settled()
    expect(await claimsOf('ann')).toEqual([`ticket-${theirs}`])
  })

  const rank = (id: string, level: number): Promise<void> => agent(id, { type: 'changeProfile', changes: { level } })

  it('looks again by itself when a shift begins', async () => {
    const begins = instant(new Date(Date.now() + 700))
    const terms: RoutingTerms = {
      ...defaultRoutingTerms,
      onShift: (_, at) => at >= begins,
      shiftEnds: (at) => (at < begins ? begins : undefined),
    }
    await start({ terms: () => terms })
    await hire('ann')
    await open('a')
    await settled()
    expect(await events('a')).toEqual(['TicketOpened', 'TicketQueued'])
    await vi.waitUntil(async () => (await stateOf('a')).assignee?.id === 'ann', { timeout: 5_000, interval: 5 })
    expect(instant(new Date()) >= begins).toBe(true)
  })

  it('gives an escalated ticket to an expert, and back to the level that it is handed down to', async () => {
    await hire('first')
    await start()
    await open('t')
    await settled()
    expect((await stateOf('t')).assignee?.id).toBe('first')

    await ticket('t', { type: 'escalate', level: 2, reason: 'Beyond me' })
    await settled()
    expect(await stateOf('t')).toMatchObject({
      assignee: undefined,
      routing: { queued: { reason: 'no_suitable_agent' } },
    })
    expect(await claimsOf('first')).toEqual([])

    await hire('expert')
    await rank('expert', 3)
    await settled()
    expect((await stateOf('t')).assignee?.id).toBe('expert')
    expect(await claimsOf('expert')).toEqual(['ticket-t'])

    await ticket('t', { type: 'deescalate', level: 1, reason: 'A matter of settings' })
    await settled()
    expect((await stateOf('t')).assignee?.id).toBe('first')
    expect([await claimsOf('first'), await claimsOf('expert')]).toEqual([['ticket-t'], []])
  })

  it('leaves a classifier the time to look at a ticket first, but not for ever', async () => {
    await agent('ann', { type: 'register', profile: { name: 'Ann', specialities: ['billing'], rating: 0 } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await hire('bob')
    await start({ classificationMs: 100 })
    await open('classified')
    const said = { confidence: 0.9, classifier: 'rules', version: '1', category: 'billing' }
    await desk.execute('ticket', 'classified', { type: 'classify', ...said }, { by: routingActor })
    await open('left')
    await settled()
    expect(await stateOf('classified')).toMatchObject({ category: 'billing', assignee: { id: 'ann' } })
    expect(await stateOf('left')).toMatchObject({ category: undefined, assignee: { id: 'bob' } })
  })
})
