import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventStore, Position, SnapshotStore, StoredSnapshot } from '@guichet/domain'
import type { Harness } from './harness.ts'
import { newStream, sampleCatalogue } from './harness.ts'

const snapshot = (version: number, state: unknown, fold = 'note-1'): StoredSnapshot => ({
  version,
  position: `1:${version}` as Position,
  fold,
  state,
})

/** Registers, with vitest, the tests that the snapshots of every store pass that has any. */
export function snapshotContract(name: string, makeHarness: () => Promise<Harness>): void {
  describe(`${name} keeps snapshots`, () => {
    let harness: Harness
    let store: EventStore
    const snapshots = (of = store): SnapshotStore => {
      if (!of.snapshots) throw new Error('the store has no snapshots')
      return of.snapshots
    }

    beforeAll(async () => {
      harness = await makeHarness()
      store = await harness.open(sampleCatalogue)
    })

    afterAll(async () => {
      await store.close()
      await harness.dispose?.()
    })

    it('has none of a stream before one is saved', async () => {
      expect(await snapshots().load(newStream())).toBeUndefined()
    })

    it('loads what was saved, also for another store on the same history', async () => {
      const stream = newStream()
      const state = { text: 'é \u0000 \' " \\ 𝄞', nested: [{ a: 1 }, [], null], long: 'x'.repeat(2_000_000) }
      await snapshots().save(stream, snapshot(7, state))
      const other = await harness.open(sampleCatalogue)
      expect(await snapshots(other).load(stream)).toEqual(snapshot(7, state))
      await other.close()
    })

    it('keeps the newest of one fold, whatever the order, and replaces that of another', async () => {
      const stream = newStream()
      await Promise.all([3, 9, 5].map((version) => snapshots().save(stream, snapshot(version, version))))
      expect(await snapshots().load(stream)).toEqual(snapshot(9, 9))
      await snapshots().save(stream, snapshot(2, 'rewritten', 'note-2'))
      expect(await snapshots().load(stream)).toEqual(snapshot(2, 'rewritten', 'note-2'))
    })

    it('never rejects, not even when the store is closed', async () => {
      const other = await harness.open(sampleCatalogue)
      const saving = snapshots(other).save(newStream(), snapshot(1, 'a'))
      await other.close()
      await saving
    })
  })
}
