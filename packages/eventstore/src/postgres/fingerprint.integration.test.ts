import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Append } from '@guichet/domain'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { AppendRejected } from '../failure.ts'
import type { TestDatabase } from '../testing/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import type { PostgresStore } from './store.ts'
import { postgresStore } from './store.ts'

describe('the fingerprint of a command', () => {
  let database: TestDatabase
  let store: PostgresStore

  beforeAll(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
  })

  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  const withFingerprint = (fingerprint: string | undefined): Append => ({
    ...notes(newStream(), 'any', 'a', 'b'),
    fingerprint,
  })

  it('is stored with the first outcome, and a repeat does not change it', async () => {
    const append = withFingerprint('blue')
    const first = await store.append(append)
    expect(first).toEqual({ kind: 'appended', version: 2, position: expect.any(String) })
    await store.append(notes(append.stream, 'any', 'c'))
    for (const fingerprint of ['blue', 'red', undefined]) {
      expect(await store.append({ ...append, fingerprint })).toEqual({
        ...first,
        kind: 'duplicate',
        fingerprint: 'blue',
      })
    }
    const { kind: _, ...outcome } = first
    expect(await store.findCommand(append.stream, append.commandId)).toEqual({ ...outcome, fingerprint: 'blue' })
  })

  it('is that of each command of a batch', async () => {
    const appends = ['blue', undefined, 'red', '😀'.repeat(32)].map(withFingerprint)
    await store.appendMany(appends)
    const repeats = await store.appendMany(appends)
    expect(repeats.map((outcome) => outcome.kind === 'duplicate' && outcome.fingerprint)).toEqual(
      appends.map(({ fingerprint }) => fingerprint),
    )
  })

  it('is absent where the command came without one', async () => {
    const append = withFingerprint(undefined)
    await store.append(append)
    expect(await store.append({ ...append, fingerprint: 'late' })).not.toHaveProperty('fingerprint')
    expect(await store.findCommand(append.stream, append.commandId)).not.toHaveProperty('fingerprint')
  })

  it.each(['', 'x'.repeat(65)])('has 1 to 64 characters, not %j', async (fingerprint) => {
    await expect(store.append(withFingerprint(fingerprint))).rejects.toThrow(RangeError)
  })

  it('is refused when Postgres cannot store it', async () => {
    await expect(store.append(withFingerprint('a\0b'))).rejects.toThrow(AppendRejected)
  })
})
