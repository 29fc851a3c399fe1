import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Append, AppendOutcome, EventEnvelope, EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { subscribe } from '../feed/subscribe.ts'
import type { Clause, SlowAppend } from './harness.ts'
import {
  catalogueWithoutAmounts,
  earlierCatalogue,
  newStream,
  note,
  notes,
  sampleActor,
  sampleCatalogue,
  sampleInstant,
} from './harness.ts'

const large = 'as compressible as can be '.repeat(300)

/**
 * Reads page by page to the end, which is not before an event that readers have seen: for a moment after it, they may
 * see fewer of the newest events again (docs/decisions/010).
 */
export async function readOn(
  store: EventStore,
  after: Position | undefined,
  limit: number,
  end?: Position,
): Promise<EventEnvelope[]> {
  const giveUpAt = Date.now() + 120_000
  const all: EventEnvelope[] = []
  for (;;) {
    const last = all.at(-1)?.position ?? after
    const page = await store.readAll({ after: last, limit })
    all.push(...page)
    expect(page.length).toBeLessThanOrEqual(limit)
    const isComplete = end === undefined || (last !== undefined && store.comparePositions(last, end) >= 0)
    if (page.length === 0 && (isComplete || Date.now() > giveUpAt)) return all
  }
}

/** Events are read back as they were written, by stream and over all streams, page by page. */
export const reading: Clause = ({ store, harness }) => {
  describe('reading', () => {
    it('returns exactly the written events', async () => {
      const append = { ...notes(newStream(), 'any'), events: [note('a "quoted" \\ back\u2028slash 😀 {1,2}, NULL')] }
      await store().append(append)
      const [envelope, ...others] = await store().readStream(append.stream)
      expect(others).toEqual([])
      expect(envelope).toMatchObject({ stream: append.stream, version: 1, schemaVersion: 1 })
      expect(envelope?.event).toEqual(append.events[0])
      expect(envelope?.event.at).toBe(sampleInstant)
      expect(envelope?.event.by).toEqual(sampleActor)
      expect(Number.isNaN(Date.parse(envelope?.recordedAt ?? ''))).toBe(false)
    })

    it('reads a stream from the requested version, and finds nothing in a stream that does not exist', async () => {
      const stream = newStream()
      await store().append(notes(stream, 'any', 'a', 'b', 'c'))
      expect((await store().readStream(stream, 2)).map(({ version }) => version)).toEqual([2, 3])
      expect(await store().readStream(stream, 4)).toEqual([])
      expect(await store().readStream(newStream())).toEqual([])
    })

    it('reads as many events of a stream as requested, and no more, during concurrent reads', async () => {
      const [stream, other] = [newStream(), newStream()]
      await store().append(notes(stream, 'any', 'a', 'b', 'c', 'd'))
      await store().append(notes(other, 'any', 'a', 'b'))
      const requested = [
        store().readStream(stream, 1, 2),
        store().readStream(stream, 3, 2),
        store().readStream(stream, 2, 100),
        store().readStream(other, 1, 1),
        store().readStream(stream),
      ]
      const versions = (await Promise.all(requested)).map((page) => page.map(({ version }) => version))
      expect(versions).toEqual([[1, 2], [3, 4], [2, 3, 4], [1], [1, 2, 3, 4]])
    })

    it('distinguishes a position that was never issued from one that was written', async () => {
      const outcome = await store().append(notes(newStream(), 'any', 'a'))
      const written = outcome.kind === 'appended' ? outcome.position : undefined
      expect(written && (await store().isAhead(written))).toBe(false)
      const later = written?.replace(/\d+/, (digits) => `${digits}0`)
      expect(later && store().isPosition(later) && (await store().isAhead(later))).toBe(true)
    })

    it('pages through all events, each once, with any page size', async () => {
      const before = await readableNow(store())
      const appends = Array.from({ length: 30 }, () => notes(newStream(), 'any', 'a', 'b', 'c'))
      const outcomes = await Promise.all(appends.map((append) => store().append(append)))
      const end = await untilReadable(store(), ...outcomes)
      const whole = await readOn(store(), before, 1_000, end)
      expect(whole).toHaveLength(90)
      expect(await readOn(store(), before, 7, end)).toEqual(whole)
      await expect.poll(() => store().head(), { timeout: 120_000 }).toBe(whole.at(-1)?.position)
    })

    it('ends a page at the event that reaches the requested bytes, however well they compress', async () => {
      const before = await readableNow(store())
      const outcome = await store().append(notes(newStream(), 'any', ...Array.from({ length: 12 }, () => large)))
      await untilReadable(store(), outcome)
      const page = async (maxBytes: number): Promise<number> =>
        (await store().readAll({ after: before, limit: 100, maxBytes })).length
      expect(await page(1)).toBe(1)
      expect(await page(3.5 * large.length)).toBe(4)
      expect(await page(1_000_000_000)).toBe(12)
      expect(await store().readAll({ after: before, limit: 2, maxBytes: 1_000_000_000 })).toHaveLength(2)
    })

    it('reads all events from the start without a position', async () => {
      await untilReadable(store(), await store().append(notes(newStream(), 'any', 'a')))
      const [first] = await store().readAll({ limit: 1 })
      const rest = await store().readAll({ after: first?.position, limit: 1_000_000 })
      expect(await store().readAll({ limit: 1_000_000 })).toEqual([first, ...rest])
    })

    it('upcasts an older version of an event', async () => {
      const stream = newStream()
      const earlier = await harness().open(earlierCatalogue)
      const event = { type: 'AmountSet', at: sampleInstant, by: sampleActor, euros: 12.34 }
      await earlier.append({ stream, expectedVersion: 'any', commandId: randomUUID(), events: [event] })
      const later = await harness().open(sampleCatalogue)
      const [envelope] = await later.readStream(stream)
      expect(envelope).toMatchObject({ schemaVersion: 1, event: { type: 'AmountSet', cents: 1_234 } })
      await Promise.all([earlier.close(), later.close()])
    })

    it('reports a version newer than it knows', async () => {
      const stream = newStream()
      const event = { type: 'AmountSet', at: sampleInstant, by: sampleActor, cents: 99 }
      await store().append({ stream, expectedVersion: 'any', commandId: randomUUID(), events: [event] })
      const earlier = await harness().open(earlierCatalogue)
      await expect(earlier.readStream(stream)).rejects.toThrow(CorruptHistory)
      await earlier.close()
    })

    it('reports an unknown type instead of skipping it', async () => {
      const stream = newStream()
      const event = { type: 'AmountSet', at: sampleInstant, by: sampleActor, cents: 1 }
      const before = await readableNow(store())
      const append = { stream, expectedVersion: 'any', commandId: randomUUID(), events: [event] } as const
      await untilReadable(store(), await store().append(append))
      const unaware = await harness().open(catalogueWithoutAmounts)
      await expect(unaware.readStream(stream)).rejects.toThrow(CorruptHistory)
      await expect(unaware.readAll({ after: before, limit: 10 })).rejects.toThrow(CorruptHistory)
      await unaware.close()
    })

    it('refuses events that could not be read again', async () => {
      const stream = newStream()
      const append = (event: object) =>
        store().append({
          stream,
          expectedVersion: 'any',
          commandId: randomUUID(),
          events: [note('fine'), { ...note(''), ...event }],
        })
      await expect(append({ type: 'NeverHeardOf' })).rejects.toThrow(CorruptHistory)
      await expect(append({ text: 42 })).rejects.toThrow(CorruptHistory)
      expect(await store().readStream(stream)).toEqual([])
    })
  })
}

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

