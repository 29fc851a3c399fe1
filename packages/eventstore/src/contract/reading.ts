import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import {
  catalogueWithoutAmounts,
  earlierCatalogue,
  newStream,
  note,
  notes,
  sampleActor,
  sampleCatalogue,
  sampleInstant,
} from './sample-events.ts'
import { readableNow, untilReadable } from './until-readable.ts'

const large = 'as compressible as can be '.repeat(300)

/** Reads page by page until there is nothing more. */
export async function readOn(store: EventStore, after: Position | undefined, limit: number): Promise<EventEnvelope[]> {
  const all: EventEnvelope[] = []
  for (;;) {
    const page = await store.readAll({ after: all.at(-1)?.position ?? after, limit })
    all.push(...page)
    if (page.length === 0) return all
    expect(page.length).toBeLessThanOrEqual(limit)
  }
}

/** What was written is read back as it was, by stream and over all streams, page by page. */
export const reading: Clause = ({ store, harness }) => {
  describe('reading', () => {
    it('gives back exactly what was written', async () => {
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

    it('starts a stream at the version asked for, and finds nothing in a stream that does not exist', async () => {
      const stream = newStream()
      await store().append(notes(stream, 'any', 'a', 'b', 'c'))
      expect((await store().readStream(stream, 2)).map(({ version }) => version)).toEqual([2, 3])
      expect(await store().readStream(stream, 4)).toEqual([])
      expect(await store().readStream(newStream())).toEqual([])
    })

    it('reads so many events of a stream as are asked for, and no more, whoever reads beside', async () => {
      const [stream, other] = [newStream(), newStream()]
      await store().append(notes(stream, 'any', 'a', 'b', 'c', 'd'))
      await store().append(notes(other, 'any', 'a', 'b'))
      const asked = [
        store().readStream(stream, 1, 2),
        store().readStream(stream, 3, 2),
        store().readStream(stream, 2, 100),
        store().readStream(other, 1, 1),
        store().readStream(stream),
      ]
      const versions = (await Promise.all(asked)).map((page) => page.map(({ version }) => version))
      expect(versions).toEqual([[1, 2], [3, 4], [2, 3, 4], [1], [1, 2, 3, 4]])
    })

    it('knows a position that nobody can have been told of from one that was written', async () => {
      const outcome = await store().append(notes(newStream(), 'any', 'a'))
      const written = outcome.kind === 'appended' ? outcome.position : undefined
      expect(written && (await store().isAhead(written))).toBe(false)
      const later = written?.replace(/\d+/, (digits) => `${digits}0`)
      expect(later && store().isPosition(later) && (await store().isAhead(later))).toBe(true)
    })

    it('pages through all events, each once, whatever the size of the page', async () => {
      const before = await readableNow(store())
      const appends = Array.from({ length: 30 }, () => notes(newStream(), 'any', 'a', 'b', 'c'))
      const outcomes = await Promise.all(appends.map((append) => store().append(append)))
      await untilReadable(store(), ...outcomes)
      const whole = await readOn(store(), before, 1_000)
      expect(whole).toHaveLength(90)
      expect(await readOn(store(), before, 7)).toEqual(whole)
      expect(await store().head()).toBe(whole.at(-1)?.position)
    })

    it('ends a page at the event that reaches the bytes asked for, however well they can be compressed', async () => {
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

    it('reads all from the start without a position', async () => {
      await untilReadable(store(), await store().append(notes(newStream(), 'any', 'a')))
      const [first] = await store().readAll({ limit: 1 })
      const rest = await store().readAll({ after: first?.position, limit: 1_000_000 })
      expect(await store().readAll({ limit: 1_000_000 })).toEqual([first, ...rest])
    })

    it('raises an older version of an event to today’s', async () => {
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

    it('stores nothing that could not be read again', async () => {
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
