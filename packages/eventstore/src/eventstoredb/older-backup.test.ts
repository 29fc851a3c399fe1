import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { newStream, notes, sampleCatalogue as catalogue } from '../contract/harness.ts'
import { StoreUnavailable } from '../failure.ts'
import { eventStoreDbStore } from './store.ts'
import type { EventLog, EventStoreServer } from './testing/index.ts'
import { startEventStoreServer } from './testing/index.ts'

let server: EventStoreServer
let store: EventStore

beforeEach(async () => {
  server = await startEventStoreServer()
  store = await eventStoreDbStore({ connectionString: server.url, catalogue })
})

afterEach(async () => {
  await store.close()
  await server.stop()
})

const restore = async (log: EventLog): Promise<void> => {
  const { port } = server
  await server.stop()
  server = await startEventStoreServer({ port, log })
}

const writeOther = (log: EventLog, count: number): void => {
  const data = new TextEncoder().encode('{}')
  for (let n = 0; n < count; n++) {
    const id = crypto.randomUUID()
    log.append('$stats', 'any', [{ id, type: '$stats', contentType: 'application/json', data, metadata: data }])
  }
}

const seeing: Readonly<Record<string, () => Promise<unknown>>> = {
  'an append': () => store.append(notes(newStream(), 'any', 'b')),
  'a read': async () => {
    const other = await eventStoreDbStore({ connectionString: server.url, catalogue })
    await other.append(notes(newStream(), 'any', 'b'))
    await other.close()
    await store.readAll({ limit: 10 })
  },
}

it.each(Object.keys(seeing))('is not used while it lacks an event of %s, however far it has grown', async (how) => {
  await store.append(notes(newStream(), 'any', 'a'))
  const backup = server.log.backup()
  await seeing[how]?.()
  const { log } = server
  for (const grown of [0, 1, 40]) {
    writeOther(backup, grown)
    const stored = backup.all.length
    await restore(backup)
    await expect.poll(() => store.head().catch(String)).toContain('an older backup of the event store answers')
    await expect(store.append(notes(newStream(), 'any', 'c'))).rejects.toThrow(StoreUnavailable)
    await expect(store.readAll({ limit: 10 })).rejects.toThrow('an older backup')
    expect(backup.all).toHaveLength(stored)
  }
  await restore(log)
  await expect
    .poll(() => store.append(notes(newStream(), 'any', 'd')).catch(String))
    .toMatchObject({ kind: 'appended' })
  expect(await store.readAll({ limit: 10 })).toHaveLength(3)
})

it('is recognised by the event that it has at the same place', async () => {
  await store.append(notes(newStream(), 'any', 'a'))
  const backup = server.log.backup()
  const stream = newStream()
  await store.append({ ...notes(stream, 'any', 'b'), commandId: 'command-1' })
  const [, ...rest] = [...server.log.all]
  const taken = rest.filter((logged) => logged.stream === stream)
  backup.append(
    stream.replace(/^note-./, 'note-x'),
    'any',
    taken.map((event) => ({ ...event, id: crypto.randomUUID() })),
  )
  expect(backup.all.at(-2)?.position).toBe(taken[0]?.position)
  await restore(backup)
  await expect.poll(() => store.head().catch(String)).toContain('an older backup of the event store answers')
})

it('is told from a server whose last events were removed with their streams', async () => {
  await store.append(notes(newStream(), 'any', 'a'))
  await store.append(notes('note-gone', 'any', 'b'))
  const { log } = server
  log.tombstone('note-gone')
  await restore(log)
  await expect
    .poll(() => store.append(notes(newStream(), 'any', 'd')).catch(String))
    .toMatchObject({ kind: 'appended' })
})
