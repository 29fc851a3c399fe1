import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import type { EventEnvelope, Position } from '@guichet/domain'
import { newStream, notes, sampleCatalogue } from '../contract/harness.ts'
import { expectGlobalOrder, readableNow, untilReadable } from '../contract/reading.ts'
import type { SlowAppend, TestDatabase } from '../testing/index.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'
import { appendLock } from './migrations.ts'
import type { PostgresStore } from './store.ts'
import { postgresStore } from './store.ts'

const takeId = 'select pg_current_xact_id()'
const takeLock = `select pg_advisory_xact_lock_shared(${appendLock}, hashtext('guichet'))`

describe('while a transaction that appends nothing writes for long', () => {
  let database: TestDatabase
  let stores: readonly PostgresStore[]
  let store: PostgresStore
  const clients: pg.Client[] = []
  const slowAppends: SlowAppend[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    const open = () => postgresStore({ connectionString: database.url, catalogue: sampleCatalogue })
    stores = await Promise.all([open(), open(), open()])
    store = stores[0]!
  })

  // What a failed test leaves open would hold up the readers of the next ones.
  afterEach(async () => {
    await Promise.all(slowAppends.splice(0).map((slow) => slow.rollback()))
    await Promise.all(clients.splice(0).map((client) => client.end()))
  })

  afterAll(async () => {
    await Promise.all(stores.map((each) => each.close()))
    await database.drop()
  })

  const begin = async (url: string, ...statements: readonly string[]): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    clients.push(client)
    await client.connect()
    for (const statement of ['begin', ...statements]) await client.query(statement)
    return client
  }
  const beginSlowly = async (): Promise<SlowAppend> => {
    const slow = await appendSlowly(database.url, sampleCatalogue, notes(newStream(), 'any', 'slow'))
    slowAppends.push(slow)
    return slow
  }
  const append = () => store.append(notes(newStream(), 'any', 'a'))
  /** The long transaction has held up an event for so long that readers wait for appends only. */
  const writeForLong = async (): Promise<Position> => {
    await readableNow(store)
    await begin(database.url, takeId)
    return readableNow(store)
  }
  const texts = (events: readonly EventEnvelope[]) => events.map(({ event }) => 'text' in event && event.text)

  it.each([
    ['in the same database', () => database.url],
    ['in another database of the server', () => inject('postgresUrl')],
  ])('%s, readers continue', async (_, url) => {
    await begin(url(), takeId)
    const outcome = await append()
    await untilReadable(store, outcome)
    await expect.poll(() => store.lag()).toMatchObject({ hiddenEvents: 0, oldestWriter: undefined })
  })

  it('readers still wait for a slow append', async () => {
    const before = await writeForLong()
    const slow = await beginSlowly()
    const fast = await store.append(notes(newStream(), 'any', 'fast'))
    expect(await store.readAll({ after: before, limit: 10 })).toEqual([])
    // While the lock of an append is seen without its id, the head goes back for a moment (docs/decisions/010).
    await expect.poll(() => store.head()).toBe(before)
    expect(await store.lag()).toMatchObject({ hiddenEvents: 1, oldestWriter: { ageMs: expect.any(Number) } })
    await slow.commit()
    await untilReadable(store, fast)
    expect(texts(await store.readAll({ after: before, limit: 10 }))).toEqual(['slow', 'fast'])
  })

  it('readers wait for every older transaction where an append does not show its id yet', async () => {
    const before = await writeForLong()
    const appending = await begin(database.url, takeLock)
    // A transaction of another database may be older than all events of this one.
    const head = await store.head()
    expect(head === undefined || store.comparePositions(head, before) < 0).toBe(true)
    await appending.query('rollback')
    await expect.poll(() => store.head()).toBe(before)
  })

  it('readers do not wait for appends to a store of another database or schema', async () => {
    await writeForLong()
    await begin(inject('postgresUrl'), takeLock, takeId)
    await begin(database.url, `select pg_advisory_xact_lock_shared(${appendLock}, hashtext('other'))`, takeId)
    const outcome = await append()
    await untilReadable(store, outcome)
  })

  it('an append shows itself before it has an id', async () => {
    const other = await begin(database.url, takeLock.replace('_shared', ''))
    const appending = append()
    const waiting = async (): Promise<unknown[]> => {
      const { rows } = await other.query(
        `select backend_xid from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
      )
      return rows.length > 0 ? rows : waiting()
    }
    expect(await waiting()).toEqual([{ backend_xid: null }])
    await other.query('rollback')
    expect(await appending).toMatchObject({ kind: 'appended' })
  })

  it('events are read with a later snapshot than their bound', async () => {
    const observer = await begin(database.url)
    const { rows } = await observer.query(
      `select proname as name from pg_proc where pronamespace = 'guichet'::regnamespace and provolatile = 'v'
         and prorettype <> 'trigger'::regtype order by 1`,
    )
    expect(rows).toEqual(['append', 'head', 'read_all', 'read_all', 'readable_before'].map((name) => ({ name })))
  })

  it('a reader that keeps its snapshot waits for it', async () => {
    const before = await writeForLong()
    const reader = await begin(database.url, 'set transaction isolation level repeatable read')
    const { rows } = await reader.query<{ position: string }>(
      `select transaction_id || '-' || position as position from guichet.head()`,
    )
    const [head] = rows
    expect(head === undefined || store.comparePositions(head.position as Position, before) < 0).toBe(true)
  })

  it('many writers and readers of several stores lose, duplicate and invert nothing', async () => {
    const before = await writeForLong()
    const random = (below: number): number => Math.floor(Math.random() * below)
    const streams = Array.from({ length: 12 }, () => newStream())
    const perWriter = 40
    let writing = true

    const write = async (stream: string, index: number): Promise<void> => {
      const writer = stores[index % stores.length]!
      for (let round = 0; round < perWriter; round++) await writer.append(notes(stream, 'any', `${round}`, `${round}`))
    }
    /** Appends that stay open while others complete, and transactions that append nothing. */
    const dawdle = async (): Promise<number> => {
      let committed = 0
      while (writing) {
        const slow = await beginSlowly()
        const other = await begin(database.url, takeId)
        for (let turns = random(8); turns > 0; turns--) await other.query('select')
        await other.query(random(2) ? 'commit' : 'rollback')
        await other.end()
        const commits = random(4) > 0
        await (commits ? slow.commit() : slow.rollback())
        if (commits) committed++
      }
      return committed
    }
    const done = new AbortController()
    const follow = async (reader: PostgresStore, limit: number): Promise<EventEnvelope[]> => {
      const seen: EventEnvelope[] = []
      for (;;) {
        const ending = done.signal.aborted
        const page = await reader.readAll({ after: seen.at(-1)?.position ?? before, limit })
        seen.push(...page)
        if (ending && page.length === 0) return seen
      }
    }
    const readers = [1, 7, 500].map((limit, index) => follow(stores[index]!, limit))
    const dawdlers = [dawdle(), dawdle(), dawdle()]
    await Promise.all(streams.map(write))
    writing = false
    const slow = (await Promise.all(dawdlers)).reduce((sum, count) => sum + count)
    await untilReadable(store, await append())
    done.abort()

    const whole = await store.readAll({ after: before, limit: 100_000 })
    expect(whole).toHaveLength(streams.length * perWriter * 2 + slow + 1)
    expectGlobalOrder(store, whole)
    for (const seen of await Promise.all(readers)) expect(seen).toEqual(whole)
  })
})
