import { expect, it } from 'vitest'
import { createPermits } from './reading-budget.ts'

it('grants a number of places, and the next free one to the caller who has waited longest', async () => {
  const permits = createPermits(1)
  const first = await permits.take(0)
  const got: string[] = []
  const second = permits.take(60_000).then((release) => (got.push('second'), release))
  const third = permits.take(60_000).then((release) => (got.push('third'), release))
  first?.()
  first?.()
  const release = await second
  expect(got).toEqual(['second'])
  release?.()
  await third
  expect(got).toEqual(['second', 'third'])
})

it('returns no place when the time limit has passed', async () => {
  const permits = createPermits(1)
  const held = await permits.take(0)
  expect(await permits.take(1)).toBeUndefined()
  held?.()
  expect(await permits.take(0)).toBeTypeOf('function')
})

it('serves names in turn', async () => {
  const permits = createPermits(1)
  const first = await permits.take(0)
  const got: string[] = []
  const requests = ['ana', 'ana', 'ana', 'zoe', 'max'].map(async (name, at) => {
    const release = await permits.take(60_000, name)
    got.push(`${name} ${at}`)
    release?.()
  })
  first?.()
  await Promise.all(requests)
  expect(got).toEqual(['ana 0', 'zoe 3', 'max 4', 'ana 1', 'ana 2'])
})
