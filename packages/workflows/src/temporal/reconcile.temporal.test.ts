import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { days, streamName } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { clockIdIn, clockOf, fedTemporalClock, useClient } from './testing/clock.ts'
import { searchAttributes } from './workflow/clock-state.ts'

const address = inject('temporalServer')
const patience = { interval: 50 }

describe.skipIf(!address)('the comparison of clocks with deadlines', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene

  beforeEach(async () => {
    scene = await openScene((process) => fedTemporalClock(process, { reconcileMs: 1_000, deaf: true }))
  })
  afterEach(() => scene.dispose())

  const describeClock = async (id: string) => (await clockOf(client(), scene, id)).describe()
  const statusOf = async (id: string): Promise<string> => {
    const found = await describeClock(id).catch(() => undefined)
    return found?.status.name ?? 'none'
  }

  it('starts the clock of a ticket whose signal was lost', async () => {
    const id = await scene.waitingTicket()
    await scene.startEngine()
    await vi.waitUntil(async () => (await statusOf(id)) === 'RUNNING', patience)
  })

  it('corrects a clock that waits for an outdated instant', async () => {
    const id = await scene.waitingTicket(days(1))
    await scene.startEngine()
    await vi.waitUntil(async () => (await statusOf(id)) === 'RUNNING', patience)
    await scene.customerReplies(id)
    const expected = { status: 'in_progress' }
    await vi.waitUntil(async () => {
      const { typedSearchAttributes: labels } = await describeClock(id)
      return labels.get(searchAttributes.status) === expected.status
    }, patience)
  })

  it('ends a clock without a deadline', async () => {
    const id = await scene.waitingTicket()
    await scene.startEngine()
    await vi.waitUntil(async () => (await statusOf(id)) === 'RUNNING', patience)
    const by = { kind: 'agent', id: 'a-1' } as const
    const closed = await scene.desk.execute('ticket', id, { type: 'close' }, { by })
    expect(closed.ok).toBe(true)
    await vi.waitUntil(async () => (await statusOf(id)) === 'COMPLETED', patience)
  })

  it('removes failures of ended clocks', async () => {
    const id = await scene.waitingTicket()
    await scene.startEngine()
    const workflowId = await clockIdIn(scene.databaseUrl, streamName('ticket', id))
    const listed = `ExecutionStatus = 'Running' AND WorkflowId = '${workflowId}'`
    await vi.waitUntil(async () => (await client().workflow.count(listed)).count === 1, patience)
    const pool = new pg.Pool({ connectionString: scene.databaseUrl })
    const running = streamName('ticket', id)
    try {
      await pool.query(
        `insert into guichet_workflows.clock_failures (stream, message, attempts, next_try) values
           ('ticket-gone', 'it failed', 3, now() - interval '11 minutes'),
           ('ticket-new', 'it failed', 3, now() - interval '9 minutes'),
           ($1, 'it failed', 3, now() - interval '11 minutes')`,
        [running],
      )
      const failed = async () => {
        const { rows } = await pool.query<{ stream: string }>('select stream from guichet_workflows.clock_failures')
        return rows.map(({ stream }) => stream)
      }
      await vi.waitUntil(async () => !(await failed()).includes('ticket-gone'), patience)
      expect((await failed()).toSorted()).toEqual([running, 'ticket-new'].toSorted())
    } finally {
      await pool.end()
    }
  })
})
