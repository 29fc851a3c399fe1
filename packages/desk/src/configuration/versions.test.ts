import type { EventStore } from '@guichet/domain'
import { configurationSchema, instant } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import { readVersions } from './versions.ts'

const desk = deskInMemory({ now: () => instant('2026-06-01T08:00:00Z') })
const apply = async (plan: string) => {
  const configuration = configurationSchema.parse({ plans: [plan] })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: { kind: 'agent', id: 'ada' } })
}
/** Returns a store that counts the version events that are read from it. */
function counting(): { readonly store: EventStore; read(): number } {
  let read = 0
  const store: EventStore = {
    ...desk.store,
    readStream: async (...parameters) => {
      const events = await desk.store.readStream(...parameters)
      read += events.length
      return events
    },
  }
  return { store, read: () => read }
}

it('reads each version from the store once for all callers, including those applied meanwhile', async () => {
  const { store, read } = counting()
  await apply('gold')
  await apply('silver')
  const [, ...first] = await readVersions(store)
  await apply('bronze')
  const [, ...again] = await readVersions(store)
  expect(read()).toBe(3)
  expect(again.map(({ configuration }) => configuration.plans)).toEqual([['gold'], ['silver'], ['bronze']])
  expect(again.slice(0, 2)).toEqual(first)
  expect(again[0]).toBe(first[0])
})

it('knows each version by one object, though many ask at the same time', async () => {
  const { store } = counting()
  const results = await Promise.all(Array.from({ length: 5 }, () => readVersions(store)))
  for (const versions of results) for (const [index, each] of versions.entries()) expect(each).toBe(results[0]?.[index])
  expect(results[0]).toHaveLength(4)
})
