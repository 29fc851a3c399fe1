import { createDesk, days, guichetEvents, inMemoryStore, instant, later, minutes } from '@guichet/domain'
import { migrateSchema, openPool } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { Client, Connection } from '@temporalio/client'
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { temporalSchema } from '../schema.ts'
import { openGate } from '../testing/gate.ts'
import { startBridge } from './bridge.ts'
import { note } from './note.ts'
import { outboxOf } from './outbox.ts'

const server = inject('temporalServer') ?? ''
const many = 600
const few = 10

describe.skipIf(!server)('what is handed over', { timeout: 60_000 }, () => {
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
    note((text, values) => pool.query(text, [...values]), new Map(streams.map((stream) => [stream, dueAt])), {
      news: true,
    })
  const named = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `ticket-${prefix}-${n}`)

  it('is what is due soonest, though much that is due later was noted before', async () => {
    const outbox = outboxOf(pool, 30_000)
    const now = instant(new Date())
    await noteDue(named('later', many), later(now, days(3)))
    await noteDue(named('soon', few), later(now, minutes(1)))
    const claimed = (await outbox.claim(40)).map(({ stream }) => stream)
    expect(claimed.filter((stream) => stream.includes('soon'))).toHaveLength(few)
    const again = (await outbox.claim(40)).map(({ stream }) => stream)
    expect(again.filter((stream) => claimed.includes(stream))).toEqual([])
  })

  it('is also what was noted first, so that nothing waits for ever', async () => {
    const outbox = outboxOf(pool, 30_000)
    const now = instant(new Date())
    await noteDue(['ticket-first'], later(now, days(300)))
    await noteDue(named('soon', many), later(now, minutes(1)))
    expect((await outbox.claim(40)).map(({ stream }) => stream)).toContain('ticket-first')
  })

  it('is no stream that another process is just handing over, though it was noted anew, until that has ended', async () => {
    const outbox = outboxOf(pool, 30_000)
    const now = instant(new Date())
    await noteDue(['ticket-1'], later(now, days(1)))
    const [row] = await outbox.claim(40)
    await noteDue(['ticket-1'], later(now, days(2)))
    expect(await outbox.claim(40)).toEqual([])
    const handedOver = { stream: 'ticket-1', mark: row?.mark ?? 0, attempts: 1 }
    const started = { digest: 'as it stood', dueAt: later(now, days(1)), labelled: true }
    expect(await outbox.settle([{ ...handedOver, ...started }])).toEqual([])
    expect(await outbox.claim(40)).toMatchObject([{ stream: 'ticket-1' }])
    const known = await outbox.known(['ticket-1'])
    expect(known.get('ticket-1')).toEqual({ digest: '', held: false })
  })

  it('is told to Temporal in that order, and with nothing to do before it is due', async () => {
    const gate = await openGate(server)
    const connection = Connection.lazy({ address: gate.address })
    disposals.push(gate.close, () => connection.close())
    const store = inMemoryStore({ catalogue: guichetEvents })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const by = { kind: 'agent', id: 'a-1' } as const
    const waiting = async (id: string, agoMs: number): Promise<void> => {
      const at = later(instant(new Date()), -agoMs)
      await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, { by, at })
      await desk.execute('ticket', id, { type: 'agentReply', body: 'z', then: 'waiting_customer' }, { by, at })
    }
    for (let n = 0; n < many; n++) await waiting(`later-${n}`, 0)
    for (let n = 0; n < few; n++) await waiting(`soon-${n}`, days(3) - minutes(1))
    await noteDue(named('later', many), later(instant(new Date()), days(3)))
    await noteDue(named('soon', few), later(instant(new Date()), minutes(1)))

    const installation = { id: randomUUID(), taskQueue: randomUUID() }
    const starts: number[] = []
    let begun = 0
    gate.rule((method) => {
      if (method === 'StartWorkflowExecution') begun++
      return undefined
    })
    const outbox = outboxOf(pool, 30_000)
    const bridge = startBridge({
      desk,
      client: new Client({ connection }),
      installation,
      outbox: {
        ...outbox,
        settle: async (rows) => {
          if (rows.some(({ stream }) => stream.includes('soon'))) starts.push(begun)
          return outbox.settle(rows)
        },
      },
      labelled: () => false,
      pollMs: 50,
      leaseMs: 30_000,
      reports: { failed: () => undefined },
      onError: () => undefined,
    })
    disposals.push(bridge.stop)
    await vi.waitUntil(
      async () => {
        const { rows } = await pool.query<{ noted: number }>(
          'select count(*)::integer as noted from guichet_workflows.clock_outbox',
        )
        return rows[0]?.noted === 0
      },
      { timeout: 50_000, interval: 50 },
    )
    expect(starts).toHaveLength(1)
    expect(starts[0]).toBeLessThanOrEqual(many / 10)
    const direct = new Client({ connection })
    const clock = direct.workflow.getHandle(`ticket-clock/${installation.id.slice(0, 8)}/soon-0`)
    const { historyLength, status } = await clock.describe()
    expect([historyLength, status.name]).toEqual([1, 'RUNNING'])
  })
})
