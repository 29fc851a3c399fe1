import type { Append, AppendOutcome, EventStore } from '@guichet/domain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import { newStream, notes, sampleCatalogue } from './sample-events.ts'

const writers = Array.from({ length: 50 }, (_, index) => `writer ${index}`)
const counting = (length: number): number[] => Array.from({ length }, (_, index) => index + 1)

/** Of writers who meet, in one process or in several, one comes through at each version, and no event is lost or doubled. */
export const concurrentWriters: Clause = ({ store, harness }) => {
  describe.each([
    { spread: 'in one store', others: 0 },
    { spread: 'over several stores', others: 4 },
  ])('concurrent writers $spread', ({ others }) => {
    const opened: EventStore[] = []

    beforeAll(async () => {
      const { open, soleWriter } = harness()
      const more = soleWriter ? 0 : others
      opened.push(...(await Promise.all(Array.from({ length: more }, () => open(sampleCatalogue)))))
    })

    afterAll(() => Promise.all(opened.map((other) => other.close())))

    const storeOf = (writer: number): EventStore => [store(), ...opened][writer % (1 + opened.length)] ?? store()
    const appendAll = (appendOf: (text: string) => Append): Promise<AppendOutcome[]> =>
      Promise.all(writers.map((text, writer) => storeOf(writer).append(appendOf(text))))

    it('lose and double nothing on one stream, and leave no gap', async () => {
      const stream = newStream()
      const outcomes = await appendAll((text) => notes(stream, 'any', text, text))
      expect(outcomes.map(({ kind }) => kind)).toEqual(writers.map(() => 'appended'))

      const envelopes = await store().readStream(stream)
      expect(envelopes.map(({ version }) => version)).toEqual(counting(2 * writers.length))
      const texts = envelopes.map(({ event }) => ('text' in event ? event.text : undefined))
      expect(texts.toSorted()).toEqual([...writers, ...writers].toSorted())
    })

    it('agree on one winner when all expect the same version', async () => {
      const stream = newStream()
      const outcomes = await appendAll((text) => notes(stream, 'no_stream', text))
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(writers.length - 1)
      expect(await store().readStream(stream)).toHaveLength(1)
    })

    it('store a command once that all send', async () => {
      const append = notes(newStream(), 'any', 'a', 'b')
      const outcomes = await appendAll(() => append)
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(writers.length - 1)
      expect(await store().readStream(append.stream)).toHaveLength(2)
    })

    it('get through by retrying at the version they have read', async () => {
      const stream = newStream()
      const appendOnce = async (text: string, writer: number): Promise<void> => {
        for (;;) {
          const expected = (await storeOf(writer).readStream(stream)).length
          if ((await storeOf(writer).append(notes(stream, expected, text))).kind === 'appended') return
        }
      }
      await Promise.all(writers.slice(0, 10).map(appendOnce))
      const envelopes = await store().readStream(stream)
      expect(envelopes.map(({ version }) => version)).toEqual(counting(10))
    })
  })
}
