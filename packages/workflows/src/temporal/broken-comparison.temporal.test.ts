import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { openFeed } from '../testing/feed.ts'
import { compileWorkflows } from '../testing/processes.ts'
import { readInstallation } from './clock-state.ts'
import { clockOf, fedTemporalClock, useClient } from './testing/clock.ts'
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
    const client = useClient({ beforeAll, afterAll }, address)
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
    /** The kinds of failures that the server knows of the comparisons under way. */
    const failureKinds = async (): Promise<readonly string[]> => {
      const pool = new pg.Pool({ connectionString: scene.databaseUrl, max: 1 })
      const { taskQueue } = await readInstallation(pool)
      await pool.end()
      const { info } = await client().schedule.getHandle(`reconcile-clocks/${taskQueue}`).describe()
      const ids = new Set(info.recentActions.map(({ action }) => action.workflow.workflowId))
      const runs = await Promise.all([...ids].map((id) => client().workflow.getHandle(id).describe()))
      const pending = runs.flatMap(({ raw }) => raw.pendingActivities ?? [])
      return pending.flatMap(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type ?? [])
    }
    /** A worker that cancels a comparison itself, some time after it was stopped, reports its own shutdown instead. */
    const expectBrokenOff = async (): Promise<void> => {
      await vi.waitUntil(async () => (await failureKinds()).length > 0, { interval: 200 })
      expect(await failureKinds()).not.toContain('WorkerShutdown')
    }
    const untilCompared = (): Promise<unknown> => vi.waitUntil(() => held > 0)

    it('does not keep its process from ending', async () => {
      gate.rule(hold)
      await engineOn(gate.address)
      await scene.waitingTicket()
      const engine = await scene.startEngine()
      await untilCompared()
      expect(gate.holding).toBeGreaterThan(0)
      await engine.stop()
      await vi.waitUntil(() => gate.holding === 0)
      await expectBrokenOff()
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
      await engine.stop()
      await expectBrokenOff()
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
      const clock = await clockOf(client(), scene, id)
      const runs = () =>
        clock.describe().then(
          ({ status }) => status.name === 'RUNNING',
          () => false,
        )
      await vi.waitUntil(runs, { interval: 200 })
    })
  },
)