/**
 * All readers see all events in one order, without gaps that fill later, in which the versions of each stream ascend.
 */
export const globalOrder: Clause = ({ store, harness }) => {
  /** Where appends have no duration, they happen when they end. */
  const beginAppend = async (append: Append): Promise<SlowAppend> =>
    (await harness().appendSlowly?.(append)) ?? {
      commit: async () => void (await store().append(append)),
      rollback: async () => undefined,
    }

  describe('global order', () => {
    it('compares positions in the order of reading, and returns to writers the position of their last event', async () => {
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

    it.each(['', 'nonsense', '1:2:3', '9'.repeat(60), "1'; --", '-1'])('does not accept %j as a position', (text) => {
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
      expect(seen).toEqual(await readOn(store(), before, 1_000, seen.at(-1)?.position))
    })

    it('never shows an event before a position that a reader has passed, with any slow writer', async () => {
      const before = await readableNow(store())
      const slowNotes = notes(newStream(), 'any', 'slow')
      const slow = await beginAppend(slowNotes)
      const fast = await store().append(notes(newStream(), 'any', 'fast'))
      const early = await readOn(store(), before, 10)
      await slow.commit()
      const end = await untilReadable(store(), fast, await store().append(slowNotes))
      const late = await readOn(store(), early.at(-1)?.position ?? before, 10, end)
      expect([...early, ...late]).toHaveLength(2)
      expectGlobalOrder(store(), [...early, ...late])
      expect(await readOn(store(), before, 10, end)).toEqual([...early, ...late])
    })

    it('holds while slow writers overlap and end in another order than they began', async () => {
      const before = await readableNow(store())
      const seen: EventEnvelope[] = []
      const readMore = async (end?: Position) =>
        void seen.push(...(await readOn(store(), seen.at(-1)?.position ?? before, 3, end)))
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
      const end = await untilReadable(store(), await store().append(notes(busy, 'any', 'last')))
      await readMore(end)
      expect(seen).toHaveLength(6 + 4 * 2 + 6 + 1)
      expectGlobalOrder(store(), seen)
      expect(await readOn(store(), before, 1_000, end)).toEqual(seen)
    })
  })
}

/** Every listener is woken after an append, until it stops. */
export const wakeUps: Clause = ({ store }) => {
  describe('onAppended', () => {
    it('wakes after an append, until it is stopped', async () => {
      let wakes = 0
      const woken = new Promise<void>((resolve) => {
        const stop = store().onAppended(() => {
          wakes++
          stop()
          resolve()
        })
      })
      await store().append(notes(newStream(), 'any', 'a'))
      await woken
      const again = new Promise<void>((resolve) => {
        const stop = store().onAppended(() => {
          stop()
          resolve()
        })
      })
      await store().append(notes(newStream(), 'any', 'b'))
      await again
      expect(wakes).toBe(1)
    })
  })
}

/**
 * Waits until readers of all events see every append: on a busy server that takes a moment after the append.
 * @returns the last position of the appends.
 */
export async function untilReadable(
  store: EventStore,
  ...outcomes: readonly AppendOutcome[]
): Promise<Position | undefined> {
  const giveUpAt = Date.now() + 120_000
  let last: Position | undefined
  for (const outcome of outcomes) {
    if (!('position' in outcome)) continue
    if (last === undefined || store.comparePositions(outcome.position, last) > 0) last = outcome.position
    for (;;) {
      const head = await store.head()
      if (head !== undefined && store.comparePositions(head, outcome.position) >= 0) break
      if (Date.now() > giveUpAt)
        throw new Error(`${outcome.position} was not readable in two minutes: the head is ${head}`)
    }
  }
  return last
}

/** A position at or after everything appended so far, and before everything appended later. */
export async function readableNow(store: EventStore): Promise<Position> {
  const outcome = await store.append(notes(newStream('mark'), 'any', 'here'))
  await untilReadable(store, outcome)
  if (!('position' in outcome)) throw new Error(`an append to a new stream: ${outcome.kind}`)
  return outcome.position
}
