import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Desk } from '@guichet/domain'
import { createDesk, days, guichetEvents, inMemoryStore, instant, later, minutes } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { startBridge } from './bridge.ts'
import type { Installation } from './clock-state.ts'
import type { Outbox } from './outbox.ts'
import { enqueueStreams, outboxOf, temporalSchema } from './outbox.ts'
import { patientClient } from './testing/clock.ts'
import type { Rule } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'

const server = inject('temporalServer') ?? ''
const many = 600
const few = 10
const now = () => instant(new Date())

describe.skipIf(!server)('the hand-over to Temporal', () => {
  const disposals: (() => Promise<unknown>)[] = []
  let pool: Pool
  beforeEach(async () => {
    const database = await createTestDatabase()
    pool = openPool({ connectionString: database.url, maxConnections: 4, onLost: () => undefined })
    disposals.push(database.drop, () => pool.end())
    await migrateSchema(pool, temporalSchema)
  })
  afterEach(async () => {
    for (const dispose of disposals.splice(0).reverse()) await dispose()
  })

  const noteDue = (streams: readonly string[], dueAt: string): Promise<void> =>
    enqueueStreams((text, values) => pool.query(text, [...values]), new Map(streams.map((stream) => [stream, dueAt])), {
      replace: true,
    })
  const named = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `ticket-${prefix}-${n}`)

  it('takes streams due within a minute in one lane, soonest first, although many later ones were recorded before', async () => {
    const outbox = outboxOf(pool, 30_000)
    await noteDue(named('later', many), later(now(), days(3)))
    const soon = later(now(), 30_000)
    for (const [n, stream] of named('soon', few).entries()) await noteDue([stream], later(soon, -n))
    const claimed = (await outbox.claim('soon', 40)).map(({ stream }) => stream)
    expect(claimed).toEqual(named('soon', few).toReversed())
    expect(await outbox.claim('soon', 40)).toEqual([])
  })

  it('takes later streams in another lane, mostly the soonest due, and the first recorded, so that nothing waits for ever', async () => {
    const outbox = outboxOf(pool, 30_000)
    await noteDue(['ticket-first'], later(now(), days(300)))
    await noteDue(named('later', many), later(now(), days(3)))
    await noteDue(['ticket-sooner'], later(now(), minutes(2)))
    await noteDue(named('soon', few), later(now(), 30_000))
    const claimed = (await outbox.claim('later', 40)).map(({ stream }) => stream)
    expect(claimed).toHaveLength(40)
    expect(claimed[0]).toBe('ticket-sooner')
    expect(claimed).toContain('ticket-first')
    expect(claimed.filter((stream) => stream.includes('soon-'))).toEqual([])
  })

  it('skips a stream that another process is handing over, although it was recorded again, until that has ended', async () => {
    const outbox = outboxOf(pool, 30_000)
    await noteDue(['ticket-1'], later(now(), days(1)))
    const [row] = await outbox.claim('later', 40)
    await noteDue(['ticket-1'], later(now(), days(2)))
    expect(await outbox.claim('later', 40)).toEqual([])
    const handedOver = { stream: 'ticket-1', mark: row?.mark ?? 0, attempts: 1 }
    const started = { digest: 'as it stood', dueAt: later(now(), days(1)), labelled: true }
    expect(await outbox.settle([{ ...handedOver, ...started }])).toEqual([])
    expect(await outbox.claim('later', 40)).toMatchObject([{ stream: 'ticket-1' }])
    const known = await outbox.recordedStates(['ticket-1'])
    expect(known.get('ticket-1')).toEqual({ digest: '', held: false })
  })

  const rowsNoted = async (): Promise<number | undefined> => {
    const { rows } = await pool.query<{ noted: number }>(
      'select count(*)::integer as noted from guichet_workflows.clock_outbox',
    )
    return rows[0]?.noted
  }
  const openDesk = () => createDesk({ store: inMemoryStore({ catalogue: guichetEvents }), now, newId: randomUUID })
  const waiting = async (desk: Desk, id: string, agoMs: number): Promise<void> => {
    const sender = { by: { kind: 'agent', id: 'a-1' }, at: later(now(), -agoMs) } as const
    await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, sender)
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z', then: 'waiting_customer' }, sender)
  }
  const openConnection = async (rule: Rule): Promise<Connection> => {
    const gate = await openGate(server)
    gate.rule(rule)
    const connection = Connection.lazy({ address: gate.address })
    disposals.push(gate.close, () => connection.close())
    return connection
  }
  const bridgeTo = (client: Client, desk: Desk, outbox: Outbox): Installation => {
    const installation = { id: randomUUID(), taskQueue: randomUUID() }
    const bridge = startBridge({
      desk,
      client,
      installation,
      outbox,
      onDeleted: async () => undefined,
      labelled: () => false,
      pollMs: 50,
      leaseMs: 30_000,
      reports: { failed: () => undefined },
      onError: () => undefined,
    })
    disposals.push(bridge.stop)
    return installation
  }

  it('does not delay soon due streams by calls for later ones', async () => {
    const desk = openDesk()
    await waiting(desk, 'soon', days(3) - 30_000)
    for (let n = 0; n < few; n++) await waiting(desk, `later-${n}`, 0)
    await noteDue(named('later', few), later(now(), days(3)))
    let holding = true
    let held = 0
    const connection = await openConnection((method) => {
      if (method !== 'StartWorkflowExecution' || !holding) return undefined
      held++
      return 'held'
    })
    bridgeTo(patientClient(new Client({ connection })), desk, outboxOf(pool, 30_000))
    await vi.waitUntil(() => held > 0, { interval: 20 })
    holding = false
    await noteDue(['ticket-soon'], later(now(), 30_000))
    await vi.waitUntil(async () => (await rowsNoted()) === few, { interval: 20 })
  })

  it('reaches Temporal in that order, and with nothing to do before the due time', async () => {
    const desk = openDesk()
    for (let n = 0; n < many; n++) await waiting(desk, `later-${n}`, 0)
    for (let n = 0; n < few; n++) await waiting(desk, `soon-${n}`, days(3) - 30_000)
    await noteDue(named('later', many), later(now(), days(3)))
    await noteDue(named('soon', few), later(now(), 30_000))

    const starts: number[] = []
    let begun = 0
    const connection = await openConnection((method) => {
      if (method === 'StartWorkflowExecution') begun++
      return undefined
    })
    const outbox = outboxOf(pool, 30_000)
    const { id } = bridgeTo(new Client({ connection }), desk, {
      ...outbox,
      settle: async (rows) => {
        if (rows.some(({ stream }) => stream.includes('soon'))) starts.push(begun)
        return outbox.settle(rows)
      },
    })
    await vi.waitUntil(async () => (await rowsNoted()) === 0, { interval: 50 })
    expect(starts).toHaveLength(1)
    expect(starts[0]).toBeLessThanOrEqual(many / 10)
    const clock = new Client({ connection }).workflow.getHandle(`ticket-clock/${id.slice(0, 8)}/later-0`)
    const { historyLength, status } = await clock.describe()
    expect([historyLength, status.name]).toEqual([1, 'RUNNING'])
  })
})
