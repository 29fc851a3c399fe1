import { randomUUID } from 'node:crypto'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from './testing.ts'

const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

describe('guichet copy', () => {
  let database: TestDatabase
  let another: TestDatabase
  let server: EventStoreServer

  beforeAll(async () => {
    database = await createTestDatabase()
    another = await createTestDatabase()
    server = await startEventStoreServer()
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    for (const id of ['t1', 't2', 't3']) await desk.execute('ticket', id, open, { by })
    await desk.execute('ticket', 't2', { type: 'customerReply', body: 'Still.' }, { by })
    await store.close()
  })

  afterAll(async () => {
    await server.stop()
    await Promise.all([database.drop(), another.drop()])
  })

  it('moves a history from Postgres to EventStoreDB, where its replay is unchanged', async () => {
    const variables = { DATABASE_URL: database.url }
    const replayed = await guichet(variables, 'replay', 't2')
    expect(await guichet(variables, 'copy', '--to', server.url)).toEqual({
      code: 0,
      out: '4 events in 3 streams are the same in both stores; 4 of 4 commands were not there before',
      err: '',
    })
    const again = await guichet(variables, 'copy', '--to', server.url, '--json')
    expect(JSON.parse(again.out)).toEqual({ streams: 3, events: 4, commands: 4, stored: 0 })
    expect(await guichet({ DATABASE_URL: another.url, EVENTSTORE_URL: server.url }, 'replay', 't2')).toEqual(replayed)
  })

  it('waits for a store that goes away, and continues when it is back', async () => {
    const leaving = await startEventStoreServer()
    leaving.log.onAppended(({ stream }) => {
      if (stream === 'ticket-t1') leaving.faults.unavailable = 1_000
    })
    const copying = guichet({}, 'copy', '--from', database.url, '--to', leaving.url)
    const turnedAway = (): number => (leaving.faults.unavailable > 0 ? 1_000 - leaving.faults.unavailable : 0)
    await expect.poll(turnedAway).toBeGreaterThan(20)
    leaving.faults.unavailable = 0
    expect(await copying).toMatchObject({ code: 0, out: expect.stringContaining('4 events in 3 streams are the same') })
    await leaving.stop()
  })

  it('is refused where the target holds another history', async () => {
    const other = await createTestDatabase()
    const store = await postgresStore({ connectionString: other.url, catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    await desk.execute('ticket', 't1', open, { by })
    await store.close()
    const refused = await guichet({ GUICHET_COPY_TO: other.url }, 'copy', '--from', server.url)
    await other.drop()
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^error copy_refused: the stream ticket-t1 /) })
  })

  it('says of a command that is larger than the server takes how to enlarge that, and continues then', async () => {
    const small = await startEventStoreServer()
    small.faults.maxAppendSize = 500
    const copied = () => guichet({}, 'copy', '--from', database.url, '--to', small.url)
    const { code, err } = await copied()
    const reason =
      /^error copy_refused: the events of a command on the stream ticket-t1 .* 500 bytes .*--max-append-size/m
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(reason) })
    expect(err).not.toContain('holds nothing else')
    small.faults.maxAppendSize = 1_048_576
    expect(await copied()).toMatchObject({ code: 0, out: expect.stringContaining('4 events in 3 streams') })
    await small.stop()
  })

  it('takes addresses from variables, and warns of a password that everybody on the machine can read', async () => {
    const visible = database.url.replace(/\/\/[^@/]*@?/, '//somebody:secret@')
    const silent = await guichet({ GUICHET_COPY_FROM: database.url, GUICHET_COPY_TO: server.url }, 'copy', '--json')
    expect(silent).toMatchObject({ code: 0, err: '' })
    const warned = await guichet({ GUICHET_COPY_TO: 'mysql://localhost/x' }, 'copy', '--from', visible)
    expect(warned.err).toMatch(/^warning password_visible: .*--from \(give GUICHET_COPY_FROM instead\)\nerror /)
    expect(warned.err).not.toContain('secret')
    const nowhere = await guichet({}, 'copy')
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringMatching(/^error usage: .*GUICHET_COPY_TO/) })
  })

  it.each([
    [['--to', 'mysql://localhost/x'], 'a store is database, postgres://… or esdb://…'],
    [['--to', 'esdb://admin:secret@host?colour=red'], 'an event store has an unknown option: colour'],
    [['--to', 'database'], 'the same store'],
  ])('takes no store %j', async (args, message) => {
    const refused = await guichet({ DATABASE_URL: database.url }, 'copy', ...args)
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining(message) })
    expect(refused.err).not.toContain('secret')
  })

  describe('names the address that has to be corrected', () => {
    const unreachable = 'postgres://127.0.0.1:1/x'
    const noDatabase = (): string => `${database.url}_that_is_not_there`
    const locked = (): string => server.url
    beforeAll(() => void (server.faults.locked = true))
    afterAll(() => void (server.faults.locked = false))

    it.each([
      ['--to', 'database_unavailable', () => unreachable],
      ['--to', 'database_refused', noDatabase],
      ['--to', 'database_refused', locked],
      ['--to', 'usage', () => 'esdb://host?colour=red'],
      ['--from', 'database_unavailable', () => unreachable],
      ['--from', 'database_refused', noDatabase],
      ['GUICHET_COPY_TO', 'database_refused', locked],
      ['GUICHET_COPY_TO', 'database_unavailable', () => unreachable],
      ['GUICHET_COPY_FROM', 'database_refused', noDatabase],
      ['GUICHET_COPY_FROM', 'usage', () => 'mysql://host/x'],
    ])('%s, %s', async (named, code, address) => {
      const variable = named.startsWith('GUICHET_')
      const other = named.toLowerCase().includes('from') ? ['--to', 'postgres://127.0.0.1:1/y'] : []
      const variables = { DATABASE_URL: database.url, ...(variable && { [named]: address() }) }
      const { err } = await guichet(variables, 'copy', ...other, ...(variable ? [] : [named, address()]))
      const lines = err.split('\n').filter((line) => line.startsWith('error '))
      expect(lines).toEqual([expect.stringMatching(new RegExp(`^error ${code}: `))])
      expect(lines[0]).toContain(named)
      expect(lines[0]).not.toMatch(/DATABASE_URL|EVENTSTORE_URL/)
    })

    it('DATABASE_URL, database_refused', async () => {
      const { err } = await guichet({ DATABASE_URL: noDatabase() }, 'copy', '--to', unreachable)
      expect(err).toMatch(/^error database_refused: .*DATABASE_URL/)
    })
  })
})
