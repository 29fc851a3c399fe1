import { expect, it, onTestFinished } from 'vitest'
import type { EventStore, Position } from '@guichet/domain'
import { createDesk, guichetEvents } from '@guichet/domain'
import { alex, chatOfLength, monday } from '@guichet/domain/testing'
import { snapshotContract } from '../contract/index.ts'
import { createTestDatabase } from '../testing/index.ts'
import { openPool } from './pool.ts'
import { postgresStore } from './store.ts'

snapshotContract('The Postgres store', async () => {
  const database = await createTestDatabase()
  return {
    open: (catalogue) => postgresStore({ connectionString: database.url, catalogue }),
    dispose: database.drop,
  }
})

const stream = 'chat-C1'

/** A database with a chat of 3,000 events, and processes on it. */
async function longChat() {
  const database = await createTestDatabase()
  const pool = openPool({ connectionString: database.url })
  onTestFinished(async () => {
    await pool.end()
    await database.drop()
  })
  let processes = 0
  /** Sends a message from a new process; returns how many events of the chat it has read, and its state. */
  const sayFromNewProcess = async (messageId: string) => {
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    let events = 0
    const counting: EventStore = {
      ...store,
      readStream: async (...given) => {
        const page = await store.readStream(...given)
        if (given[0] === stream) events += page.length
        return page
      },
    }
    const [process, ids] = [++processes, { next: 0 }]
    const desk = createDesk({ store: counting, now: () => monday, newId: () => `p${process}-${++ids.next}` })
    const said = await desk.execute('chat', 'C1', { type: 'send', messageId, body: 'Oui' }, { by: alex, at: monday })
    expect(said).toMatchObject({ ok: true })
    await store.close()
    return { events, state: said.ok ? said.value.state : undefined }
  }
  const store = await postgresStore({ pool, catalogue: guichetEvents })
  onTestFinished(() => store.close())
  await store.append({ stream, expectedVersion: 0, commandId: 'history', events: chatOfLength(3_000) })
  return { pool, sayFromNewProcess }
}

it('lets a restarted process take a message of a long chat without reading the chat', async () => {
  const { pool, sayFromNewProcess } = await longChat()
  expect((await sayFromNewProcess('one')).events).toBe(3_000)
  const again = await sayFromNewProcess('two')
  expect(again.events).toBe(2)
  await pool.query('delete from guichet_snapshots.snapshots')
  const whole = await sayFromNewProcess('three')
  expect(whole.events).toBe(3_002)
  expect(whole.state).toMatchObject({ messageCount: 3_000 })
  expect(again.state).toMatchObject({ messageCount: 2_999 })
})

it('reads the whole stream where a snapshot is broken, and replaces it in the end', async () => {
  const { pool, sayFromNewProcess } = await longChat()
  await sayFromNewProcess('one')
  await pool.query(`update guichet_snapshots.snapshots set state = '{"status":'`)
  expect((await sayFromNewProcess('two')).events).toBe(3_001)
  await pool.query(`update guichet_snapshots.snapshots set fold = 'chat-0', state = '{}'`)
  expect((await sayFromNewProcess('three')).events).toBe(3_002)
  expect((await sayFromNewProcess('four')).events).toBe(2)
})

it('loses no connection over snapshots before the first one is stored, and finds that one', async () => {
  const database = await createTestDatabase()
  const pool = openPool({ connectionString: database.url, maxConnections: 1 })
  let removed = 0
  pool.on('remove', () => void removed++)
  const store = await postgresStore({ pool, catalogue: guichetEvents })
  onTestFinished(async () => {
    await store.close()
    await pool.end()
    await database.drop()
  })
  for (let n = 0; n < 20; n++) expect(await store.snapshots?.load(`chat-${n}`)).toBeUndefined()
  expect(removed).toBe(0)
  const snapshot = { version: 3, position: '1' as Position, fold: 'f', state: { n: 1 } }
  await store.snapshots?.save(stream, snapshot)
  expect(await store.snapshots?.load(stream)).toEqual(snapshot)
})
