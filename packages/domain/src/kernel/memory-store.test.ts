import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/categories.ts'
import { after, monday, ticketEvent, ticketOpened } from '../testing/examples.ts'
import type { Append } from './event-store.ts'
import { inMemoryStore } from './memory-store.ts'

const note = (messageId: string) => ticketEvent('InternalNoteAdded', { messageId, body: 'x' })
const appending = (commandId: string, override: Partial<Append> = {}): Append => ({
  stream: 'ticket-A',
  expectedVersion: 'any',
  commandId,
  events: [note(commandId)],
  ...override,
})

describe('the in-memory store', () => {
  it('numbers the events of a stream and of all streams', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    await store.append(appending('c1', { events: [ticketOpened(), note('m2')] }))
    await store.append(appending('c2', { stream: 'ticket-B' }))
    await store.append(appending('c3'))
    const all = await store.readAll({ limit: 10 })
    expect(all.map(({ id, stream, version, position }) => [id, stream, version, position])).toEqual([
      ['ticket-A/1', 'ticket-A', 1, '1'],
      ['ticket-A/2', 'ticket-A', 2, '2'],
      ['ticket-B/1', 'ticket-B', 1, '3'],
      ['ticket-A/3', 'ticket-A', 3, '4'],
    ])
    expect((await store.readStream('ticket-A', 2)).map(({ version }) => version)).toEqual([2, 3])
    expect((await store.readAll({ after: all[1]?.position, limit: 1 })).map(({ id }) => id)).toEqual(['ticket-B/1'])
    expect(await store.head()).toBe('4')
  })

  it('checks the expected version', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    expect(await store.append(appending('a', { expectedVersion: 'stream_exists' }))).toMatchObject({ kind: 'conflict' })
    expect(await store.append(appending('b', { expectedVersion: 1 }))).toEqual({ kind: 'conflict', actualVersion: 0 })
    expect(await store.append(appending('c', { expectedVersion: 'no_stream' }))).toMatchObject({ kind: 'appended' })
    expect(await store.append(appending('d', { expectedVersion: 0 }))).toEqual({ kind: 'conflict', actualVersion: 1 })
  })

  it('returns the first outcome of a repeated command before it checks the version', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    await store.append(appending('a', { expectedVersion: 0 }))
    await store.append(appending('b'))
    expect(await store.append(appending('a', { expectedVersion: 0 }))).toEqual({
      kind: 'duplicate',
      version: 1,
      position: '1',
    })
    expect(await store.findCommand('ticket-A', 'a')).toEqual({ version: 1, position: '1' })
    expect(await store.findCommand('ticket-B', 'a')).toBeUndefined()
  })

  it('keeps the fingerprint of a command with its log', async () => {
    const first = inMemoryStore({ catalogue: guichetEvents })
    await first.append(appending('a', { fingerprint: 'f1' }))
    const store = inMemoryStore({ catalogue: guichetEvents, log: structuredClone(first.log) })
    expect(await store.findCommand('ticket-A', 'a')).toEqual({ version: 1, position: '1', fingerprint: 'f1' })
    expect(await store.append(appending('a', { fingerprint: 'f2' }))).toMatchObject({
      kind: 'duplicate',
      fingerprint: 'f1',
    })
    expect((await store.readStream('ticket-A'))[0]).not.toHaveProperty('fingerprint')
  })

  it('stores all events of a command or none', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    const broken = { ...note('m2'), body: 1 }
    await expect(store.append(appending('a', { events: [note('m1'), broken] }))).rejects.toThrow('breaks its schema')
    await expect(store.append(appending('a', { events: [] }))).rejects.toThrow(RangeError)
    expect(await store.readAll({ limit: 10 })).toEqual([])
  })

  it('continues the log of another store', async () => {
    const first = inMemoryStore({ catalogue: guichetEvents })
    await first.append(appending('a'))
    const second = inMemoryStore({ catalogue: guichetEvents, log: structuredClone(first.log) })
    expect(await second.append(appending('a'))).toMatchObject({ kind: 'duplicate' })
    expect(await second.append(appending('b'))).toMatchObject({ kind: 'appended', version: 2, position: '2' })
  })

  it('wakes waiting readers until they unsubscribe, and records the given moment', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents, now: () => after(5) })
    const woken = new Promise<void>((resolve) => store.onAppended(resolve))
    await store.append(appending('a'))
    await woken
    expect((await store.readStream('ticket-A'))[0]).toMatchObject({ recordedAt: after(5), event: { at: monday } })
  })
})
