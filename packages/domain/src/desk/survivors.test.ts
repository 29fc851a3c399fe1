import { describe, expect, it } from 'vitest'
import { StreamDeleted } from '../kernel/event.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import type { Desk } from './processes.ts'
import { isSameCustomer, isSurvivorOf, mergedCustomersOf, personIdsOf } from './survivors.ts'

const by = { by: alex } as const

/** C was merged into B, and B into A; D is somebody else. Each has a ticket. The streams of some customers are deleted. */
async function losing(...lost: readonly string[]): Promise<Desk> {
  const before = deskInMemory()
  for (const id of ['A', 'B', 'C', 'D']) {
    expect(await before.execute('customer', id, { type: 'register' }, by)).toMatchObject({ ok: true })
    const opening = { type: 'open', subject: 'Invoice', body: 'Where is it?', customer: { id } } as const
    expect(await before.execute('ticket', `of-${id}`, opening, by)).toMatchObject({ ok: true })
  }
  expect(await before.mergeCustomers('C', 'B', by)).toMatchObject({ ok: true })
  expect(await before.mergeCustomers('B', 'A', by)).toMatchObject({ ok: true })
  const { store } = before
  let ids = 0
  return deskInMemory({
    newId: () => `later-${++ids}`,
    store: {
      ...store,
      readStream: async (stream, ...rest) => {
        if (lost.some((id) => stream === `customer-${id}`)) throw new StreamDeleted(stream)
        return store.readStream(stream, ...rest)
      },
    },
  })
}

it('counts a merged customer whose stream was deleted as merged into whose record says so', async () => {
  const desk = await losing('B')
  expect(await mergedCustomersOf(desk, 'A')).toEqual(['A', 'B'])
  expect(await isSurvivorOf(desk, 'A', 'B')).toBe(true)
  expect(await isSurvivorOf(desk, 'D', 'B')).toBe(false)
  for (const [one, other] of [
    ['A', 'B'],
    ['B', 'A'],
  ] as const)
    expect(await isSameCustomer(desk, one, other)).toBe(true)
  expect(await isSameCustomer(desk, 'B', 'D')).toBe(false)
  expect(await desk.mergeTickets('of-B', 'of-A', by)).toMatchObject({ ok: true })
})

it('knows nothing of those who were merged by way of a record that is gone', async () => {
  const desk = await losing('B')
  expect(await isSameCustomer(desk, 'A', 'C')).toBe(false)
  expect(await desk.mergeTickets('of-C', 'of-A', by)).toMatchObject({ refusal: { code: 'merge_across_customers' } })
})

it('says that the record of a survivor is gone where nothing else says whose a customer is', async () => {
  const desk = await losing('A', 'B')
  await expect(isSameCustomer(desk, 'A', 'B')).rejects.toThrow(StreamDeleted)
  await expect(isSameCustomer(desk, 'C', 'A')).rejects.toThrow(StreamDeleted)
})

describe('the ids of a person', () => {
  const visitor = (number: number): string => `visitor-00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

  it('are those of visitors whom they have claimed too, but of nobody whom another customer has', async () => {
    const desk = await losing()
    for (const [number, id] of ['A', 'C', 'D'].entries())
      expect(await desk.claimVisitor(visitor(number), { customer: { id } })).toMatchObject({ ok: true })
    const rows: Readonly<Record<string, readonly string[]>> = {
      A: ['A', visitor(0), visitor(2), 'D'],
      C: ['C', visitor(1)],
    }
    const behind = { withMerged: async (id: string) => rows[id] ?? [id] }
    expect(await personIdsOf(desk, 'A', behind)).toEqual(['A', 'B', 'C', visitor(0), visitor(1)])
    expect(await personIdsOf(desk, 'D', behind)).toEqual(['D'])
  })

  it('are as the read model shows them where streams were deleted', async () => {
    const desk = await losing('A')
    for (const [number, id] of ['D', 'A'].entries())
      expect(await desk.claimVisitor(visitor(number), { customer: { id } })).toMatchObject({ ok: true })
    const behind = { withMerged: async () => ['A', 'B', 'C', visitor(0), visitor(1)] }
    expect(await personIdsOf(desk, 'A', behind)).toEqual(['A', 'B', 'C', visitor(1)])
  })
})
