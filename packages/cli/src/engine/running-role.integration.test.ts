import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet } from '../command-line/testing.ts'
import { readEnvironment } from '../environment/environment.ts'
import { startEngine } from './engine.ts'

const log = pino({ level: 'silent' })
const by = { kind: 'customer', id: 'carl' } as const
const open = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: 'carl' } } as const

let database: TestDatabase
let admin: pg.Client
let role: string
let url: string
beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  const address = new URL(database.url)
  role = address.pathname.slice(1).replace('test', 'app')
  await admin.query(`create role ${role} login password 'app'`)
  address.username = role
  address.password = 'app'
  url = address.href
})
afterAll(async () => {
  await admin.query(`drop owned by ${role} cascade; drop role ${role}`)
  await admin.end()
  await database.drop()
})

describe('an engine whose role does not own the events', () => {
  it('works as any other, and cannot change stored events', async () => {
    const environment = readEnvironment({ DATABASE_URL: url, DATABASE_MIGRATION_URL: database.url })
    const engine = await startEngine(environment, { serves: true, log })
    await engine.startClocks()
    const executed = await engine.desk.execute('ticket', 't1', open, { by })
    const position = executed.ok ? executed.value.position : undefined
    expect(await engine.runner.reached(position!, 30_000)).toBe(true)
    expect(await engine.readModels.tickets.byIds(['t1'])).toMatchObject([{ id: 't1' }])
    await engine.runner.rebuild('tickets')
    await engine.stop()

    const { rows } = await admin.query<{ schema: string; owner: string }>(
      `select nspname as schema, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname ~ '^(guichet|rm_)' order by 1`,
    )
    expect(rows.filter(({ owner }) => owner !== role).map(({ schema }) => schema)).toEqual(['guichet'])
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    for (const statement of ['delete from guichet.events', 'drop table guichet.events']) {
      await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
    }
    await client.end()
  })

  it('starts without the owner once the schema is up to date', async () => {
    const engine = await startEngine(readEnvironment({ DATABASE_URL: url }), { serves: true, log })
    expect((await engine.desk.read('ticket', 't1')).version).toBe(1)
    await engine.stop()
  })

  it('does not start if its role could still change events', async () => {
    const environment = readEnvironment({ DATABASE_URL: database.url, DATABASE_MIGRATION_URL: database.url })
    await expect(startEngine(environment, { serves: true, log })).rejects.toMatchObject({ code: 'database_refused' })
  })

  it('does not start as the owner of events that another role appends, nor as who may act for their owner', async () => {
    const deputy = new URL(url)
    deputy.username = `${role}_deputy`
    await admin.query(`create role ${deputy.username} login password 'app' in role ${new URL(database.url).username}`)
    for (const [address, why] of [
      [database.url, 'it owns the events'],
      [deputy.href, 'it is a member of their owner'],
    ] as const) {
      await expect(
        startEngine(readEnvironment({ DATABASE_URL: address }), { serves: true, log }),
      ).rejects.toMatchObject({ code: 'database_refused', message: expect.stringContaining(why) })
    }
    await admin.query(`drop role ${deputy.username}`)
  })
})

describe('an engine whose role owns the events itself', () => {
  it('starts, regardless of the rights of other roles', async () => {
    const single = await createTestDatabase()
    const environment = readEnvironment({ DATABASE_URL: single.url })
    await (await startEngine(environment, { serves: true, log })).stop()
    const client = new pg.Client({ connectionString: single.url })
    await client.connect()
    await client.query(`grant usage on schema guichet to ${role}; grant all on guichet.events to ${role}`)
    await (await startEngine(environment, { serves: true, log })).stop()
    await client.query(`drop owned by ${role}`)
    await client.end()
    await single.drop()
  })

  it('says what to grant where it may not create a schema', async () => {
    const fresh = await createTestDatabase()
    const address = new URL(url)
    address.pathname = new URL(fresh.url).pathname
    const { code, err } = await guichet({ DATABASE_URL: address.href }, 'stats')
    const name = address.pathname.slice(1)
    expect(err).toMatch(/^error database_refused: /)
    expect(err).toContain(`grant create on database ${name} to ${role}`)
    expect(code).toBe(3)
    await fresh.drop()
  })

  it('says whose schema it is where it is another’s', async () => {
    const taken = await createTestDatabase()
    const client = new pg.Client({ connectionString: taken.url })
    await client.connect()
    await client.query('create schema guichet; create table guichet.migrations (part text, version integer)')
    const address = new URL(url)
    address.pathname = new URL(taken.url).pathname
    const { code, err } = await guichet({ DATABASE_URL: address.href }, 'stats')
    expect(err).toMatch(/^error database_refused: /)
    expect(err).toContain(`belongs to ${new URL(taken.url).username}`)
    expect(err).toContain('DATABASE_MIGRATION_URL')
    expect(code).toBe(3)
    await client.end()
    await taken.drop()
  })
})
