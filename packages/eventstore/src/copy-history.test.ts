import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { inMemoryStore } from '@guichet/domain'
import { note, notes, sampleCatalogue as catalogue } from './contract/harness.ts'
import { copyHistory, HistoryDiffers } from './copy-history.ts'
import { eventStoreDbStore } from './eventstoredb/store.ts'
import type { EventStoreServer } from './eventstoredb/testing/index.ts'
import { startEventStoreServer } from './eventstoredb/testing/index.ts'

const memory = (): EventStore => inMemoryStore({ catalogue })

/** Commands of several events, on alternating streams, longer than a page. */
async function history(): Promise<EventStore> {
  const store = memory()
  for (let round = 0; round < 200; round++) {
    await store.append({
      stream: `note-${round % 7}`,
      expectedVersion: 'any',
      commandId: `c${round}`,
      fingerprint: `f${round}`,
      correlationId: 'r1',
      events: Array.from({ length: 1 + (round % 5) }, (_, n) => note(`${round}/${n}`)),
    })
  }
  return store
}

const withoutPlaces = async (store: EventStore): Promise<unknown[]> =>
  (await store.readAll({ limit: 10_000 })).map(({ position: _, recordedAt: __, ...envelope }) => envelope)

describe('the copy of a history', () => {
  let server: EventStoreServer
  let target: EventStore

  beforeAll(async () => {
    server = await startEventStoreServer()
    target = await eventStoreDbStore({ connectionString: server.url, catalogue })
  })
  afterAll(async () => {
    await target.close()
    await server.stop()
  })

  it('continues after an interruption, and is equal in the end, from store to store', async () => {
    const source = await history()
    const stopping = new AbortController()
    const broken = copyHistory(source, target, {
      signal: stopping.signal,
      onProgress: ({ done }) => {
        if (done > 100) stopping.abort(new Error('broken off'))
      },
    })
    await expect(broken).rejects.toThrow('broken off')
    const copied = await copyHistory(source, target)
    expect(copied).toMatchObject({ streams: 7, events: 600, commands: 200 })
    expect(copied.stored).toBeLessThan(200)
    expect(copied.stored).toBeGreaterThan(100)
    expect(await withoutPlaces(target)).toEqual(await withoutPlaces(source))
    expect(await copyHistory(source, target)).toMatchObject({ stored: 0 })
    const back = memory()
    await copyHistory(target, back)
    expect(await withoutPlaces(back)).toEqual(await withoutPlaces(source))
  })

  it('copies the fingerprints of commands', async () => {
    const [source, copy] = [await history(), memory()]
    await copyHistory(source, copy)
    expect(await copy.findCommand('note-3', 'c3')).toMatchObject({ fingerprint: 'f3' })
  })

  it.each([
    ['other events under the same command', { ...notes('note-0', 'any', 'x'), commandId: 'c0' }],
    ['a stream with other events', notes('note-0', 'any', 'x')],
  ])('is refused where there is %s', async (_, append) => {
    const copy = memory()
    await copy.append(append)
    await expect(copyHistory(await history(), copy)).rejects.toThrow(HistoryDiffers)
  })

  it('is refused where the target has events after it', async () => {
    const [source, copy] = [await history(), memory()]
    await copyHistory(source, copy)
    await copy.append(notes('note-6', 'any', 'x'))
    await expect(copyHistory(source, copy)).rejects.toThrow(/the stream note-6 is not the same: \d+ events here/)
  })

  it('is refused where the target holds a stream that the source does not', async () => {
    const [source, copy] = [await history(), memory()]
    await copyHistory(source, copy)
    await copy.append(notes('note-elsewhere', 'any', 'x'))
    const refused = copyHistory(source, copy)
    await expect(refused).rejects.toThrow(HistoryDiffers)
    await expect(refused).rejects.toThrow('the stream note-elsewhere is in the target alone')
  })
})
