import { expect, it } from 'vitest'
import { createPermits } from '../permits.ts'
import { createReadingBudget } from './reading-budget.ts'

const limits = { historyEvents: 100, textBytes: 10_000_000 }
const placesOf = () => ({ large: createPermits(1), pages: createPermits(1) })
const message = { event: { body: 'x'.repeat(1_000_000) } }

it('releases its place when the operation ends, even while it still waits for one', async () => {
  const places = placesOf()
  const held = await places.large.take(0)
  const budget = createReadingBudget(limits, places)
  const waiting = budget.large()
  budget.close()
  held?.()
  await waiting
  expect(await places.large.take(1_000)).toBeTypeOf('function')
})

it('gives no place to work of an operation that has been answered', async () => {
  const places = placesOf()
  const budget = createReadingBudget(limits, places)
  budget.close()
  await expect(budget.texts(2_000_000)).rejects.toMatchObject({ extensions: { code: 'read_timeout' } })
  await expect(budget.page(async () => [])).rejects.toMatchObject({ extensions: { code: 'read_timeout' } })
  expect(await places.large.take(0)).toBeTypeOf('function')
})

it('reads one page of an operation at a time, after the processing of the page before', async () => {
  const budget = createReadingBudget(limits, { large: createPermits(1), pages: createPermits(9) })
  const happened: string[] = []
  const page = (name: string) =>
    budget.page(
      async () => void happened.push(`reads ${name}`),
      async () => void happened.push(`ends ${name}`),
    )
  await Promise.all([page('a'), page('b')])
  expect(happened).toEqual(['reads a', 'ends a', 'reads b', 'ends b'])
})

it('charges at most two megabytes for histories whose texts are not returned, and all texts that are', async () => {
  let read = 0
  const reader = { name: 'ana', onRead: (bytes: number) => void (read += bytes) }
  const budget = createReadingBudget(limits, placesOf(), reader)
  for (let n = 0; n < 5; n++) budget.events([message])
  expect(read).toBe(2 * 1024 * 1024)
  await budget.texts(3_000_000)
  expect(read).toBe(2 * 1024 * 1024 + 3_000_000)
  budget.release()
  budget.events([message])
  expect(read).toBe(2 * 1024 * 1024 + 3_000_000 + 1_000_100)
})
