import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Append, AppendOutcome, EventStore, ExpectedVersion } from '@guichet/domain'
import { commandIdLength, eventIdLength, streamNameLength } from '@guichet/domain'
import type { Clause } from './harness.ts'
import { newStream, note, notes, sampleCatalogue } from './harness.ts'

/** A command id takes effect once in a stream, however often and however concurrently it is sent. */
export const commandIds: Clause = ({ store }) => {
  describe('command id', () => {
    it('returns the first outcome for a repeat', async () => {
      const append = notes(newStream(), 'no_stream', 'a', 'b')
      const first = await store().append(append)
      expect(await store().append(append)).toEqual({ ...first, kind: 'duplicate' })
      expect(await store().readStream(append.stream)).toHaveLength(2)
    })

    it('returns the first outcome for a repeat after the stream has advanced: duplicate outranks conflict', async () => {
      const append = notes(newStream(), 'no_stream', 'a')
      const first = await store().append(append)
      await store().append(notes(append.stream, 1, 'b', 'c'))
      expect(await store().append(append)).toEqual({ ...first, kind: 'duplicate' })
      expect(await store().append({ ...append, expectedVersion: 'any' })).toEqual({ ...first, kind: 'duplicate' })
    })

    it('stores concurrent repeats once', async () => {
      const append = notes(newStream(), 'any', 'a', 'b')
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => store().append(append)))
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(19)
      expect(new Set(outcomes.map((outcome) => 'position' in outcome && outcome.position)).size).toBe(1)
      expect(await store().readStream(append.stream)).toHaveLength(2)
    })

    it('is unique within its stream, and event ids across all streams', async () => {
      const commandId = randomUUID()
      const appends = [newStream(), newStream()].map((stream) => ({ ...notes(stream, 'any', 'a'), commandId }))
      const outcomes = await Promise.all(appends.map((append) => store().append(append)))
      expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'appended'])
      const events = await Promise.all(appends.map(({ stream }) => store().readStream(stream)))
      expect(new Set(events.flat().map(({ id }) => id)).size).toBe(2)
    })

    it('can be used again after a conflict', async () => {
      const append = notes(newStream(), 5, 'a')
      expect(await store().append(append)).toEqual({ kind: 'conflict', actualVersion: 0 })
      expect(await store().append({ ...append, expectedVersion: 0 })).toMatchObject({ kind: 'appended', version: 1 })
    })

    it('finds its stored events', async () => {
      const append = notes(newStream(), 'any', 'a', 'b')
      expect(await store().findCommand(append.stream, append.commandId)).toBeUndefined()
      await store().append(append)
      await store().append(notes(append.stream, 'any', 'c'))
      const written = await store().findCommand(append.stream, append.commandId)
      const envelopes = await store().readStream(append.stream)
      expect(written).toEqual({ version: 2, position: envelopes[1]?.position })
      expect(await store().findCommand(newStream(), append.commandId)).toBeUndefined()
    })

    it('stores the fingerprint of its first append', async () => {
      const append = { ...notes(newStream(), 'no_stream', 'a', 'b'), fingerprint: 'f'.repeat(64) }
      const first = await store().append(append)
      expect(first).not.toHaveProperty('fingerprint')
      const known = { ...first, kind: 'duplicate', fingerprint: append.fingerprint }
      expect(await store().append(append)).toEqual(known)
      expect(await store().append({ ...append, fingerprint: 'another' })).toEqual(known)
      expect(await store().append({ ...append, fingerprint: undefined })).toEqual(known)
      const { kind: _, ...outcome } = known
      expect(await store().findCommand(append.stream, append.commandId)).toEqual(outcome)
    })

    it('stores no fingerprint where none was given', async () => {
      const append = notes(newStream(), 'no_stream', 'a')
      await store().append(append)
      const repeat = await store().append({ ...append, fingerprint: 'late' })
      expect(repeat).toMatchObject({ kind: 'duplicate' })
      expect('fingerprint' in repeat ? repeat.fingerprint : undefined).toBeUndefined()
      const found = await store().findCommand(append.stream, append.commandId)
      expect(found).toBeDefined()
      expect(found?.fingerprint).toBeUndefined()
    })

    it('stores the fingerprint of each append when appends travel together', async () => {
      const stream = newStream()
      const appends = Array.from({ length: 20 }, (_, n) => ({ ...notes(stream, 'any', 'a'), fingerprint: `f${n}` }))
      await Promise.all(appends.map((append) => store().append(append)))
      const found = await Promise.all(appends.map(({ commandId }) => store().findCommand(stream, commandId)))
      expect(found.map((first) => first?.fingerprint)).toEqual(appends.map(({ fingerprint }) => fingerprint))
    })

    it.each(['x', '漢', '𠀀', '|', '$', '/', '%'])('takes ids as long as they may be, of %s', async (character) => {
      const given = {
        stream: `note-${character.repeat(streamNameLength - 5)}`,
        commandId: '~'.repeat(commandIdLength),
        correlationId: `~${character.repeat(commandIdLength - 1)}`,
        causationId: character.repeat(eventIdLength),
      }
      await store().append({ ...given, expectedVersion: 'no_stream', events: [note('a')] })
      expect(await store().readStream(given.stream)).toMatchObject([{ ...given, id: `${given.stream}/1` }])
      expect(await store().findCommand(given.stream, given.commandId)).toMatchObject({ version: 1 })
    })

    it('assigns event ids and fills in a missing correlation and causation', async () => {
      const stream = newStream()
      const ids = { commandId: 'c1', correlationId: 'r1', causationId: 'k1' }
      await store().append({ stream, expectedVersion: 'any', ...ids, events: [note('a'), note('b')] })
      await store().append({ stream, expectedVersion: 'any', commandId: 'c2', events: [note('c')] })
      expect(await store().readStream(stream)).toMatchObject([
        { id: `${stream}/1`, ...ids },
        { id: `${stream}/2`, ...ids },
        { id: `${stream}/3`, commandId: 'c2', correlationId: 'c2', causationId: 'c2' },
      ])
    })
  })
}

