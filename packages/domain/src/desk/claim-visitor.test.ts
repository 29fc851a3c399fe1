import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Actor } from '../kernel/actor.ts'
import { chatActor } from '../kernel/actor.ts'
import { complete, deskInMemory, deskInTurns, Died } from '../testing/desk.ts'
import { agentProfile } from '../testing/specification.ts'
import { settleChat, startChat } from './chats.ts'
import { claimVisitor, settleVisitors } from './claim-visitor.ts'
import { survivorOf } from './survivors.ts'
import type { Desk } from './processes.ts'

const visitor: Actor = { kind: 'customer', id: 'visitor-1' }
const zoe: Actor = { kind: 'customer', id: 'zoe', name: 'Zoé Martin' }
const customer = { id: 'zoe', name: 'Zoé Martin', email: 'zoe@example.org' }
const staff = { kind: 'system', id: 'staff' } as const
const ana: Actor = { kind: 'agent', id: 'ana' }
const start = { customer: { id: 'visitor-1' }, message: { messageId: 'm1', body: 'Bonjour' } }

/** Registers an agent who takes chats. */
async function register({ execute }: Desk): Promise<void> {
  await execute('agent', 'ana', { type: 'register', profile: agentProfile({ name: 'Ana' }) }, { by: staff })
  await execute('agent', 'ana', { type: 'setAvailability', availability: 'available' }, { by: staff })
}

const placesOfAna = async (desk: Desk): Promise<readonly string[]> => {
  const { state } = await desk.read('agent', 'ana')
  return state.status === 'absent' ? [] : Object.keys(state.claims)
}

const chatOf = async (desk: Desk, id: string) => (await desk.read('chat', id)).state

