import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { openFeed } from '../testing/feed.ts'
import { compileWorkflows } from '../testing/processes.ts'
import { clockOf, fedTemporalClock } from './testing/clock.ts'
import type { Gate, Rule } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'

const clockProcess = fileURLToPath(new URL('testing/clock-process.mjs', import.meta.url))
const address = inject('temporalServer') ?? ''
const comparing = 'ListWorkflowExecutions'
const reconcileMs = 1_000

describe.skipIf(!address)(
  'a comparison of clocks with deadlines that does not come to its end',
  { timeout: 240_000 },
  () => {
    let gate: Gate
    let scene: Scene
    let held: number
    beforeEach(async () => {
      gate = await openGate(address)
      held = 0
    })
    const hold: Rule = (method) => {
      if (method !== comparing) return undefined
      held++
      return 'held'
    }
    afterEach(async () => {
      await scene.dispose()
      await gate.close()
    })

    const engineOn = async (on: string): Promise<void> => {
      const temporal = { connection: { address: on }, namespace: 'default' }
      scene = await openScene((process) => fedTemporalClock(process, { temporal, reconcileMs, deaf: true }))
    }
    /** Updates the read models with the outstanding deadlines, while no engine runs. */
    const feedReadModels = async (): Promise<void> => {
      const feed = openFeed(scene.desk, scene.databaseUrl, async () => undefined)
      const pool = new pg.Pool({ connectionString: scene.databaseUrl })
      await feed.start()
      await vi.waitUntil(
        async () => (await pool.query('select from guichet_read.deadline where next_due is not null')).rowCount === 1,
      )
      await feed.stop()
      await pool.end()
    }
    const untilCompared = (): Promise<unknown> => vi.waitUntil(() => held > 0)

    it('does not keep its process from ending', async () => {
      gate.rule(hold)
      await engineOn(gate.address)
      await scene.waitingTicket()
      const engine = await scene.startEngine()
      await untilCompared()
      expect(gate.holding).toBeGreaterThan(0)
      const asked = performance.now()
      const released = vi.waitUntil(() => gate.holding === 0, { interval: 20 }).then(() => performance.now())
      await Promise.all([engine.stop(), released])
      // A worker would cancel it by itself ten seconds after it was stopped.
      expect((await released) - asked).toBeLessThan(9_500)
    })

    it('does not keep its process from ending between two tries of a call, either', async () => {
      let refused = 0
      let refusing = true
      gate.rule((method) => {
        if (method !== comparing) return undefined
        refused++
        return refusing ? { code: 14, message: 'away' } : 'held'
      })
      await engineOn(gate.address)
      await scene.waitingTicket()
      const engine = await scene.startEngine()
      await vi.waitUntil(() => refused > 3, { interval: 5 })
      refusing = false
      const asked = performance.now()
      await engine.stop()
      expect(performance.now() - asked).toBeLessThan(9_500)
    })

    it('is continued by another process within a minute when its own was killed', async () => {
      await compileWorkflows()
      let compared = 0
      gate.rule((method) => void (compared += Number(method === comparing)))
      await engineOn(gate.address)
      // The runs that the schedule starts at its creation may overlap; from the second one on it runs one at a time.
      const first = await scene.startEngine()
      await vi.waitUntil(() => compared >= 2)
      await first.stop()
      const id = await scene.waitingTicket()
      await feedReadModels()
      gate.rule(hold)
      const child = spawn(process.execPath, [clockProcess, scene.databaseUrl, String(reconcileMs)], {
        env: { ...process.env, TEMPORAL_ADDRESS: gate.address },
        stdio: 'ignore',
      })
      const exited = once(child, 'exit')
      await untilCompared()
      child.kill('SIGKILL')
      await exited
      gate.rule(() => undefined)

      await scene.startEngine()
      const connection = await Connection.connect({ address })
      try {
        const clock = await clockOf(new Client({ connection }), scene, id)
        const runs = () =>
          clock.describe().then(
            ({ status }) => status.name === 'RUNNING',
            () => false,
          )
        await vi.waitUntil(runs, { interval: 200 })
      } finally {
        await connection.close()
      }
    })
  },
)
