import type { Desk } from '@guichet/domain'
import { createDesk, days, guichetEvents, inMemoryStore, instant, later, streamName } from '@guichet/domain'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { inParallel } from '../../supervision/in-parallel.ts'
import { tellClock } from '../bridge/tell-clock.ts'
import { listenToRuntime } from '../connection/runtime.ts'
import type { RunningServer } from '../servers/index.ts'
import { startDevServer } from '../servers/index.ts'
import { changeOf, clockWorker } from '../testing/clock-worker.ts'
import type { StreamChange } from '../workflow/stream-change.ts'

const executable = inject('devServer')
const taskQueue = 'many-signals'
const signals = 5_000
const wave = 500
const agent = { by: { kind: 'agent', id: 'a-1' } } as const

describe.skipIf(!executable)('a clock that is told of five thousand changes', () => {
  let server: RunningServer
  let connection: Connection
  let native: NativeConnection
  let desk: Desk

  beforeAll(async () => {
    listenToRuntime(() => undefined)
    const lowered = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=300']
    server = await startDevServer({ executable: executable ?? '', extraArgs: lowered })
    connection = await Connection.connect({ address: server.address })
    native = await NativeConnection.connect({ address: server.address })
    const store = inMemoryStore({ catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  })
  afterAll(async () => {
    await native.close()
    await connection.close()
    await server.stop()
  })

  it('goes on in new runs, knows the newest in the end, and heeds no older one', { timeout: 180_000 }, async () => {
    const client = new Client({ connection })
    const id = randomUUID()
    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
    await desk.execute('ticket', id, opening, { ...agent, at: later(instant(new Date()), -days(2)) })
    const resolvedAt = later(instant(new Date()), -days(1))
    await desk.execute(
      'ticket',
      id,
      { type: 'agentReply', body: 'Done', then: 'resolved' },
      { ...agent, at: resolvedAt },
    )

    const far = later(instant(new Date()), days(300))
    const report = (version: number): StreamChange => ({
      stream: streamName('ticket', id),
      version,
      order: version,
      deadlines: [{ kind: 'close_resolved', dueAt: later(far, version), cycle: 1 }],
    })
    const worker = await clockWorker({ connection: native, taskQueue, desk })
    await worker.runUntil(async () => {
      const handle = client.workflow.getHandle(`ticket-clock/${id}`)
      const versions = Array.from({ length: signals }, (_, index) => ((index * 7_919) % signals) + 1)
      for (let from = 0; from < signals; from += wave) {
        await inParallel(versions.slice(from, from + wave), 20, (version) =>
          tellClock(client, taskQueue, report(version)),
        )
        await handle.query<StreamChange>('standing')
      }
      expect((await handle.query<StreamChange>('standing')).version).toBe(signals)
      await tellClock(client, taskQueue, report(1))
      expect((await handle.query<StreamChange>('standing')).version).toBe(signals)

      const due = await changeOf(desk, id, 1)
      await tellClock(client, taskQueue, { ...due, version: signals + 1 })
      await handle.result()
    })
    const continued = `WorkflowId = 'ticket-clock/${id}' AND ExecutionStatus = 'ContinuedAsNew'`
    await vi.waitUntil(async () => (await client.workflow.count(continued)).count >= 3, { timeout: 60_000 })
    const events = await desk.store.readStream(streamName('ticket', id))
    expect(events.filter(({ event }) => event.by.id === 'clock')).toHaveLength(1)
  })

  it('goes on in new runs while nothing falls due and operators look for it', { timeout: 120_000 }, async () => {
    const client = new Client({ connection })
    const id = randomUUID()
    const kept = { breached: true, outstanding: true, sla: 'BREACHED' } as const
    const report = (version: number): StreamChange => ({
      stream: streamName('ticket', id),
      version,
      order: version,
      deadlines: [],
      labels: { ...kept, category: `category-${version}` },
    })
    const worker = await clockWorker({ connection: native, taskQueue, desk })
    await worker.runUntil(async () => {
      const handle = client.workflow.getHandle(`ticket-clock/${id}`)
      for (let version = 1; version <= 400; version++) await tellClock(client, taskQueue, report(version))
      expect((await handle.query<StreamChange>('standing')).version).toBe(400)
      const filter = `WorkflowId = 'ticket-clock/${id}'`
      const continued = `${filter} AND ExecutionStatus = 'ContinuedAsNew'`
      await vi.waitUntil(async () => (await client.workflow.count(continued)).count >= 1, { timeout: 60_000 })
      const listed = `${filter} AND GuichetSla = 'BREACHED' AND GuichetCategory = 'category-400' AND ExecutionStatus = 'Running'`
      await vi.waitUntil(async () => (await client.workflow.count(listed)).count === 1, { timeout: 60_000 })
      await tellClock(client, taskQueue, { ...report(401), labels: { breached: false } })
      await handle.result()
    })
  })
})
