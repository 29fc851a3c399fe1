import type { ExpectedVersion } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { Clause } from './harness.ts'
import { newStream, notes } from './sample-events.ts'

const cases: readonly { expected: ExpectedVersion; onEmpty: boolean; onTwoEvents: boolean }[] = [
  { expected: 'any', onEmpty: true, onTwoEvents: true },
  { expected: 'no_stream', onEmpty: true, onTwoEvents: false },
  { expected: 'stream_exists', onEmpty: false, onTwoEvents: true },
  { expected: 0, onEmpty: true, onTwoEvents: false },
  { expected: 1, onEmpty: false, onTwoEvents: false },
  { expected: 2, onEmpty: false, onTwoEvents: true },
  { expected: 3, onEmpty: false, onTwoEvents: false },
]

/** An append goes through only on a stream as its writer expects it, and answers with the version that it met. */
export const expectedVersions: Clause = ({ store }) => {
  describe('expected version', () => {
    it.each(cases)('$expected on a new stream goes through: $onEmpty', async ({ expected, onEmpty }) => {
      const stream = newStream()
      expect(await store().append(notes(stream, expected, 'a'))).toMatchObject(
        onEmpty ? { kind: 'appended', version: 1 } : { kind: 'conflict', actualVersion: 0 },
      )
      expect(await store().readStream(stream)).toHaveLength(onEmpty ? 1 : 0)
    })

    it.each(cases)('$expected on a stream of two goes through: $onTwoEvents', async ({ expected, onTwoEvents }) => {
      const stream = newStream()
      await store().append(notes(stream, 'no_stream', 'a', 'b'))
      expect(await store().append(notes(stream, expected, 'c', 'd'))).toMatchObject(
        onTwoEvents ? { kind: 'appended', version: 4 } : { kind: 'conflict', actualVersion: 2 },
      )
      expect(await store().readStream(stream)).toHaveLength(onTwoEvents ? 4 : 2)
    })

    it('refuses an append without events', async () => {
      await expect(store().append(notes(newStream(), 'any'))).rejects.toThrow(RangeError)
    })
  })
}
