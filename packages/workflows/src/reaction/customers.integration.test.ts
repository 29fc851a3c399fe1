import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  customerBy,
  guichetEvents,
  importCorrelation,
  importActor,
  proactiveActor,
  suspectCommand,
} from '@guichet/domain'
import type { Desk } from '@guichet/domain'
import { deskInMemory, Died, exampleSuspicion } from '@guichet/domain/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { deskReactions } from './desk-reactions.ts'
import type { Reactions } from './reactions.ts'
import { reactions } from './reactions.ts'

const ana = { by: { kind: 'agent', id: 'ana' } } as const

const names = ['register_customers', 'settle_identities', 'settle_customer_merges', 'settle_visitors']
const ofCustomers = deskReactions.filter(({ name }) => names.includes(name))

describe('the reactions of customers', () => {
  let database: TestDatabase
  let desk: Desk
  let running: Reactions

  beforeEach(async () => {
    database = await createTestDatabase()
    desk = deskInMemory()
    running = await reactions({ desk, connectionString: database.url, reactions: ofCustomers, leaseMs: 400 })
    await running.start()
  })
  afterEach(async () => {
    await running.stop()
    await database.drop()
  })

  const until = (condition: () => Promise<boolean>) => vi.waitUntil(condition, { interval: 20 })
  /** Waits until every reaction has passed the end of the history. */
  const settled = () =>
    until(async () => {
      const head = await desk.store.head()
      const all = await running.status()
      return all.length === ofCustomers.length && all.every(({ position }) => position === head)
    })
  const customer = async (id: string) => (await desk.read('customer', id)).state
  const open = (id: string, who: { readonly id: string; readonly name?: string; readonly email?: string }) =>
    desk.execute('ticket', id, { type: 'open', subject: 'Help', body: 'Broken', customer: who }, ana)

  it('register a customer at the first contact, once, with what the ticket says, and verify nothing', async () => {
    expect(Object.keys(guichetEvents)).toContain('CustomerRegistered')
    await open('t1', { id: 'zoe', email: 'Zoe@Example.org' })
    await open('t2', { id: 'zoe', name: 'Zoé', email: 'zoe@example.org' })
    await open('t3', { id: 'zoe', name: 'Somebody else' })
    await settled()
    expect(await customer('zoe')).toMatchObject({
      details: { name: 'Zoé' },
      emails: [{ address: 'Zoe@example.org', verified: false }],
    })
    expect((await desk.store.readStream('customer-zoe')).map(({ event }) => event.type)).toEqual([
      'CustomerRegistered',
      'CustomerEmailAdded',
      'CustomerChanged',
    ])
    expect(await customerBy(desk, { email: 'zoe@example.org' })).toBeUndefined()
  })

  it('register whoever trouble is suspected of, who has written nothing yet', async () => {
    const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }
    await desk.engine.execute('draft', 'lea', suspectCommand(exampleSuspicion(), 'rules', text), { by: proactiveActor })
    await settled()
    expect(await customer('lea')).toMatchObject({ status: 'known', emails: [] })
    expect((await desk.store.readStream('customer-lea')).map(({ event }) => event.type)).toEqual(['CustomerRegistered'])
  })

  it('leave the customers of imported tickets to the import', async () => {
    const sender = { by: importActor, correlationId: importCorrelation('old') }
    const opening = { type: 'open', subject: 'Old', body: 'Broken', customer: { id: 'max' } } as const
    expect(await desk.engine.execute('ticket', 't1', opening, sender)).toMatchObject({ ok: true })
    await open('t2', { id: 'eve' })
    await settled()
    expect(await customer('max')).toMatchObject({ status: 'absent' })
    expect(await customer('eve')).toMatchObject({ status: 'known' })
  })

  /** A process that dies at an append. */
  const dyingAfter = (appends: number) => {
    let left = appends
    const append: Desk['store']['append'] = async (request) => {
      if (left-- <= 0) throw new Died()
      return desk.store.append(request)
    }
    return deskInMemory({ newId: () => 'dying', store: { ...desk.store, append } })
  }

  it('release what identified a customer whose import was taken back by a process that died', async () => {
    const imported = { by: importActor, correlationId: importCorrelation('old') }
    const emails = [{ address: 'zoe@example.org', verified: true }]
    await desk.engine.execute('customer', 'zoe', { type: 'register', emails }, imported)
    const undoing = dyingAfter(1).engine.execute(
      'customer',
      'zoe',
      { type: 'withdrawImport', importId: 'old' },
      imported,
    )
    await expect(undoing).rejects.toBeInstanceOf(Died)
    expect(await customer('zoe')).toMatchObject({ status: 'absent' })
    await settled()
    expect(await desk.execute('customer', 'max', { type: 'register', emails }, ana)).toMatchObject({ ok: true })
  })

  it('complete a claim and a merge whose senders died', async () => {
    const dying = dyingAfter(2)
    const emails = [{ address: 'zoe@example.org', verified: true }]
    await expect(
      dying.execute(
        'customer',
        'zoe',
        { type: 'register', emails: [...emails, { address: 'zoe@home.example', verified: true }] },
        ana,
      ),
    ).rejects.toBeInstanceOf(Died)
    await settled()
    expect(await customerBy(desk, { email: 'zoe@example.org' })).toBe('zoe')
    // The record has moved on without the second address, which is free again.
    expect(await customerBy(desk, { email: 'zoe@home.example' })).toBeUndefined()
    expect(await customer('zoe')).toMatchObject({ emails: [{ address: 'zoe@example.org', verified: true }] })

    await desk.execute('customer', 'max', { type: 'register' }, ana)
    await expect(dyingAfter(1).mergeCustomers('max', 'zoe', { ...ana, commandId: 'm' })).rejects.toBeInstanceOf(Died)
    await until(async () => {
      const state = await customer('zoe')
      return state.status !== 'absent' && state.merged.includes('max') && state.merging.length === 0
    })
    expect(await customer('max')).toMatchObject({ mergedInto: 'zoe' })
  })

  it('complete a removal in the records of merged customers whose sender died', async () => {
    const address = 'zoe@old.example'
    await desk.execute('customer', 'max', { type: 'register', emails: [{ address, verified: true }] }, ana)
    await desk.execute('customer', 'zoe', { type: 'register' }, ana)
    expect(await desk.mergeCustomers('max', 'zoe', ana)).toMatchObject({ ok: true })
    const removal = dyingAfter(1).execute('customer', 'zoe', { type: 'removeEmail', address }, ana)
    await expect(removal).rejects.toBeInstanceOf(Died)
    await settled()
    expect(await customer('max')).toMatchObject({ status: 'merged', emails: [] })
    expect(await customerBy(desk, { email: address })).toBeUndefined()
  })
})