const writers = Array.from({ length: 50 }, (_, index) => `writer ${index}`)
const counting = (length: number): number[] => Array.from({ length }, (_, index) => index + 1)

/**
 * When writers compete, in one process or in several, one succeeds at each version, and no event is lost or duplicated.
 */
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

    it('lose and duplicate nothing on one stream, and leave no gap', async () => {
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

    it('store a command once when all send it', async () => {
      const append = notes(newStream(), 'any', 'a', 'b')
      const outcomes = await appendAll(() => append)
      expect(outcomes.filter(({ kind }) => kind === 'appended')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'duplicate')).toHaveLength(writers.length - 1)
      expect(await store().readStream(append.stream)).toHaveLength(2)
    })

    it('succeed by retrying at the version they have read', async () => {
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

const cases: readonly { expected: ExpectedVersion; onEmpty: boolean; onTwoEvents: boolean }[] = [
  { expected: 'any', onEmpty: true, onTwoEvents: true },
  { expected: 'no_stream', onEmpty: true, onTwoEvents: false },
  { expected: 'stream_exists', onEmpty: false, onTwoEvents: true },
  { expected: 0, onEmpty: true, onTwoEvents: false },
  { expected: 1, onEmpty: false, onTwoEvents: false },
  { expected: 2, onEmpty: false, onTwoEvents: true },
  { expected: 3, onEmpty: false, onTwoEvents: false },
]

/** An append succeeds only at the version that its writer expects, and reports the actual version otherwise. */
export const expectedVersions: Clause = ({ store }) => {
  describe('expected version', () => {
    it.each(cases)('$expected on a new stream succeeds: $onEmpty', async ({ expected, onEmpty }) => {
      const stream = newStream()
      expect(await store().append(notes(stream, expected, 'a'))).toMatchObject(
        onEmpty ? { kind: 'appended', version: 1 } : { kind: 'conflict', actualVersion: 0 },
      )
      expect(await store().readStream(stream)).toHaveLength(onEmpty ? 1 : 0)
    })

    it.each(cases)('$expected on a stream of two succeeds: $onTwoEvents', async ({ expected, onTwoEvents }) => {
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
