import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { complete, deskInMemory, deskInTurns, Died } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { customerBy, mergeCustomers, settleCustomerMerges, splitCustomer } from './customers.ts'
import { survivorOf } from './survivors.ts'
import type { Desk } from './processes.ts'

const ids = ['A', 'B', 'C', 'D']

async function deskOf(customers: readonly string[]): Promise<Desk> {
  const desk = deskInMemory()
  for (const id of customers) {
    const emails = [{ address: `${id}@example.org`, verified: true }]
    await desk.execute('customer', id, { type: 'register', name: `Customer ${id}`, emails }, { by: alex })
  }
  return desk
}

describe('a merge of customers', () => {
  it('lets the one who survives confirm the tickets of the other, and nobody else, until a split', async () => {
    const desk = deskInMemory()
    for (const id of ['A', 'B', 'C']) await desk.execute('customer', id, { type: 'register' }, { by: alex })
    const open = { type: 'open', subject: 'x', body: 'x', customer: { id: 'A' } } as const
    for (const id of ['one', 'two']) {
      await desk.execute('ticket', id, open, { by: alex })
      await desk.execute('ticket', id, { type: 'resolve' }, { by: alex })
    }
    const confirm = (ticket: string, id: string) =>
      desk.execute('ticket', ticket, { type: 'confirm' }, { by: { kind: 'customer', id } })
    const refused = { refusal: { code: 'not_the_customer' } }
    expect(await confirm('one', 'B')).toMatchObject(refused)
    expect(await mergeCustomers(desk, 'A', 'B', { by: alex, commandId: 'm1' })).toMatchObject({ ok: true })
    expect(await mergeCustomers(desk, 'C', 'B', { by: alex, commandId: 'm2' })).toMatchObject({ ok: true })
    expect(await confirm('one', 'C')).toMatchObject(refused)
    expect(await confirm('one', 'B')).toMatchObject({
      value: { events: [{ type: 'TicketClosed', by: { id: 'B' }, reason: 'confirmed' }] },
    })
    await splitCustomer(desk, 'A', { by: alex, commandId: 's' })
    expect(await confirm('two', 'B')).toMatchObject(refused)
    expect(await confirm('two', 'A')).toMatchObject({ ok: true })
  })

  it('leads every identity to the one who survives, and is taken back whole', async () => {
    const desk = await deskOf(['A', 'B', 'C'])
    const before = (await desk.read('customer', 'A')).state
    expect(await mergeCustomers(desk, 'A', 'B', { by: alex, commandId: 'm1' })).toMatchObject({ ok: true })
    expect(await mergeCustomers(desk, 'B', 'C', { by: alex, commandId: 'm2' })).toMatchObject({ ok: true })
    expect(await customerBy(desk, { email: 'A@example.org' })).toBe('C')
    expect(await customerBy(desk, { customerId: 'A' })).toBe('C')
    expect((await desk.read('customer', 'C')).state).toMatchObject({ merged: ['B'], merging: [] })
    const change = { type: 'change', changes: { plan: 'gold' } } as const
    expect(await desk.execute('customer', 'A', change, { by: alex })).toMatchObject({
      refusal: { code: 'customer_merged', movedTo: 'B' },
    })
    expect(await splitCustomer(desk, 'A', { by: alex, commandId: 's1' })).toMatchObject({ ok: true })
    expect(await customerBy(desk, { email: 'A@example.org' })).toBe('A')
    const { details, emails } = before as Extract<typeof before, { status: 'known' }>
    expect((await desk.read('customer', 'A')).state).toMatchObject({ status: 'known', details, emails })
    expect((await desk.read('customer', 'B')).state).toMatchObject({ status: 'merged', merged: [] })
  })

  it.each(['x', '|', '𠀀'])('is completed for ids of 200 characters, of %s', async (character) => {
    const [source, target] = ['A', 'B'].map((start) => `${start}${character.repeat(199)}`) as [string, string]
    const desk = deskInMemory()
    for (const id of [source, target]) await desk.execute('customer', id, { type: 'register' }, { by: alex })
    await desk.execute('customer', target, { type: 'beginMerge', source }, { by: alex })
    await desk.execute('customer', source, { type: 'mergeInto', target }, { by: alex })
    await complete(desk, settleCustomerMerges)
    expect((await desk.read('customer', target)).state).toMatchObject({ merged: [source], merging: [] })
    await desk.execute('customer', source, { type: 'splitBack' }, { by: alex })
    await complete(desk, settleCustomerMerges)
    expect((await desk.read('customer', target)).state).toMatchObject({ merged: [], merging: [] })
  })

  it('lets the block of the one who survives decide, for tickets and for chats, until the split', async () => {
    const desk = await deskOf(['A', 'B'])
    const by = { kind: 'customer', id: 'A' } as const
    let tries = 0
    const refusals = async () => {
      const id = `try-${++tries}`
      const open = { type: 'open', subject: 'Help', body: 'Broken', customer: { id: 'A' } } as const
      const started = await desk.startChat(id, { customer: { id: 'A' } }, { by })
      const opened = await desk.execute('ticket', id, open, { by })
      if (started.ok) await desk.execute('chat', id, { type: 'end' }, { by })
      return [started, opened].map((outcome) => (outcome.ok ? 'ok' : outcome.refusal.code))
    }
    const both = (code: string) => [code, code]
    await desk.execute('customer', 'A', { type: 'block', reason: 'spam' }, { by: alex })
    expect(await refusals()).toEqual(both('customer_blocked'))
    await mergeCustomers(desk, 'A', 'B', { by: alex, commandId: 'm1' })
    expect(await refusals()).toEqual(both('ok'))
    await desk.execute('customer', 'B', { type: 'block', reason: 'spam' }, { by: alex })
    expect(await refusals()).toEqual(both('customer_blocked'))
    await desk.execute('customer', 'B', { type: 'unblock' }, { by: alex })
    expect(await refusals()).toEqual(both('ok'))
    await splitCustomer(desk, 'A', { by: alex, commandId: 's1' })
    expect(await refusals()).toEqual(both('customer_blocked'))
  })

  it('reserves a chat for the one who survives too, and waits for a chat to end', async () => {
    const desk = await deskOf(['A', 'B'])
    const by = { kind: 'customer', id: 'A' } as const
    const start = (id: string) => desk.startChat(id, { customer: { id: 'A' } }, { by })
    await start('c1')
    const merge = (commandId: string) => mergeCustomers(desk, 'A', 'B', { by: alex, commandId })
    expect(await merge('m1')).toMatchObject({ ok: false, refusal: { code: 'customer_in_chat' } })
    expect((await desk.read('customer', 'B')).state).toMatchObject({ merged: [], merging: [] })
    await desk.execute('chat', 'c1', { type: 'end' }, { by })
    expect(await merge('m2')).toMatchObject({ ok: true })
    expect(await start('c2')).toMatchObject({ ok: true, value: { stream: 'chat-c2' } })
    const reservation = { chatId: 'c2', number: 2 }
    for (const id of ['A', 'B']) expect((await desk.read('customer', id)).state).toMatchObject({ reservation })
  })

  it('closes no circle and is not left half done, whatever is merged at once and whoever dies', async () => {
    const asked = fc.record({
      source: fc.constantFrom(...ids),
      target: fc.constantFrom(...ids),
      dies: fc.oneof(fc.constant(99), fc.nat(5)),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(asked, { minLength: 2, maxLength: 6 }), async (scheduler, merges) => {
        const desk = await deskOf(ids)
        const turn = () => scheduler.schedule(Promise.resolve())
        const merging = merges.map(({ source, target, dies }, n) =>
          mergeCustomers(deskInTurns(desk, turn, dies), source, target, { by: alex, commandId: `m${n}` }).catch(
            (error: unknown) => {
              if (!(error instanceof Died)) throw error
            },
          ),
        )
        await scheduler.waitFor(Promise.all([...merging, complete(deskInTurns(desk, turn))]))
        await complete(desk, settleCustomerMerges)
        const states = new Map(
          await Promise.all(ids.map(async (id) => [id, (await desk.read('customer', id)).state] as const)),
        )
        for (const [id, state] of states) {
          if (state.status === 'absent') throw new Error(id)
          expect(state.merging).toEqual([])
          for (const source of state.merged) expect(states.get(source)).toMatchObject({ mergedInto: id })
          if (state.mergedInto !== undefined)
            expect(states.get(state.mergedInto)).toMatchObject({ merged: expect.arrayContaining([id]) })
          expect(states.get(await survivorOf(desk, id))).toMatchObject({ status: 'known' })
        }
      }),
      { numRuns: 100 },
    )
  })
})
