import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { days, instant, later, minutes, streamName } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { startClock } from './bridge.ts'
import { readClockState, readInstallation } from './clock-state.ts'
import { clockOf, fedTemporalClock, useClient } from './testing/clock.ts'

const address = inject('temporalServer')
const patience = { interval: 50 }

describe.skipIf(!address)('a clock that runs before its deadline', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene
  let pool: pg.Pool

  afterEach(async () => {
    await pool.end()
    await scene.dispose()
  })

  it('by more than clocks may differ fires nothing, and is started again after a pause', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    pool = new pg.Pool({ connectionString: scene.databaseUrl, max: 1 })
    await scene.startEngine()
    const id = await scene.waitingTicket(days(3) - minutes(10))
    const stream = streamName('ticket', id)
    const clock = await clockOf(client(), scene, id)
    await vi.waitUntil(() => clock.describe().catch(() => undefined), patience)

    const state = await readClockState(scene.desk, stream, { held: false, labelled: true })
    const ahead = Date.parse(later(instant(new Date()), minutes(20)))
    await startClock(client(), await readInstallation(pool), state, { now: ahead })
    const early = await clock.describe()
    await vi.waitUntil(async () => (await clock.describe()).status.name === 'COMPLETED', patience)
    expect((await clock.describe()).runId).toBe(early.runId)

    const { rows } = await pool.query<{ paused: boolean }>(
      'select try_at > now() as paused from guichet_workflows.clock_outbox where stream = $1',
      [stream],
    )
    expect(rows).toEqual([{ paused: true }])
    await pool.query('update guichet_workflows.clock_outbox set try_at = now() where stream = $1', [stream])
    await vi.waitUntil(async () => (await clock.describe()).status.name === 'RUNNING', patience)
    expect((await clock.describe()).runId).not.toBe(early.runId)
    expect((await pool.query('select from guichet_workflows.clock_failures')).rowCount).toBe(0)
    expect(await scene.firedOn(id)).toEqual([])
  })
})
