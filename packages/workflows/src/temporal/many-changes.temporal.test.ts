import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { hours } from '@guichet/domain'
import type { ClockEngine } from '../clock.ts'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { clockOf, fedTemporalClock, useClient } from './testing/clock.ts'
import { searchAttributes } from './workflow/clock-state.ts'

const address = inject('temporalServer')
const patience = { interval: 100 }
const agent = { by: { kind: 'agent', id: 'a-1' } } as const
const scheduled = 5

describe.skipIf(!address)('several processes on one database', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene
  let pool: pg.Pool
  beforeEach(async () => {
    scene = await openScene((process) => fedTemporalClock(process), { policy: { closeResolvedAfter: 12_000 } })
    pool = new pg.Pool({ connectionString: scene.databaseUrl, max: 1 })
  })
  afterEach(async () => {
    await pool.end()
    await scene.dispose()
  })

  const startThree = (): Promise<readonly ClockEngine[]> =>
    Promise.all([scene.startEngine(), scene.startEngine(), scene.startEngine()])
  const handedOver = () =>
    vi.waitUntil(async () => {
      const { rows } = await pool.query<{ waiting: number }>(
        'select count(*)::integer as waiting from guichet_workflows.clock_outbox',
      )
      return rows[0]?.waiting === 0
    }, patience)
  /** The runs of a clock once the latest is among them: Temporal lists a run some time after it has started it. */
  const listedRuns = async (id: string): Promise<readonly { workflowId: string; runId: string }[]> => {
    const latest = await (await clockOf(client(), scene, id)).describe()
    return vi.waitUntil(async () => {
      const listed = []
      const query = `WorkflowId = '${latest.workflowId}'`
      for await (const { workflowId, runId } of client().workflow.list({ query })) listed.push({ workflowId, runId })
      return listed.some(({ runId }) => runId === latest.runId) && listed
    }, patience)
  }
  /** The events of each run of the clock of a stream, the latest run first. */
  const runsOf = async (id: string): Promise<readonly (readonly number[])[]> => {
    const runs: (readonly number[])[] = []
    for (const { workflowId, runId } of await listedRuns(id)) {
      const { events } = await client().workflow.getHandle(workflowId, runId).fetchHistory()
      runs.push((events ?? []).map(({ eventType }) => eventType ?? 0))
    }
    return runs
  }

  it('start one clock for each change of a ticket, in which nothing happens before it is due', async () => {
    await startThree()
    const id = await scene.waitingTicket()
    const changes = 60
    for (let change = 1; change <= changes; change++) {
      const command = { type: 'categorize', category: `category-${change}` } as const
      expect(await scene.desk.execute('ticket', id, command, agent)).toMatchObject({ ok: true })
    }
    await vi.waitUntil(async () => {
      const { typedSearchAttributes: labels } = await (await clockOf(client(), scene, id)).describe()
      return labels.get(searchAttributes.category) === `category-${changes}`
    }, patience)
    await handedOver()
    const runs = await runsOf(id)
    expect(runs.length).toBeLessThanOrEqual(changes + 1)
    expect(runs.flat().filter((type) => type === scheduled)).toEqual([])
    expect(runs.filter((types) => types.length === 1)).toHaveLength(1)
  })

  it('spend one task of one run on a deadline, and start no clock twice for its effects', async () => {
    await startThree()
    const id = await scene.resolvedTicket(hours(0))
    await scene.untilFired(id, 1)
    const ids = await Promise.all(Array.from({ length: 10 }, () => scene.resolvedTicket()))
    for (const each of ids) await scene.untilFired(each, 1)
    await handedOver()
    await vi.waitUntil(async () => {
      const statuses = await Promise.all(
        ids.map(async (each) => (await (await clockOf(client(), scene, each)).describe()).status.name),
      )
      return statuses.every((status) => status === 'COMPLETED')
    }, patience)
    const fired = await Promise.all(
      ids.map(async (each) => (await runsOf(each)).filter((types) => types.includes(scheduled))),
    )
    expect(fired.flat().filter((types) => types.length > 7)).toEqual([])
    // A clock that needs more than some seconds for its deadline is replaced by one that finds nothing to do.
    expect(fired.filter(({ length }) => length === 1).length).toBeGreaterThan(ids.length * 0.8)
  })
})
