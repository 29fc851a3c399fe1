import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Desk, EventEnvelope, GuichetEvent } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { eventStoreDbStore, openPool, postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { parkedEvents, parkedOfReaction } from './parked-events.ts'
import type { Reaction } from './reaction.ts'
import type { Reactions } from './reactions.ts'
import { reaction, reactionToMany } from './reaction.ts'
import { reactions } from './reactions.ts'

const by = { kind: 'agent', id: 'agent-1' } as const

describe('an event at which a reaction keeps failing', () => {
  let database: TestDatabase
  let store: PostgresStore
  let desk: Desk
  let running: Reactions[]
  let logged: string[]
  /** What the reaction has processed, and what it fails at. */
  let processed: string[]
  let poison: Set<string>

  beforeEach(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    running = []
    logged = []
    processed = []
    poison = new Set()
  })

  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()))
    await store.close()
    await database.drop()
  })

  const start = async (...known: Reaction[]): Promise<Reactions> => {
    const onError = (_: unknown, context: string): void => void logged.push(context)
    const options = { desk, connectionString: database.url, reactions: known, leaseMs: 400, retryEveryMs: 50, onError }
    const started = await reactions(options)
    running.push(started)
    await started.start()
    return started
  }
  const open = async (id: string): Promise<void> => {
    const customer = { kind: 'customer', id: 'zoe' } as const
    const opening = { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: 'zoe' } } as const
    await desk.execute('ticket', id, opening, { by: customer })
  }
  const note = async (id: string, body: string): Promise<void> => {
    await desk.execute('ticket', id, { type: 'addNote', body }, { by })
  }
  const textOf = ({ stream, event }: EventEnvelope<GuichetEvent>): string =>
    `${stream} ${'body' in event && typeof event.body === 'string' ? event.body : ''}`
  const processOne = async (envelope: EventEnvelope<GuichetEvent>): Promise<void> => {
    const text = textOf(envelope)
    if (poison.has(text)) throw new TypeError(`no room for ${text}`)
    processed.push(text)
  }
  const notes = (more: Pick<Reaction, 'inAnyOrder'> = {}): Reaction =>
    reaction({ name: 'notes', on: ['InternalNoteAdded'], react: processOne, ...more })
  const until = (condition: () => boolean | Promise<boolean>) => vi.waitUntil(condition, { interval: 20 })
  const isParked = (watched: Reactions, count: number) =>
    until(async () => (await watched.parked.list(10)).length === count)

  it('is parked, and the reaction goes on; a retry processes it once', async () => {
    for (const id of ['a', 'b']) await open(id)
    poison.add('ticket-a Private')
    await note('a', 'Private')
    await note('b', 'One')
    const watched = await start(notes())
    await until(() => processed.includes('ticket-b One'))
    const [parked, ...others] = await watched.parked.list(10)
    expect(others).toEqual([])
    expect(parked).toMatchObject({ reaction: 'notes', stream: 'ticket-a', type: 'InternalNoteAdded', attempts: 4 })
    expect(parked?.error).toMatch(/^TypeError at parked-events\.integration\.test\.ts:\d+$/)
    expect(JSON.stringify(parked)).not.toContain('Private')
    expect(await watched.status()).toMatchObject([{ name: 'notes', parked: 1, error: undefined }])
    expect(logged.filter((line) => line.includes('is parked'))).toHaveLength(1)

    expect(await watched.parked.resume(parked?.eventId)).toBe(1)
    await until(async () => ((await watched.parked.list(10))[0]?.attempts ?? 0) > 4)
    poison.clear()
    await watched.parked.resume()
    await isParked(watched, 0)
    await note('a', 'Two')
    await until(() => processed.includes('ticket-a Two'))
    expect(processed).toEqual(['ticket-b One', 'ticket-a Private', 'ticket-a Two'])
  })

  it('holds the later events of its stream, which follow it in their order', async () => {
    await open('a')
    poison.add('ticket-a 1')
    for (const body of ['1', '2', '3']) await note('a', body)
    const watched = await start(notes())
    await isParked(watched, 3)
    expect((await watched.parked.list(10)).map(({ attempts }) => attempts)).toEqual([4, 0, 0])
    poison.clear()
    await watched.parked.resume()
    await isParked(watched, 0)
    expect(processed).toEqual(['ticket-a 1', 'ticket-a 2', 'ticket-a 3'])
  })

  it('holds nothing where the order does not matter', async () => {
    await open('a')
    poison.add('ticket-a 1')
    for (const body of ['1', '2']) await note('a', body)
    await start(notes({ inAnyOrder: true }))
    await until(() => processed.includes('ticket-a 2'))
  })

  it('is found among many that are processed together', async () => {
    await open('a')
    poison.add('ticket-a 2')
    for (const body of ['1', '2', '3']) await note('a', body)
    const react = async (envelopes: readonly EventEnvelope<GuichetEvent>[]): Promise<void> => {
      if (envelopes.some((each) => poison.has(textOf(each)))) throw new Error('one of them')
      processed.push(...envelopes.map(textOf))
    }
    const watched = await start(
      reactionToMany({ name: 'many', on: ['InternalNoteAdded'], among: 100, inAnyOrder: true, react }),
    )
    await until(() => processed.includes('ticket-a 3'))
    expect(processed).toEqual(['ticket-a 1', 'ticket-a 3'])
    expect(await watched.parked.list(10)).toHaveLength(1)
  })

  it('stays parked in another process, and can be given up', async () => {
    await open('a')
    poison.add('ticket-a 1')
    for (const body of ['1', '2']) await note('a', body)
    const first = await start(notes())
    await isParked(first, 2)
    await first.stop()
    running = []
    const watched = await start(notes())
    await note('a', '3')
    await isParked(watched, 3)
    const [parked] = await watched.parked.list(1)
    expect(await watched.parked.dismiss(parked?.eventId ?? '')).toBe(1)
    await isParked(watched, 0)
    expect(processed).toEqual(['ticket-a 2', 'ticket-a 3'])
  })

  it('holds nothing any more after it is given up, though another process did not know that yet', async () => {
    await open('a')
    poison.add('ticket-a 1')
    await note('a', '1')
    const watched = await start(notes())
    await isParked(watched, 1)
    await watched.stop()
    running = []
    await note('a', '2')
    const history = (await store.readStream('ticket-a')) as readonly EventEnvelope<GuichetEvent>[]
    const second = history.findLast(({ event }) => event.type === 'InternalNoteAdded')
    if (!second) throw new Error('there is no second note')
    const pool = openPool({ connectionString: database.url, maxConnections: 1, onLost: () => undefined })
    const late = parkedOfReaction(pool, 'notes')
    const parked = parkedEvents(pool)
    await late.load()
    await parked.dismiss((await parked.list(1))[0]?.eventId ?? '')
    await late.park(second)
    expect(await parked.resume(second.id)).toBe(1)
    await pool.query('update guichet_workflows.parked_events set retry_at = null')
    expect(await late.due(10)).toMatchObject([{ eventId: second.id }])
    await pool.end()
  })

  it('is given up when its stream was deleted, and those behind it are tried again', async () => {
    const server = await startEventStoreServer()
    onTestFinished(() => server.stop())
    const events = await eventStoreDbStore({ connectionString: server.url, catalogue: guichetEvents })
    onTestFinished(() => events.close())
    desk = createDesk({ store: events, now: () => instant(new Date()), newId: randomUUID })
    for (const id of ['a', 'b']) await open(id)
    for (const id of ['a', 'b']) {
      poison.add(`ticket-${id} 1`)
      await note(id, '1')
    }
    await note('a', '2')
    const watched = await start(notes())
    await isParked(watched, 3)
    server.log.tombstone('ticket-a')
    poison.clear()
    await watched.parked.resume()
    await isParked(watched, 0)
    expect(processed).toEqual(['ticket-b 1'])
    expect(logged.filter((line) => line.includes('whose stream was deleted'))).toHaveLength(2)
    expect(await watched.status()).toMatchObject([{ name: 'notes', parked: 0, error: undefined }])
  })

  it('waits when something that every event needs is away', async () => {
    await open('a')
    let tries = 0
    let away = true
    const react = async (envelope: EventEnvelope<GuichetEvent>): Promise<void> => {
      tries++
      if (away) throw new RangeError('no scanner')
      await processOne(envelope)
    }
    const isOutage = (error: unknown): boolean => error instanceof RangeError
    const watched = await start(reaction({ name: 'waiting', on: ['InternalNoteAdded'], react, isOutage }))
    await note('a', '1')
    await until(() => tries > 5)
    expect(await watched.parked.list(10)).toEqual([])
    away = false
    await until(() => processed.includes('ticket-a 1'))
  })
})
