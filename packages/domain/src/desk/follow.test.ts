import { describe, expect, it } from 'vitest'
import type { LogObserver, LogTail } from '../kernel/event-store.ts'
import type { Position } from '../kernel/event.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex, camille } from '../testing/examples.ts'
import { guichetEvents } from './categories.ts'
import type { Desk } from './processes.ts'

/** Two desks over one store, as in two processes: one follows the log as far as `observe` has been called. */
function twoDesks({ begins = [] }: { readonly begins?: Parameters<Desk['follow']>[1] } = {}) {
  const stored = inMemoryStore({ catalogue: guichetEvents })
  const reads: string[] = []
  const readStream: typeof stored.readStream = (stream, ...rest) => {
    reads.push(stream)
    return stored.readStream(stream, ...rest)
  }
  const desk = deskInMemory({ store: { ...stored, readStream } })
  const other = deskInMemory({ store: stored, newId: () => crypto.randomUUID() })
  let observer: LogObserver | undefined
  let after: Position | undefined
  const tail: LogTail = {
    observe: (observing) => {
      observer = observing
      observer.began()
      return { isCurrent: () => observer !== undefined, stop: () => (observer = undefined) }
    },
  }
  const observation = desk.follow(tail, begins)
  return {
    desk,
    other,
    observation,
    observe: async () => {
      const events = await stored.readAll({ after, limit: 1_000 })
      after = events.at(-1)?.position ?? after
      observer?.observed(events)
    },
    /** The streams that the desk has read since the last call. */
    reads: () => reads.splice(0),
  }
}

const opening = { type: 'open', subject: 'Invoice', body: 'Where is it?', customer: { id: 'camille' } } as const
const open = (desk: Desk, id: string) => desk.execute('ticket', id, opening, { by: camille, commandId: `open/${id}` })

describe('a desk that follows the log', () => {
  it('reads the record of a customer once for all their tickets, also where there is none', async () => {
    const { desk, other, observe, reads } = twoDesks()
    for (const id of ['1', '2', '3']) expect(await open(desk, id)).toMatchObject({ ok: true })
    expect(reads()).toEqual(['configuration-desk', 'customer-camille'])
    await other.execute('customer', 'camille', { type: 'register', plan: 'gold' }, { by: alex })
    await observe()
    expect(await open(desk, '4')).toMatchObject({ value: { events: [{ plan: 'gold' }] } })
    expect(reads()).toEqual([])
  })

  it('appends to a ticket that another process has changed without reading it', async () => {
    const { desk, other, observe, reads } = twoDesks({ begins: ['ticket'] })
    await open(other, '1')
    await observe()
    const reply = { type: 'agentReply', body: 'It is on its way.' } as const
    expect(await desk.execute('ticket', '1', reply, { by: alex })).toMatchObject({ ok: true })
    await other.execute('ticket', '1', { type: 'tag', tag: 'paid' }, { by: alex })
    await observe()
    expect(await desk.execute('ticket', '1', reply, { by: alex })).toMatchObject({ value: { repeated: false } })
    expect(reads()).not.toContain('ticket-1')
  })

  it('refuses nothing on what it knew of a customer a moment ago', async () => {
    const { desk, other, observe } = twoDesks()
    await other.execute('customer', 'camille', { type: 'register' }, { by: alex })
    await other.execute('customer', 'camille', { type: 'block', reason: 'Spam' }, { by: alex })
    expect(await open(desk, '1')).toMatchObject({ refusal: { code: 'customer_blocked' } })
    await other.execute('customer', 'camille', { type: 'unblock' }, { by: alex })
    expect(await open(desk, '2')).toMatchObject({ ok: true })
    await other.execute('customer', 'camille', { type: 'block', reason: 'Spam' }, { by: alex })
    await observe()
    expect(await open(desk, '3')).toMatchObject({ refusal: { code: 'customer_blocked' } })
  })

  it('decides a refused command again only where what it knew has changed', async () => {
    const { desk, other, observe, reads } = twoDesks({ begins: ['ticket'] })
    await open(desk, '1')
    await observe()
    const again = { by: camille, commandId: 'again' } as const
    reads()
    expect(await desk.execute('ticket', '1', opening, again)).toMatchObject({
      refusal: { code: 'ticket_already_open' },
    })
    expect(reads().filter((stream) => stream === 'ticket-1')).toHaveLength(1)
    await other.execute('customer', 'camille', { type: 'register', plan: 'gold' }, { by: alex })
    expect(await desk.execute('ticket', '1', opening, again)).toMatchObject({
      refusal: { code: 'ticket_already_open' },
    })
    expect(reads().filter((stream) => stream === 'ticket-1')).toHaveLength(2)
  })

  it('expects the version of a customer that is stored, not the one that it knew a moment ago', async () => {
    const { desk, other, observe } = twoDesks()
    await other.execute('customer', 'camille', { type: 'register' }, { by: alex })
    await observe()
    expect(await desk.readRecent('customer', 'camille')).toMatchObject({ version: 1 })
    await other.execute('customer', 'camille', { type: 'block', reason: 'Spam' }, { by: alex })
    expect(await desk.readRecent('customer', 'camille')).toMatchObject({ version: 1 })
    const email = (address: string) => ({ type: 'addEmail', address, verified: true }) as const
    expect(
      await desk.execute('customer', 'camille', email('a@example.org'), { by: alex, expectedVersion: 2 }),
    ).toMatchObject({ ok: true, value: { version: 3 } })
    await observe()
    await other.execute('customer', 'camille', { type: 'unblock' }, { by: alex })
    expect(
      await desk.execute('customer', 'camille', email('b@example.org'), { by: alex, expectedVersion: 2 }),
    ).toMatchObject({ refusal: { code: 'version_conflict', message: 'the version is 4, not 2' } })
  })

  it('reads the record again at each command once it has stopped to follow', async () => {
    const { desk, observation, reads } = twoDesks()
    await open(desk, '1')
    observation.stop()
    reads()
    for (const id of ['2', '3']) await open(desk, id)
    expect(reads()).toEqual(['customer-camille', 'customer-camille'])
  })
})
