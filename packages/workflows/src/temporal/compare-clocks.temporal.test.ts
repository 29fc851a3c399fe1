import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { days, instant, later } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { inParallel } from '../supervision.ts'
import { startClock } from './bridge.ts'
import { clockId } from './clock-state.ts'
import { compareClocks } from './compare-clocks.ts'
import { temporalSchema } from './outbox.ts'
import { reconcile, runningOn } from './reconcile.ts'
import { registerSearchAttributes } from './reports.ts'
import type { Gate } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'

const server = inject('temporalServer') ?? ''
const pageSize = 10
const many = 100
const patience = { interval: 50 }

describe.skipIf(!server)('many clocks, compared with those that were started', () => {
  const installation = () => ({ id: randomUUID(), taskQueue: randomUUID() })
  let place: ReturnType<typeof installation>
  let pool: Pool
  let gate: Gate
  let client: Client
  let calls: string[]
  const disposals: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    const database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 2, onLost: () => undefined })
    gate = await openGate(server)
    const connection = await Connection.connect({ address: gate.address })
    disposals.push(
      database.drop,
      gate.close,
      () => connection.close(),
      () => pool.end(),
    )
    client = new Client({ connection })
    await migrateSchema(pool, temporalSchema)
    await registerSearchAttributes(connection, 'default')
    place = installation()
    calls = []
    gate.rule((method) => void calls.push(method))
  })
  afterEach(async () => {
    for (const dispose of disposals.splice(0).reverse()) await dispose()
  })

  const base = later(instant(new Date()), days(10))
  const streams = Array.from({ length: many }, (_, n) => ({ stream: `ticket-${n}`, dueAt: later(base, n * 60_000) }))
  const stateOf = ({ stream, dueAt }: (typeof streams)[number]) => ({
    stream,
    deadlines: [{ kind: 'chase', dueAt, cycle: 1 }],
    labels: { breached: false },
  })
  const write = async (some: typeof streams): Promise<void> => {
    await pool.query(
      `insert into guichet_workflows.clocks (stream, digest, due_at, labelled, started_at)
       select stream, 'x', due_at, true, now() - interval '1 minute'
       from unnest($1::text[], $2::timestamptz[]) as s (stream, due_at)`,
      [some.map(({ stream }) => stream), some.map(({ dueAt }) => dueAt)],
    )
  }
  const start = async (some: typeof streams): Promise<void> => {
    await inParallel(some, 8, (each) => startClock(client, place, stateOf(each)))
  }
  const listed = (count: number) =>
    vi.waitUntil(async () => (await client.workflow.count(runningOn(place.taskQueue))).count === count, patience)
  const compare = async (from?: number) => {
    const found = { lost: [] as string[], unknown: [] as string[], reached: 0 }
    calls.length = 0
    await compareClocks(
      {
        pool,
        client,
        running: runningOn(place.taskQueue),
        labelled: true,
        pageSize,
        lost: async (some) => void found.lost.push(...some),
        unknown: async (some) => void found.unknown.push(...some),
        reached: (until) => {
          calls.push('reached')
          found.reached = Math.max(found.reached, until)
        },
      },
      from,
    )
    return { ...found, lists: calls.filter((method) => method === 'ListWorkflowExecutions').length }
  }

  it('are only counted where their numbers agree', async () => {
    await write(streams)
    await start(streams)
    await listed(many)
    expect(await compare()).toMatchObject({ lost: [], unknown: [], lists: 0 })
  })

  it('are listed where one was ended by hand, and where an unknown one runs', async () => {
    await write(streams.slice(0, -1))
    await start(streams)
    await client.workflow.getHandle(clockId('ticket-17', place.id)).terminate('by hand')
    await listed(many - 1)
    const { lost, unknown, lists } = await compare()
    expect({ lost, unknown }).toEqual({ lost: ['ticket-17'], unknown: ['ticket-99'] })
    expect(lists).toBeLessThanOrEqual(6)
  })

  it('are listed after a few counts where all are due at one instant, and the attempt reports progress between the counts', async () => {
    const crowd = streams.map(({ stream }) => ({ stream, dueAt: base }))
    await write(crowd)
    await start(crowd)
    await client.workflow.getHandle(clockId('ticket-17', place.id)).terminate('by hand')
    await listed(many - 1)
    expect(await compare()).toMatchObject({ lost: ['ticket-17'], unknown: [] })
    const counts = calls.filter((method) => method === 'reached' || method === 'CountWorkflowExecutions')
    expect(counts.filter((method) => method !== 'reached').length).toBeLessThanOrEqual(8)
    expect(counts.join(' ')).not.toContain('CountWorkflowExecutions CountWorkflowExecutions')
  })

  it('are all lost where none runs, and none is listed for that', async () => {
    await write(streams)
    const { lost, lists } = await compare()
    expect(lost.toSorted()).toEqual(streams.map(({ stream }) => stream).toSorted())
    expect(lists).toBe(0)
  })

  it('are compared from the point that an earlier attempt has reached', async () => {
    await write(streams)
    const { lost } = await compare(Date.parse(later(base, 49 * 60_000)))
    expect(lost).toHaveLength(many / 2)
  })

  it('of a former version are ended', async () => {
    await pool.query('create schema guichet_read')
    await pool.query(
      `create table guichet_read.deadline (stream text collate "C", next_due timestamptz, outstanding boolean, held_by text)`,
    )
    await pool.query('create schema guichet_projections')
    await pool.query('create table guichet_projections.lost_streams (stream text)')
    const former = { workflowId: `ticket-clock/${randomUUID()}`, taskQueue: place.taskQueue }
    const handle = await client.workflow.start('streamClock', former)
    const query = runningOn(place.taskQueue, 'streamClock')
    await vi.waitUntil(async () => (await client.workflow.count(query)).count === 1, patience)
    const supervision = { labelled: true, signal: new AbortController().signal, progressed: () => undefined }
    expect(await reconcile(pool, client, place.taskQueue, supervision)).toEqual({ unattended: 0, orphans: 0 })
    expect((await handle.describe()).status.name).toBe('TERMINATED')
  })
})
