import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newStream, note, notes, sampleCatalogue } from '../contract/harness.ts'
import { readableNow, untilReadable } from '../contract/reading.ts'
import { AppendRejected, StoreUnavailable } from '../failure.ts'
import type { TestDatabase } from '../testing/index.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'
import type { PostgresStore } from './store.ts'
import { postgresStore } from './store.ts'

describe('batches of appends', () => {
  let database: TestDatabase
  let store: PostgresStore
  let admin: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
  })

  afterAll(async () => {
    await admin.end()
    await store.close()
    await database.drop()
  })

  it('carry concurrent appends in few transactions', async () => {
    const before = await readableNow(store)
    const appends = Array.from({ length: 100 }, () => store.append(notes(newStream(), 'any', 'a')))
    await untilReadable(store, ...(await Promise.all(appends)))
    const envelopes = await store.readAll({ after: before, limit: 200 })
    expect(envelopes).toHaveLength(100)
    expect(new Set(envelopes.map(({ position }) => position.split('-')[0])).size).toBeLessThanOrEqual(5)
  })

  it('answer appended, duplicate and conflict side by side', async () => {
    const repeated = notes(newStream(), 'any', 'a', 'b')
    const first = await store.append(repeated)
    const outcomes = await Promise.all([
      store.append(notes(newStream(), 'no_stream', 'a')),
      store.append(repeated),
      store.append(notes(newStream(), 7, 'a')),
      store.append(notes(newStream(), 'no_stream', 'a', 'b', 'c')),
    ])
    expect(outcomes).toMatchObject([
      { kind: 'appended', version: 1 },
      { ...first, kind: 'duplicate' },
      { kind: 'conflict', actualVersion: 0 },
      { kind: 'appended', version: 3 },
    ])
  })

  it('lose only the append that the database refuses', async () => {
    await admin.query(
      `alter table guichet.events add constraint fussy check (data->>'text' is distinct from 'poison') not valid`,
    )
    const appends = ['a', 'poison', 'b', 'c'].map((text) => notes(newStream(), 'any', text))
    const settled = await Promise.allSettled(appends.map((append) => store.append(append)))
    await admin.query('alter table guichet.events drop constraint fussy')
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(settled[1]).toMatchObject({ reason: expect.any(AppendRejected) })
    const lengths = await Promise.all(appends.map(async ({ stream }) => (await store.readStream(stream)).length))
    expect(lengths).toEqual([1, 0, 1, 1])
  })

  it('lose only an append that is too large, alone or by its events together', async () => {
    const limited = await postgresStore({
      connectionString: database.url,
      catalogue: sampleCatalogue,
      maxAppendBytes: 1_000,
    })
    const appends = [['a'], ['x'.repeat(1_000)], ['ü'.repeat(200), 'ü'.repeat(200), 'ü'.repeat(200)], ['b']]
    const outcomes = await Promise.all(appends.map((texts) => limited.append(notes(newStream(), 'any', ...texts))))
    await limited.close()
    const tooLarge = { kind: 'too_large', limit: 1_000 }
    expect(outcomes).toMatchObject([{ kind: 'appended' }, tooLarge, tooLarge, { kind: 'appended' }])
  })

  it('are not delayed by a stream that another process is writing to', async () => {
    const locked = newStream()
    const slow = await appendSlowly(database.url, sampleCatalogue, notes(locked, 'any', 'slow'))
    const [waiting, behind] = [store.append(notes(locked, 'any', 'a')), store.append(notes(locked, 'any', 'b'))]
    expect(await store.append(notes(newStream(), 'any', 'c'))).toMatchObject({ kind: 'appended' })
    await slow.commit()
    expect(await waiting).toMatchObject({ kind: 'appended', version: 2 })
    expect(await behind).toMatchObject({ kind: 'appended', version: 3 })
  })

  it('wait seconds, not for ever, for a stream that is never released', async () => {
    const stream = newStream()
    const slow = await appendSlowly(database.url, sampleCatalogue, notes(stream, 'any', 'slow'))
    await expect(store.append(notes(stream, 'any', 'a'))).rejects.toThrow(StoreUnavailable)
    await slow.rollback()
    expect(await store.append(notes(stream, 'any', 'a'))).toMatchObject({ kind: 'appended', version: 1 })
  })

  it.each([
    ['a NUL character', 'before\0after'],
    ['half a surrogate pair', 'before\ud83dafter'],
  ])('refuse %s with a clear error, and store nothing of the append', async (_, text) => {
    const stream = newStream()
    const append = { ...notes(stream, 'any', 'fine'), events: [note('fine'), note(text)] }
    await expect(store.append(append)).rejects.toThrow(/NoteTaken\.text holds a NUL character or half a surrogate/)
    await expect(store.append(append)).rejects.toThrow(AppendRejected)
    await expect(store.append(notes(`note-${text}`, 'any', 'fine'))).rejects.toThrow(AppendRejected)
    expect(await store.readStream(stream)).toEqual([])
  })

  it('accept text that merely spells an escaped NUL', async () => {
    const append = notes(newStream(), 'any', 'a \\u0000 and a \\ud83d')
    await store.append(append)
    expect((await store.readStream(append.stream))[0]?.event).toEqual(append.events[0])
  })

  it('import thousands of events, in order within each stream', async () => {
    const streams = Array.from({ length: 300 }, () => newStream('import'))
    const appends = [0, 1].flatMap((round) =>
      streams.map((stream) => notes(stream, 2 * round, `${2 * round}`, `${2 * round + 1}`)),
    )
    const outcomes = await store.appendMany(appends)
    expect(outcomes.map(({ kind }) => kind)).toEqual(appends.map(() => 'appended'))
    const last = await store.readStream(streams[299] ?? '')
    expect(last.map(({ event }) => 'text' in event && event.text)).toEqual(['0', '1', '2', '3'])
  })

  it('carry an append larger than a batch', async () => {
    const append = notes(newStream(), 'any', ...Array.from({ length: 1_200 }, (_, index) => `${index}`))
    expect(await store.append(append)).toMatchObject({ kind: 'appended', version: 1_200 })
  })

  it('are finished before the store closes', async () => {
    const brief = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    const append = notes(newStream(), 'any', 'last words')
    const appended = brief.append(append)
    await brief.close()
    expect(await appended).toMatchObject({ kind: 'appended' })
    expect(await store.readStream(append.stream)).toHaveLength(1)
  })
})
