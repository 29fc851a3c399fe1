import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Desk, TicketEventOf } from '@guichet/domain'
import { defaultRoutingTerms, routingActor, streamName } from '@guichet/domain'
import { carl, useRoutedDesk } from './testing/desks.ts'

describe('a router', () => {
  let desk: Desk
  const routed = useRoutedDesk({ beforeEach, afterEach })
  const { start, settled, agent, hire, ticket, open, stateOf, claimsOf, events } = routed
  beforeEach(() => {
    desk = routed.desk
  })

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

  it('records in the offer the equally suitable agents, and when each was given work', async () => {
    for (const id of ['ann', 'ben']) await hire(id)
    await start()
    for (const id of ['t', 'u', 'v']) {
      await open(id)
      await settled()
    }
    const equals = async (id: string) => {
      const [routed] = (await desk.store.readStream(streamName('ticket', id))).flatMap(({ event }) =>
        event.type === 'TicketRouted' ? [event as TicketEventOf<'TicketRouted'>] : [],
      )
      return routed?.equals
    }
    const claimedAt = async (id: string) => {
      const { state } = await desk.read('agent', id)
      return state.status === 'absent' ? undefined : state.claimedAt
    }
    expect(await equals('t')).toEqual([{ agentId: 'ann' }, { agentId: 'ben' }])
    expect(await equals('u')).toBeUndefined()
    expect(await equals('v')).toEqual([
      { agentId: 'ann', lastGivenAt: expect.any(String) },
      { agentId: 'ben', lastGivenAt: await claimedAt('ben') },
    ])
  })

  it.each([
    ['auth0|64f1c2a7e8', 'auth0|64f1c2a7e9'],
    ['google-oauth2|1035479915', 'google-oauth2|1035479916'],
    ['a=1&b=2', 'a=1&b=3'],
    ['x'.repeat(200), '𠀀'.repeat(200)],
  ])('gives a ticket to one of two equal agents with the ids %s and %s', async (one, other) => {
    for (const id of [one, other]) await agent(id, { type: 'register', profile: { name: 'Equal' } })
    for (const id of [one, other]) await agent(id, { type: 'setAvailability', availability: 'available' })
    await start()
    await open('t')
    await settled()
    expect(await events('t')).toEqual(['TicketOpened', 'TicketRouted', 'TicketAssigned'])
    expect([one, other]).toContain((await stateOf('t')).assignee?.id)
  })

  it('continues after a failed pass, and reports it', async () => {
    await hire('ann')
    const reported: string[] = []
    let fails = true
    const terms = (): typeof defaultRoutingTerms => {
      if (fails) {
        fails = false
        throw new Error('no terms')
      }
      return defaultRoutingTerms
    }
    await start({ terms, onError: (error, what) => reported.push(`${what}: ${String(error)}`) })
    await vi.waitUntil(() => reported.length > 0, { interval: 5 })
    await open('t')
    await settled()
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'ann' } })
    expect(reported).toEqual(['routing: Error: no terms'])
  })

  it('repeats a failed pass by itself when nothing else happens', async () => {
    await hire('ann')
    await open('t')
    let fails = 2
    const terms = (): typeof defaultRoutingTerms => {
      if (fails-- > 0) throw new Error('no terms')
      return defaultRoutingTerms
    }
    await start({ terms, onError: () => undefined })
    await settled()
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'ann' } })
  })

  it('queues tickets without an agent, records it once, and assigns them as places become free, the most urgent first', async () => {
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

  it('assigns the queue when an agent becomes available', async () => {
    await hire('ann', 5, 'break')
    await start()
    await open('t')
    await settled()
    expect(await stateOf('t')).toMatchObject({ routing: { queued: { reason: 'nobody_available' } } })
    await agent('ann', { type: 'setAvailability', availability: 'available' })
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
  })

  it('aligns places with people’s decisions: assigned by hand, over capacity; reassigned; unassigned; reopened', async () => {
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

  it('offers a ticket to another agent when the chosen one has become unavailable', async () => {
    await hire('ann')
    await open('t')
    const { version } = await desk.read('agent', 'ann')
    const decision = { strategy: 'score', candidates: '', excluded: {}, policyVersion: 'p' }
    await desk.engine.execute(
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

  it('completes the work of another router from any step', async () => {
    await hire('ann')
    await open('offered')
    await open('claimed')
    const decision = { strategy: 'score', candidates: '', excluded: {}, policyVersion: 'p', agentVersion: 1 }
    for (const id of ['offered', 'claimed']) {
      const route = { type: 'route', round: 1, agent: { id: 'ann' }, ...decision } as const
      await desk.engine.execute('ticket', id, route, { by: routingActor })
    }
    const claim = { type: 'claim', work: 'ticket-claimed', channel: 'ticket', version: 2, round: 1 } as const
    await desk.engine.execute('agent', 'ann', claim, {
      by: routingActor,
      commandId: 'routing/ticket-claimed/round/1/claim',
    })
    await start()
    await settled()
    for (const id of ['offered', 'claimed']) expect(await stateOf(id)).toMatchObject({ assignee: { id: 'ann' } })
    expect((await desk.store.readStream('agent-ann')).filter(({ event }) => event.type === 'WorkClaimed')).toHaveLength(
      2,
    )
  })

  it('gives back a place that is no longer needed', async () => {
    await hire('ann')
    await open('t')
    await ticket('t', { type: 'close' })
    const claim = { type: 'claim', work: 'ticket-t', channel: 'ticket', version: 1, round: 1 } as const
    await desk.engine.execute('agent', 'ann', claim, { by: routingActor })
    await start()
    await settled()
    expect(await claimsOf('ann')).toEqual([])
  })

  it('gives back a place that a slow router has claimed after it was given back', async () => {
    await hire('ann')
    await start()
    await open('t')
    await settled()
    await ticket('t', { type: 'close' })
    await settled()
    expect(await claimsOf('ann')).toEqual([])
    const claim = { type: 'claim', work: 'ticket-t', channel: 'ticket', version: 3, forced: true } as const
    await desk.engine.execute('agent', 'ann', claim, { by: routingActor })
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
    await settled()
    expect(await claimsOf('ann')).toEqual([])
  })

  it('counts an agent’s earlier tickets when they are registered', async () => {
    await open('t')
    await ticket('t', { type: 'assign', assignee: { id: 'ann' } })
    await start()
    await hire('ann', 1)
    await settled()
    expect(await claimsOf('ann')).toEqual(['ticket-t'])
  })

  const answer = async (id: string): Promise<void> => {
    const outcome = await desk.execute('ticket', id, { type: 'customerReply', body: 'Gone again' }, { by: carl })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }

  it('gives the open tickets of a retiring agent to others', async () => {
    await hire('ann')
    await start()
    for (const id of ['t', 'u']) await open(id)
    await ticket('u', { type: 'waitForCustomer' })
    await settled()
    await hire('bob')
    await agent('ann', { type: 'retire' })
    await settled()
    expect([await claimsOf('ann'), await claimsOf('bob')]).toEqual([[], ['ticket-t']])
    expect((await stateOf('t')).assignee?.id).toBe('bob')
    expect((await stateOf('u')).assignee).toBeUndefined()
    await answer('u')
    await settled()
    expect(await claimsOf('bob')).toEqual(['ticket-t', 'ticket-u'])
    const taken = (await desk.store.readStream('ticket-t')).find(({ event }) => event.type === 'TicketUnassigned')
    expect(taken?.event).toMatchObject({ by: routingActor, from: { id: 'ann' }, reason: 'agent_retired' })
  })

  it('gives a reopened ticket back to its last agent, if they take work and have a place', async () => {
    await hire('ann', 1)
    await start()
    await open('t')
    await settled()
    await ticket('t', { type: 'resolve' })
    await answer('t')
    await settled()
    expect((await stateOf('t')).assignee?.id).toBe('ann')
    expect((await desk.read('agent', 'ann')).state).toMatchObject({ claims: { 'ticket-t': { forced: false } } })
  })

  it.each([
    { why: 'agent_full', changes: () => open('other') },
    {
      why: 'agent_unavailable',
      changes: () => agent('ann', { type: 'setAvailability', availability: 'offline' }),
    },
    { why: 'agent_retired', changes: () => agent('ann', { type: 'retire' }) },
  ])('gives a reopened ticket to another agent: $why', async ({ why, changes }) => {
    await hire('ann', 1)
    await start()
    await open('t')
    await settled()
    await ticket('t', { type: 'resolve' })
    await settled()
    await changes()
    await settled()
    await hire('bob', 1)
    await answer('t')
    await settled()
    expect((await stateOf('t')).assignee?.id).toBe('bob')
    expect(await claimsOf('bob')).toEqual(['ticket-t'])
    expect((await claimsOf('ann')).includes('ticket-t')).toBe(false)
    const taken = (await desk.store.readStream('ticket-t')).filter(({ event }) => event.type === 'TicketUnassigned')
    expect(taken.map(({ event }) => event)).toMatchObject([{ by: routingActor, reason: why }])
  })

  it('skips imported history until something else happens on it', async () => {
    await hire('ann')
    const question = { type: 'open', subject: 'Old', body: 'x', customer: { id: 'carl' } } as const
    await desk.engine.execute('ticket', 't', question, { by: carl, correlationId: 'import/i1' })
    await start()
    await settled()
    expect(await events('t')).toEqual(['TicketOpened'])
    await ticket('t', { type: 'tag', tag: 'x' })
    await settled()
    expect(await stateOf('t')).toMatchObject({ assignee: { id: 'ann' } })
  })
})
