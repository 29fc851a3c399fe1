import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { commandIds, concurrentWriters, expectedVersions } from './appending.ts'
import type { Clause, Harness } from './harness.ts'
import { newStream, notes, sampleCatalogue } from './harness.ts'
import { globalOrder, reading, wakeUps } from './reading.ts'

/** A history has one identity, however often and by whichever process it is opened, and no event shows it. */
const identities: Clause = ({ store, harness, another }) => {
  describe('identity', () => {
    it('is the same for every store on the history, with any number of concurrent openers', async () => {
      const identity = await store().identity()
      expect(identity).not.toBe('')
      const others = await Promise.all(Array.from({ length: 6 }, () => harness().open(sampleCatalogue)))
      expect(await Promise.all(others.map((other) => other.identity()))).toEqual(others.map(() => identity))
      await Promise.all(others.map((other) => other.close()))
    })

    it('is the same for stores that open an empty history concurrently, and appears in no event', async () => {
      const empty = await another()
      const stores = await Promise.all(Array.from({ length: 6 }, () => empty.open(sampleCatalogue)))
      const [identity, ...same] = await Promise.all(stores.map((each) => each.identity()))
      expect(new Set(same)).toEqual(new Set([identity]))
      expect(await Promise.all(stores.map((each) => each.head()))).toEqual(stores.map(() => undefined))
      expect(await stores[0]?.readAll({ limit: 10 })).toEqual([])
      await Promise.all(stores.map((each) => each.close()))
      await empty.dispose?.()
    })

    it('differs from that of every other history, and stays the same when events are appended', async () => {
      const other = await another()
      const opened = await other.open(sampleCatalogue)
      const identity = await opened.identity()
      expect(identity).not.toBe(await store().identity())
      await opened.append(notes(newStream(), 'any', 'a'))
      expect(await opened.identity()).toBe(identity)
      await opened.close()
      await other.dispose?.()
    })
  })
}

const clauses: readonly Clause[] = [
  expectedVersions,
  concurrentWriters,
  commandIds,
  reading,
  globalOrder,
  wakeUps,
  identities,
]

/** Registers, with vitest, the tests that every implementation of the port EventStore passes. */
export function eventStoreContract(name: string, makeHarness: () => Promise<Harness>): void {
  describe(`${name} fulfils the contract of event stores`, () => {
    let harness: Harness
    let store: EventStore

    beforeAll(async () => {
      harness = await makeHarness()
      store = await harness.open(sampleCatalogue)
    })

    afterAll(async () => {
      await store.close()
      await harness.dispose?.()
    })

    for (const clause of clauses) clause({ store: () => store, harness: () => harness, another: makeHarness })
  })
}
