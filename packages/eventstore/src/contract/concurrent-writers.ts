import { describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import { newStream, notes } from './sample-events.ts'

const writers = Array.from({ length: 50 }, (_, index) => `writer ${index}`)
const counting = (length: number): number[] => Array.from({ length }, (_, index) => index + 1)

export const concurrentWriters: Clause = ({ store }) => {
  describe('concurrent writers', () => {
    it('lose and double nothing on one stream, and leave no gap', async () => {
      const stream = newStream()
      const outcomes = await Promise.all(writers.map((text) => store().append(notes(stream, 'any', text, text))))
      expect(outcomes.map(({ kind }) => kind)).toEqual(writers.map(() => 'appended'))

      const envelopes = await store().readStream(stream)
      expect(envelopes.map(({ version }) => version)).toEqual(counting(2 * writers.length))
      const texts = envelopes.map(({ event }) => ('text' in event ? event.text : undefined))
      expect(texts.toSorted()).toEqual([...writers, ...writers].toSorted())
    })

    it('agree on one winner when all expect the same version', async () => {
      const stream = newStream()
      const outcomes = await Promise.all(writers.map((text) => store().append(notes(stream, 'no_stream', text))))
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(writers.length - 1)
      expect(await store().readStream(stream)).toHaveLength(1)
    })

    it('get through by retrying at the version they have read', async () => {
      const stream = newStream()
      const appendOnce = async (text: string): Promise<void> => {
        for (;;) {
          const expected = (await store().readStream(stream)).length
          if ((await store().append(notes(stream, expected, text))).kind === 'appended') return
        }
      }
      await Promise.all(writers.slice(0, 10).map(appendOnce))
      const envelopes = await store().readStream(stream)
      expect(envelopes.map(({ version }) => version)).toEqual(counting(10))
    })
  })
}
