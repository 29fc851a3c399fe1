import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { days } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { untilStatus } from '../testing/until.ts'
import { readInstallation } from './clock-state.ts'
import { clockOf, fedTemporalClock } from './testing/clock.ts'

const address = inject('temporalServer') ?? ''
const patience = { interval: 50 }
const by = { kind: 'agent', id: 'a-1' } as const

describe.skipIf(!address)('clocks', () => {
  const scenes: Scene[] = []
  let connection: Connection
  beforeEach(async () => {
    connection = await Connection.connect({ address })
  })
  afterEach(async () => {
    for (const scene of scenes.splice(0)) await scene.dispose()
    await connection.close()
  })
  const open = async (options: Parameters<typeof fedTemporalClock>[1] = {}): Promise<Scene> => {
    const scene = await openScene((process) => fedTemporalClock(process, options))
    scenes.push(scene)
    return scene
  }
  const waits = async ({ desk }: Scene, id: string, agoMs: number): Promise<void> => {
    const at = new Date(Date.now() - agoMs).toISOString() as never
    await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, { by, at })
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z', then: 'waiting_customer' }, { by, at })
  }

  it('of two databases in one namespace run beside each other on tickets of the same id', async () => {
    const [one, other] = [await open(), await open()]
    const id = randomUUID()
    await waits(one, id, 0)
    await waits(other, id, days(3) - 3_000)
    const client = new Client({ connection })
    await one.startEngine()
    const running = (scene: Scene) =>
      vi.waitUntil(
        async () =>
          clockOf(client, scene, id).then((clock) =>
            clock.describe().then(
              ({ status, runId }) => status.name === 'RUNNING' && runId,
              () => undefined,
            ),
          ),
        patience,
      )
    const before = await running(one)
    await other.startEngine()
    expect(await other.untilFired(id, 1)).toMatchObject([{ type: 'ChaseSent' }])
    await running(other)
    expect(await running(one)).toBe(before)
    expect(await one.firedOn(id)).toEqual([])
  })

  it('that Temporal has lost still count as late, by the read model of deadlines', async () => {
    const scene = await open({ reconcileMs: 3_600_000 })
    const engine = await scene.startEngine()
    const id = randomUUID()
    const client = new Client({ connection })
    await firstComparison(client, scene)
    // Time enough to find the clock and to lose it, on a busy machine too.
    await waits(scene, id, days(3) - 12_000)
    const clock = await vi.waitUntil(async () => {
      const found = await clockOf(client, scene, id)
      return found.describe().then(
        () => found,
        () => undefined,
      )
    }, patience)
    await clock.terminate('lost')
    const pool = new pg.Pool({ connectionString: scene.databaseUrl, max: 1 })
    await pool.query('delete from guichet_workflows.clocks')
    await pool.end()
    await untilStatus(engine, ({ late }) => late === 1)
    expect(await scene.firedOn(id)).toEqual([])
  })
})

/** Waits for the end of the comparison at an engine's start: while it runs, it would repair the loss. */
async function firstComparison(client: Client, { databaseUrl }: Scene): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  const { taskQueue } = await readInstallation(pool)
  await pool.end()
  const schedule = client.schedule.getHandle(`reconcile-clocks/${taskQueue}`)
  const workflowId = await vi.waitUntil(
    async () => (await schedule.describe()).info.recentActions[0]?.action.workflow.workflowId,
    patience,
  )
  await client.workflow.getHandle(workflowId).result()
}