describe('a claim of a visitor', () => {
  it('makes their chats, open and closed, those of the customer, who goes on with them', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.execute('chat', 'one', { type: 'end' }, { by: visitor })
    await desk.startChat('two', start, { by: visitor })
    expect(await desk.claimVisitor('visitor-1', { customer, plan: 'premium' })).toEqual({ ok: true, value: null })
    expect(await chatOf(desk, 'one')).toMatchObject({ status: 'closed', customer })
    expect(await chatOf(desk, 'two')).toMatchObject({ status: 'waiting', customer, plan: 'premium' })
    const more = { type: 'send', messageId: 'm2', body: 'C’est moi' } as const
    expect(await desk.execute('chat', 'two', more, { by: zoe })).toMatchObject({ ok: true })
    expect(await desk.execute('chat', 'two', { ...more, messageId: 'm3' }, { by: visitor })).toMatchObject({
      refusal: { code: 'not_the_customer' },
    })
    const again = await desk.startChat('three', { customer }, { by: zoe })
    expect(again).toMatchObject({ ok: true, value: { stream: 'chat-two', repeated: true } })
  })

  it('takes a message once that the visitor sent before and the customer repeats, and lets them change it', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    const repeated = { type: 'send', messageId: 'm1', body: 'Bonjour' } as const
    expect(await desk.execute('chat', 'one', repeated, { by: zoe })).toMatchObject({ ok: true, value: { events: [] } })
    const edit = { type: 'edit', messageId: 'm1', body: 'Bonsoir' } as const
    expect(await desk.execute('chat', 'one', edit, { by: zoe })).toMatchObject({ ok: true })
    expect(await desk.execute('chat', 'one', { type: 'redact', messageId: 'm1' }, { by: zoe })).toMatchObject({
      ok: true,
    })
  })

  it('goes on with the chat in which they proved who they are, and closes the one on another device', async () => {
    const desk = deskInMemory()
    await desk.startChat('desktop', { customer }, { by: zoe })
    await desk.startChat('phone', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    expect(await chatOf(desk, 'phone')).toMatchObject({ status: 'waiting', customer })
    expect(await chatOf(desk, 'desktop')).toMatchObject({ status: 'closed', customer, closed: { reason: 'continued' } })
    expect(await desk.reopenChat('desktop', { by: zoe })).toMatchObject({
      refusal: { code: 'chat_already_active', movedTo: 'phone' },
    })
    expect(await desk.startChat('more', { customer }, { by: zoe })).toMatchObject({
      value: { stream: 'chat-phone', repeated: true },
    })
  })

  it('goes on with the other chat if that one has an agent and this one has none', async () => {
    const desk = deskInMemory()
    await register(desk)
    await desk.startChat('desktop', { customer }, { by: zoe })
    await desk.acceptChat('desktop', { by: ana })
    await desk.startChat('phone', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    expect(await chatOf(desk, 'desktop')).toMatchObject({ status: 'active', customer })
    expect(await chatOf(desk, 'phone')).toMatchObject({ status: 'closed', customer, closed: { reason: 'continued' } })
    const closing = (await desk.store.readStream('chat-phone')).map(({ event }) => event)
    expect(closing).toContainEqual(expect.objectContaining({ type: 'ChatClosed', continuedIn: 'desktop' }))
  })

  it('gives the place of the agent back whose chat is closed', async () => {
    const desk = deskInMemory()
    await register(desk)
    for (const [id, given, by] of [
      ['desktop', { customer }, zoe],
      ['phone', start, visitor],
    ] as const) {
      await desk.startChat(id, given, { by })
      expect(await desk.acceptChat(id, { by: ana })).toMatchObject({ ok: true })
    }
    await desk.claimVisitor('visitor-1', { customer })
    expect(await chatOf(desk, 'desktop')).toMatchObject({ status: 'closed' })
    expect(await placesOfAna(desk)).toEqual(['chat-phone'])
  })

  it('moves the chat of a customer who is blocked: they begin none, and go on with the one that has begun', async () => {
    const desk = deskInMemory()
    await desk.execute('customer', 'zoe', { type: 'register', name: 'Zoé' }, { by: staff })
    await desk.execute('customer', 'zoe', { type: 'block', reason: 'insults' }, { by: staff })
    await desk.startChat('phone', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    expect(await chatOf(desk, 'phone')).toMatchObject({ status: 'waiting', customer, reservation: 1 })
    expect(await desk.startChat('more', { customer }, { by: zoe })).toMatchObject({
      refusal: { code: 'customer_blocked' },
    })
  })

  it('is not undone by a reopening that was reserved for the visitor', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.execute('chat', 'one', { type: 'end' }, { by: visitor })
    await settleChat(desk, 'one')
    await desk.engine.execute('customer', 'visitor-1', { type: 'reserveChat', chatId: 'one' }, { by: chatActor })
    await desk.claimVisitor('visitor-1', { customer })
    await desk.startChat('two', { customer }, { by: zoe })
    const late = { type: 'reopen', reservation: 2, reservedFor: 'visitor-1' } as const
    expect(await desk.execute('chat', 'one', late, { by: ana })).toMatchObject({
      refusal: { code: 'chat_reservation_lost' },
    })
    expect(await desk.reopenChat('one', { by: ana })).toMatchObject({ refusal: { code: 'chat_already_active' } })
  })

  it('does not make an open chat the customer’s for whom it is not reserved', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    const identify = { type: 'identify', visitorId: 'visitor-1', customer } as const
    expect(await desk.engine.execute('chat', 'one', identify, { by: chatActor })).toMatchObject({
      refusal: { code: 'chat_reservation_lost' },
    })
  })

  it('is for one customer for ever', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    expect(await desk.claimVisitor('visitor-1', { customer })).toMatchObject({ ok: true })
    expect(await desk.claimVisitor('visitor-1', { customer: { id: 'yann' } })).toMatchObject({
      refusal: { code: 'customer_merged', movedTo: 'zoe' },
    })
    expect(await chatOf(desk, 'one')).toMatchObject({ customer })
    expect(await survivorOf(desk, 'visitor-1')).toBe('zoe')
  })

  it('by a customer whom the desk has merged into them, over others too, makes nobody the survivor of themselves', async () => {
    for (const chain of [['zoe'], ['zoe', 'yann']]) {
      const desk = deskInMemory()
      await desk.startChat('one', start, { by: visitor })
      for (const id of [...chain, 'visitor-1']) await desk.execute('customer', id, { type: 'register' }, { by: staff })
      for (const [n, id] of chain.entries()) {
        const merged = await desk.mergeCustomers(id, chain[n + 1] ?? 'visitor-1', { by: staff })
        expect(merged).toMatchObject({ ok: true })
      }
      expect(await desk.claimVisitor('visitor-1', { customer })).toEqual({ ok: true, value: null })
      for (const id of [...chain, 'visitor-1']) expect(await survivorOf(desk, id)).toBe('visitor-1')
      expect(await chatOf(desk, 'one')).toMatchObject({ status: 'waiting', customer })
    }
  })

  it('at the moment of a merge the other way round leaves two survivors of each other, and still ends', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.execute('customer', 'zoe', { type: 'register' }, { by: staff })
    await desk.engine.execute('customer', 'visitor-1', { type: 'identify', customer }, { by: chatActor })
    await desk.engine.execute('customer', 'zoe', { type: 'mergeInto', target: 'visitor-1' }, { by: chatActor })
    expect((await desk.read('customer', 'zoe')).state).toMatchObject({ mergedInto: 'visitor-1' })
    expect((await desk.read('customer', 'visitor-1')).state).toMatchObject({ mergedInto: 'zoe' })
    expect(await desk.claimVisitor('visitor-1', { customer })).toEqual({ ok: true, value: null })
    expect(await chatOf(desk, 'one')).toMatchObject({ status: 'waiting', customer })
    await desk.execute('chat', 'one', { type: 'end' }, { by: zoe })
    await settleChat(desk, 'one')
    expect(await desk.startChat('two', { customer }, { by: zoe })).toMatchObject({ ok: true })
  })

  it('is sent by the engine alone', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    for (const by of [visitor, zoe, { kind: 'agent', id: 'ana' }] as const) {
      const identify = { type: 'identify', customer } as const
      expect(await desk.execute('customer', 'visitor-1', identify, { by })).toMatchObject({ ok: false })
      const moved = await desk.execute('chat', 'one', { ...identify, visitorId: 'visitor-1' }, { by })
      expect(moved).toMatchObject({ refusal: { code: 'not_for_this_actor' } })
    }
  })

  it('leads nowhere after the visitor was split back, until they are claimed again', async () => {
    const desk = deskInMemory()
    await desk.startChat('one', start, { by: visitor })
    await desk.claimVisitor('visitor-1', { customer })
    await complete(desk, settleVisitors)
    expect(await desk.splitCustomer('visitor-1', { by: ana })).toMatchObject({ ok: true })
    expect((await desk.startChat('two', start, { by: visitor })).ok).toBe(true)
    const started = (await desk.read('customer', 'visitor-1')).state
    expect(started).toMatchObject({ status: 'known', identifiedAs: undefined })
    expect(await chatOf(desk, 'two')).toMatchObject({ customer: { id: 'visitor-1' } })
    expect(await desk.claimVisitor('visitor-1', { customer })).toMatchObject({ ok: true })
    expect((await desk.read('customer', 'visitor-1')).state).toMatchObject({ status: 'merged', mergedInto: 'zoe' })
    expect(await chatOf(desk, 'two')).toMatchObject({ customer })
  })

  it('leaves no chat with the visitor, whatever begins meanwhile and whoever dies', async () => {
    const step = fc.record({
      what: fc.constantFrom('claim', 'start', 'startAsCustomer', 'end'),
      dies: fc.oneof(fc.constant(99), fc.nat(8)),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { minLength: 2, maxLength: 6 }), async (scheduler, steps) => {
        const desk = deskInMemory()
        await desk.startChat('c', start, { by: visitor })
        const turn = () => scheduler.schedule(Promise.resolve())
        const carryOut = async (what: string, own: Desk, n: number): Promise<void> => {
          const sender = { commandId: `s${n}` }
          if (what === 'claim') await claimVisitor(own, 'visitor-1', { customer })
          else if (what === 'start') await startChat(own, `c${n}`, start, { ...sender, by: visitor })
          else if (what === 'startAsCustomer') await startChat(own, `c${n}`, { customer }, { ...sender, by: zoe })
          else await own.execute('chat', 'c', { type: 'end' }, { ...sender, by: visitor })
        }
        const all = steps.map(({ what, dies }, n) =>
          carryOut(what, deskInTurns(desk, turn, dies), n).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error
          }),
        )
        await scheduler.waitFor(Promise.all([...all, complete(deskInTurns(desk, turn))]))
        await desk.claimVisitor('visitor-1', { customer })
        await complete(desk, settleVisitors)
        for (const id of ['c', ...steps.map((_, n) => `c${n}`)]) {
          const state = await chatOf(desk, id)
          if (state.status !== 'absent') expect(state.customer.id).toBe('zoe')
        }
        const { state } = await desk.read('customer', 'visitor-1')
        expect(state).toMatchObject({ status: 'merged', mergedInto: 'zoe' })
      }),
      { numRuns: 100 },
    )
  })
})
