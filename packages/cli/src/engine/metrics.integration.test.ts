import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDesk, instant } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { readEnvironment } from '../environment/environment.ts'
import type { Engine } from './engine.ts'
import { startEngine } from './engine.ts'
import type { Metrics } from './metrics.ts'
import { metricsOf } from './metrics.ts'

let database: TestDatabase
let home: string
let engine: Engine
let metrics: Metrics | undefined

/** An engine whose clocks and deliveries are never started. */
beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-metrics-'))
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    GUICHET_HOME: home,
    GUICHET_METRICS: '127.0.0.1:0',
  })
  engine = await startEngine(environment, { serves: true, log: pino({ level: 'silent' }) })
  metrics = await metricsOf(environment, engine)
})
afterAll(async () => {
  await metrics?.stop()
  await engine.stop()
  await database.drop()
  await rm(home, { recursive: true })
})

const valueOf = async (name: string): Promise<number> => {
  const text = await (await fetch(metrics?.url ?? '')).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

it('counts the streams with a deadline that has passed and has not fired', async () => {
  const threeWeeksAgo = () => instant(new Date(Date.now() - 21 * 86_400_000))
  const desk = createDesk({ store: engine.desk.store, now: threeWeeksAgo, newId: randomUUID })
  const customer = { kind: 'customer', id: 'carl' } as const
  const agent = { kind: 'agent', id: 'ann', name: 'Ann' } as const
  for (const id of ['late-1', 'late-2']) {
    const opening = { type: 'open', subject: 'A blank page', body: 'Nothing.', customer: { id: 'carl' } } as const
    expect(await desk.execute('ticket', id, opening, { by: customer })).toMatchObject({ ok: true })
  }
  const reply = { type: 'agentReply', body: 'Which browser?', then: 'waiting_customer' } as const
  expect(await desk.execute('ticket', 'late-2', reply, { by: agent })).toMatchObject({ ok: true })
  await expect.poll(() => valueOf('guichet_deadlines_late')).toBe(2)
  await expect
    .poll(() => valueOf('guichet_sla_targets{subject="ticket",target="first_response",state="breached"}'))
    .toBe(1)
})

it('counts the analyses of activities that are due, and that fail', async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`
    insert into guichet_activity.analysis (person_id, critical_at, due_at, error) values
      ('zoe', array[now()], now(), null), ('max', array[now()], now(), 'no disk'),
      ('eve', array[now()], now() + interval '1 hour', 'no disk'), ('lea', array[now()], null, null)`)
  await client.end()
  await expect.poll(() => valueOf('guichet_analyses_due')).toBe(2)
  expect(await valueOf('guichet_analyses_failing')).toBe(2)
})

it('counts the deliveries of each channel that wait, fail and were refused', async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`
    insert into guichet_workflows.delivery (key, id, channel, kind, content, state, error) values
      ('1', '1', 'webhook', 'ticket_opened', '{}', 'refused', '410'),
      ('2', '2', 'webhook', 'ticket_opened', '{}', 'waiting', 'ECONNREFUSED'),
      ('3', '3', 'webhook', 'ticket_opened', '{}', 'waiting', null),
      ('4', '4', 'email', 'ticket_opened', '{}', 'refused', '550'),
      ('5', '5', 'email', 'ticket_opened', '{}', 'refused', '550'),
      ('6', '6', 'email', 'ticket_opened', '{}', 'delivered', null)`)
  await client.end()
  const counts = async (channel: string) =>
    Promise.all(
      ['waiting', 'failing', 'refused'].map((count) => valueOf(`guichet_deliveries_${count}{channel="${channel}"}`)),
    )
  await expect.poll(() => counts('webhook')).toEqual([2, 1, 1])
  expect(await counts('email')).toEqual([0, 0, 2])
  expect(await counts('web_push')).toEqual([0, 0, 0])
})
