import { expect, it } from 'vitest'
import { createPermits, createPlaces } from './permits.ts'

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

it('gives a name no more places than it may hold, and its next one when it releases one', async () => {
  const permits = createPermits(3, 1)
  const first = await permits.take(0, 'ana')
  expect(await permits.take(1, 'ana')).toBeUndefined()
  const next = permits.take(60_000, 'ana')
  expect(await permits.take(0, 'zoe')).toBeTypeOf('function')
  first?.()
  expect(await next).toBeTypeOf('function')
})

it('counts places by name, and frees each once', () => {
  const take = createPlaces(2)
  const [free] = [take('ana'), take('ana')]
  expect([take('ana'), typeof take('zoe')]).toEqual([undefined, 'function'])
  free?.()
  free?.()
  expect([typeof take('ana'), take('ana')]).toEqual(['function', undefined])
})
