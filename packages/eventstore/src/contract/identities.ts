import { describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import { newStream, notes, sampleCatalogue } from './sample-events.ts'

/** A history has one identity, whoever opens it and however often, and no event shows it. */
export const identities: Clause = ({ store, harness, another }) => {
  describe('identity', () => {
    it('is the same for every store on the history, however many open it at once', async () => {
      const identity = await store().identity()
      expect(identity).not.toBe('')
      const others = await Promise.all(Array.from({ length: 6 }, () => harness().open(sampleCatalogue)))
      expect(await Promise.all(others.map((other) => other.identity()))).toEqual(others.map(() => identity))
      await Promise.all(others.map((other) => other.close()))
    })

    it('is agreed on by stores that open an empty history at the same moment, and shows in no event', async () => {
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
