import type { Append, EventEnvelope, EventStore } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import { subscribe } from '../feed/index.ts'
import type { Clause, SlowAppend } from './harness.ts'
import { newStream, notes } from './sample-events.ts'
import { readOn } from './reading.ts'
import { readableNow, untilReadable } from './until-readable.ts'

/** Positions ascend, and each stream's versions ascend by one from 1. */
export function expectGlobalOrder(store: EventStore, envelopes: readonly EventEnvelope[]): void {
  const versions = new Map<string, number>()
  for (const [index, { stream, version, position }] of envelopes.entries()) {
    expect(version).toBe((versions.get(stream) ?? 0) + 1)
    versions.set(stream, version)
    const previous = envelopes[index - 1]
    if (previous) expect(store.comparePositions(previous.position, position)).toBeLessThan(0)
  }
}

/** All readers meet all events in one order, without gaps that fill later, in which the versions of each stream ascend. */
export const globalOrder: Clause = ({ store, harness }) => {
  /** Where appends have no duration, they happen when they end. */
  const beginAppend = async (append: Append): Promise<SlowAppend> =>
    (await harness().appendSlowly?.(append)) ?? {
      commit: async () => void (await store().append(append)),
      rollback: async () => undefined,
    }

  describe('global order', () => {
    it('compares positions as readers meet them, and tells writers the position of their last event', async () => {
      const stream = newStream()
      const first = await store().append(notes(stream, 'any', 'a'))
      const second = await store().append(notes(stream, 'any', 'b', 'c'))
      const [a, b, c] = (await store().readStream(stream)).map(({ position }) => position)
      expect([first, second]).toMatchObject([{ position: a }, { position: c }])
      if (!a || !b || !c) throw new Error('three events were expected')
      expect(typeof a).toBe('string')
      expect(store().comparePositions(a, b)).toBeLessThan(0)
      expect(store().comparePositions(c, b)).toBeGreaterThan(0)
      expect(store().comparePositions(b, b)).toBe(0)
      for (const position of [a, b, c]) expect(store().isPosition(position)).toBe(true)
    })

    it.each(['', 'nonsense', '1:2:3', '9'.repeat(60), "1'; --", '-1'])('takes %j for no position', (text) => {
      expect(store().isPosition(text)).toBe(false)
    })

    it('holds for a reader that follows many writers: nothing skipped, nothing twice, nothing inverted', async () => {
      const before = await readableNow(store())
      const streams = Array.from({ length: 8 }, () => newStream())
      const total = 8 * 20 * 2
      const seen: EventEnvelope[] = []
      const done = new AbortController()
      const following = subscribe(store(), {
        after: before,
        batchSize: 5,
        signal: done.signal,
        onBatch: (events) => {
          seen.push(...events)
          if (seen.length >= total) done.abort()
        },
      })
      const write = async (stream: string): Promise<void> => {
        for (let round = 0; round < 20; round++) await store().append(notes(stream, 'any', `${round}`, `${round}`))
      }
      await Promise.all(streams.map(write))
      await following
      expect(seen).toHaveLength(total)
      expectGlobalOrder(store(), seen)
      expect(seen).toEqual(await readOn(store(), before, 1_000))
    })

    it('never shows an event before a position that a reader has passed, however slow its writer is', async () => {
      const before = await readableNow(store())
      const slowNotes = notes(newStream(), 'any', 'slow')
      const slow = await beginAppend(slowNotes)
      const fast = await store().append(notes(newStream(), 'any', 'fast'))
      const early = await readOn(store(), before, 10)
      await slow.commit()
      await untilReadable(store(), fast, await store().append(slowNotes))
      const late = await readOn(store(), early.at(-1)?.position ?? before, 10)
      expect([...early, ...late]).toHaveLength(2)
      expectGlobalOrder(store(), [...early, ...late])
      expect(await readOn(store(), before, 10)).toEqual([...early, ...late])
    })

    it('holds while slow writers overlap and end in another order than they began', async () => {
      const before = await readableNow(store())
      const seen: EventEnvelope[] = []
      const readMore = async () => void seen.push(...(await readOn(store(), seen.at(-1)?.position ?? before, 3)))
      const busy = newStream()
      const slow: SlowAppend[] = []
      for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) {
        slow.push(await beginAppend(notes(newStream(), 'any', text, text)))
        await store().append(notes(busy, 'any', text))
        await readMore()
      }
      for (const [turn, writer] of [2, 0, 5, 3, 1, 4].entries()) {
        await (turn % 3 === 2 ? slow[writer]?.rollback() : slow[writer]?.commit())
        await store().append(notes(busy, 'any', 'next'))
        await readMore()
      }
      await untilReadable(store(), await store().append(notes(busy, 'any', 'last')))
      await readMore()
      expect(seen).toHaveLength(6 + 4 * 2 + 6 + 1)
      expectGlobalOrder(store(), seen)
      expect(await readOn(store(), before, 1_000)).toEqual(seen)
    })
  })
}
