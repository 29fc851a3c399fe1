import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Desk, RoutingTerms, TicketEventOf } from '@guichet/domain'
import { days, defaultRoutingTerms, hours, instant, later, readCandidateTable, routingActor } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { carl, useRoutedDesk } from './testing/desks.ts'

const patience = { interval: 5 }

describe('routers', () => {
  let desk: Desk
  afterEach(() => void vi.useRealTimers())
  const routed = useRoutedDesk({ beforeEach, afterEach })
  const { start, settled, agent, hire, ticket, open, stateOf, claimsOf, events } = routed
  beforeEach(() => {
    desk = routed.desk
  })

  const answer = async (id: string): Promise<void> => {
    const outcome = await desk.execute('ticket', id, { type: 'customerReply', body: 'Gone again' }, { by: carl })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }

  it.each([
    { what: 'an offer', places: 1 },
    { what: 'the place in the queue', places: 0 },
  ])('reports that $what is refused for good, and retries after growing pauses', async ({ places }) => {
    const errors: string[] = []
    let commands = 0
    const counted = deskAround(desk, (entry) => ({ execute: (...given) => (commands++, entry.execute(...given)) }))
    const terms: RoutingTerms = { ...defaultRoutingTerms, policyVersion: 'too long'.repeat(50) }
    await hire('ann', places)
    await open('t')
    await start({ desk: counted, terms: () => terms, onError: (error) => void errors.push(String(error)) })
    await vi.waitUntil(() => errors.length === 3, patience)
    expect(commands).toBe(3)
    expect(errors[0]).toContain('invalid_command')
  })

  it('offers a ticket of which 5,000 agents with long ids are candidates', async () => {
    const ids = Array.from({ length: 5_000 }, (_, number) => `${number}`.padStart(128, 'x'))
    await Promise.all(ids.map((id) => hire(id)))
    await start()
    await open('t')
    await settled()
    const [, routed] = await desk.store.readStream('ticket-t')
    if (routed?.event.type !== 'TicketRouted') throw new Error('not offered')
    const { agent: chosen, candidates, candidatesLeftOut } = routed.event as TicketEventOf<'TicketRouted'>
    expect(candidatesLeftOut).toBe(4_500)
    const listed = readCandidateTable(candidates).map(({ agentId }) => agentId)
    expect(listed).toHaveLength(500)
    expect(listed).toContain(chosen.id)
    expect((await stateOf('t')).assignee).toMatchObject({ id: chosen.id })
  })

  it('records why a ticket waits again when the reason has changed, and not too often', async () => {
    await hire('ann', 0, 'break')
    await start({ reasonMs: 200 })
    await open('t')
    await settled()
    const reasons = async () =>
      (await desk.store.readStream('ticket-t')).flatMap(({ event }) =>
        event.type === 'TicketQueued' ? [event as TicketEventOf<'TicketQueued'>] : [],
      )
    expect(await reasons()).toMatchObject([{ reason: 'nobody_available' }])
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await vi.waitUntil(async () => (await reasons()).length > 1, patience)
    const [first, second] = await reasons()
    expect(second).toMatchObject({ reason: 'everybody_full' })
    expect(Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(200)
  })

  it('records by turns why the others of a long queue wait, its head first', async () => {
    await hire('ann', 0, 'break')
    for (let n = 0; n < 350; n++) await open(`t${n}`)
    await start({ reasonMs: 200 })
    await settled()
    const full = async (): Promise<number> => {
      const states = await Promise.all(Array.from({ length: 350 }, (_, n) => stateOf(`t${n}`)))
      return states.filter(({ routing }) => routing.queued?.reason === 'everybody_full').length
    }
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await vi.waitUntil(async () => (await full()) === 350, { interval: 20 })
  })

  it('takes a place of the ticket’s channel', async () => {
    await agent('ann', { type: 'register', profile: { name: 'Ann', capacity: { ticket: 50, chat: 1, phone: 0 } } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await start()
    await open('call', { channel: 'phone' })
    await open('mail', { channel: 'email' })
    await settled()
    expect((await desk.read('agent', 'ann')).state).toMatchObject({ claims: { 'ticket-mail': { channel: 'ticket' } } })
    expect(await claimsOf('ann')).toHaveLength(1)
    expect(await stateOf('call')).toMatchObject({ routing: { queued: { reason: 'everybody_full' } } })
  })

  it('takes no place of a live chat for a ticket of the channel chat, nor for what is split off it', async () => {
    await agent('ann', { type: 'register', profile: { name: 'Ann', capacity: { ticket: 50, chat: 1, phone: 1 } } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await start()
    for (const [id, channel] of [
      ['chat', 'chat'],
      ['call', 'phone'],
    ] as const) {
      await open(id, { channel, messageId: 'asked' })
      const split = { source: id, messageId: 'asked', subject: 'Another question' }
      expect(
        await desk.splitTicket(split, { by: { kind: 'agent', id: 'alex' }, commandId: `split-${id}` }),
      ).toMatchObject({ ok: true })
    }
    await settled()
    const { state } = await desk.read('agent', 'ann')
    if (state.status === 'absent') throw new Error('Ann is not registered')
    expect(
      Object.values(state.claims)
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['phone', 'ticket', 'ticket', 'ticket'])
  })

  it('gives the place of a call back while it waits for the customer, and takes it again when they answer', async () => {
    await agent('ann', { type: 'register', profile: { name: 'Ann', capacity: { ticket: 1, phone: 1 } } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await start()
    await open('mail')
    for (const id of ['one', 'two']) await open(id, { channel: 'phone' })
    await settled()
    for (const id of ['mail', 'one']) await ticket(id, { type: 'waitForCustomer' })
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-mail', 'ticket-two'])
    expect((await stateOf('one')).assignee?.id).toBe('ann')
    await answer('one')
    await settled()
    expect((await stateOf('one')).assignee?.id).toBe('ann')
    expect(await claimsOf('ann')).toEqual(['ticket-mail', 'ticket-two', 'ticket-one'])
  })

  it('stores nothing about tickets that have ended', async () => {
    await hire('ann')
    const router = await start()
    for (const id of ['t', 'u']) await open(id)
    await settled()
    await ticket('u', { type: 'waitForCustomer' })
    await ticket('t', { type: 'close' })
    await settled()
    expect(router.status().paced).toBe(1)
    await ticket('u', { type: 'close' })
    await settled()
    expect(router.status().paced).toBe(0)
  })

  const rank = (id: string, level: number): Promise<void> => agent(id, { type: 'changeProfile', changes: { level } })

  it('runs a pass by itself when a shift begins', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: new Date('2026-03-02T08:00:00Z') })
    const begins = later(instant(new Date()), hours(1))
    const terms: RoutingTerms = {
      ...defaultRoutingTerms,
      onShift: (_, at) => at >= begins,
      shiftEnds: (at) => (at < begins ? begins : undefined),
    }
    await start({ terms: () => terms, reasonMs: days(1) })
    await hire('ann')
    await open('a')
    await settled()
    await vi.advanceTimersByTimeAsync(Date.parse(begins) - Date.now() - 1)
    expect(await events('a')).toEqual(['TicketOpened', 'TicketQueued'])
    await vi.waitUntil(async () => (await stateOf('a')).assignee?.id === 'ann', patience)
    expect(instant(new Date()) >= begins).toBe(true)
  })

  it('gives an escalated ticket to an expert, and back to the level to which it is handed down', async () => {
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

  it('gives a classifier time for a ticket first, but not for ever', async () => {
    await agent('ann', { type: 'register', profile: { name: 'Ann', specialities: ['billing'], rating: 0 } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await hire('bob')
    await start({ classificationMs: 100 })
    await open('classified')
    const classification = { confidence: 0.9, classifier: 'rules', version: '1', category: 'billing' }
    await desk.engine.execute('ticket', 'classified', { type: 'classify', ...classification }, { by: routingActor })
    await open('left')
    await settled()
    expect(await stateOf('classified')).toMatchObject({ category: 'billing', assignee: { id: 'ann' } })
    expect(await stateOf('left')).toMatchObject({ category: undefined, assignee: { id: 'bob' } })
  })
})
