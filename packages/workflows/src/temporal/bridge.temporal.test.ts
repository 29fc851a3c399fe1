import { randomUUID } from 'node:crypto'
import { Client } from '@temporalio/client'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { EventStore } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import { eventStoreDbStore, migrateSchema, openPool } from '@guichet/eventstore'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import { startBridge } from './bridge.ts'
import { openConnection } from './connection.ts'
import { enqueueStreams, outboxOf, temporalSchema } from './outbox.ts'
import { patientClient } from './testing/clock.ts'
import type { Gate } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'

const server = inject('temporalServer') ?? ''
const patience = { interval: 10 }

describe.skipIf(!server)('the bridge', () => {
  const disposals: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const dispose of disposals.splice(0).reverse()) await dispose()
  })

  const memory = (): EventStore => inMemoryStore({ catalogue: guichetEvents })

  /** A bridge with an outbox of forty streams, whose clocks are to be ended, behind a gate to the server. */
  async function bridgeOf(store: EventStore, gate: Gate) {
    const database = await createTestDatabase()
    const pool = openPool({ connectionString: database.url, maxConnections: 4, onLost: () => undefined })
    const connection = openConnection({ connection: { address: gate.address }, namespace: 'default' })
    disposals.push(
      database.drop,
      () => pool.end(),
      () => connection.close(),
    )
    await migrateSchema(pool, temporalSchema)
    const streams = Array.from({ length: 40 }, () => [`ticket-${randomUUID()}`, new Date()] as const)
    await enqueueStreams((text, values) => pool.query(text, [...values]), new Map(streams), { replace: true })
    await pool.query(
      `insert into guichet_workflows.clocks (stream, digest, labelled) select stream, '', false from unnest($1::text[]) as s (stream)`,
      [streams.map(([stream]) => stream)],
    )
    const failures: unknown[] = []
    const refused: unknown[] = []
    const bridge = startBridge({
      desk: createDesk({ store, now: () => instant(new Date()), newId: randomUUID }),
      client: patientClient(new Client({ connection })),
      installation: { id: randomUUID(), taskQueue: randomUUID() },
      outbox: outboxOf(pool, 30_000),
      onDeleted: async () => undefined,
      leaseMs: 30_000,
      labelled: () => false,
      pollMs: 50,
      reports: { failed: (error) => void failures.push(error) },
      onError: (error) => void refused.push(error),
    })
    disposals.push(bridge.stop)
    const rows = async (state: 'untouched' | 'noted') => {
      const { rows: counted } = await pool.query<{ untouched: number; noted: number }>(
        `select count(*) filter (where attempts = 0 and error is null and leased_until is null)::integer as untouched,
                count(*)::integer as noted from guichet_workflows.clock_outbox`,
      )
      return counted[0]?.[state]
    }
    return { bridge, rows, failures, refused }
  }

  const gateTo = async (): Promise<Gate> => {
    const gate = await openGate(server)
    disposals.push(gate.close)
    return gate
  }

  it('cancels the calls under way when it is stopped, and returns their rows', async () => {
    const gate = await gateTo()
    let held = 0
    gate.rule((method) => {
      if (method !== 'StartWorkflowExecution') return undefined
      held++
      return 'held'
    })
    const { bridge, rows, failures } = await bridgeOf(memory(), gate)
    await vi.waitUntil(() => held === 16, patience)
    await bridge.stop()
    expect(held).toBe(16)
    expect(failures).toEqual([])
    expect(await rows('untouched')).toBe(40)
  })

  it('backs off single streams with busy workflows, and continues with the others', async () => {
    const gate = await gateTo()
    let started = 0
    gate.rule((method) =>
      method === 'StartWorkflowExecution' && started++ < 3 ? { code: 8, message: 'Workflow is busy.' } : undefined,
    )
    const { rows, failures, refused } = await bridgeOf(memory(), gate)
    await vi.waitUntil(async () => (await rows('noted')) === 0, patience)
    expect(refused).toHaveLength(3)
    expect(failures).toEqual([])
  })

  it('records no failure of a stream while the event store is away, and continues when it is back', async () => {
    const events = await startEventStoreServer()
    disposals.push(events.stop)
    const store = await eventStoreDbStore({ connectionString: events.url, catalogue: guichetEvents })
    disposals.push(store.close)
    events.faults.unavailable = Infinity
    const { rows, failures } = await bridgeOf(store, await gateTo())
    await vi.waitUntil(() => failures.length > 0, patience)
    expect(failures).toMatchObject([{ name: 'StoreUnavailable' }])
    expect(await rows('untouched')).toBe(40)
    events.faults.unavailable = 0
    await vi.waitUntil(async () => (await rows('noted')) === 0, patience)
  })
})
