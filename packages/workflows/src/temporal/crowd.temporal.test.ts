import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { days, hours } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { inParallel } from '../supervision.ts'
import { untilStatus } from '../testing/until.ts'
import { fedTemporalClock } from './testing/clock.ts'

const half = 300
const patience = { interval: 1_000 }

/** How many tickets have an event of the clock. */
async function countFired(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const counting = `select count(distinct stream)::integer as fired from guichet.events where actor_id = 'clock'`
    const { rows } = await client.query<{ fired: number }>(counting)
    return rows[0]?.fired ?? 0
  } finally {
    await client.end()
  }
}

describe.skipIf(!inject('temporalServer'))('six hundred tickets with clocks', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene((process) => fedTemporalClock(process))
  })
  afterAll(() => scene.dispose())

  it(
    'take effect once each where they are due, and stay outstanding where they are not',
    { timeout: 480_000 },
    async () => {
      const due: string[] = []
      const outstanding: string[] = []
      const rounds = Array.from({ length: half }, (_, index) => index)
      await inParallel(rounds, 8, async (index) => {
        due.push(await scene.resolvedTicket(hours(25)))
        outstanding.push(await scene.waitingTicket(days(1) + index))
      })
      const engine = await scene.startEngine()
      const fired = async (ids: readonly string[]): Promise<number> => {
        const counts: number[] = []
        await inParallel(ids, 8, async (id) => void counts.push((await scene.firedOn(id)).length))
        return counts.reduce((sum, count) => sum + count, 0)
      }
      await vi.waitUntil(async () => (await countFired(scene.databaseUrl)) >= half, patience)
      await untilStatus(engine, ({ late }) => late === 0)
      const { nextDue, failing } = await engine.status()
      expect(failing).toBe(0)
      expect(nextDue).toBeDefined()
      expect(await fired(due)).toBe(half)
      expect(await fired(outstanding)).toBe(0)
    },
  )
})
