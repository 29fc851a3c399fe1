import { createDesk, guichetEvents, hours, instant, later } from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { promising, seedOpen } from '../sla-seeding.ts'

const target = 30
const patienceMs = 240_000

/**
 * Seconds from the command that applies a configuration until every open deadline stands where it says, in the read models and in
 * the queue of the embedded clock: two targets on each of 50,000 tickets, in a `guichet worker` of its own, whose memory before and at
 * its highest is measured beside.
 */
export async function configurationChange({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const tickets = quick ? 2_500 : 50_000
  const worker = await startClockWorker(ground)
  const store = await postgresStore({ connectionString: worker.databaseUrl, catalogue: guichetEvents })
  const pool = openPool({ connectionString: worker.databaseUrl, maxConnections: 1 })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const opened = instant(new Date())
  const apply = async (firstResponse: number, resolution: number): Promise<void> => {
    const command = { type: 'apply', configuration: promising(firstResponse, resolution) } as const
    const outcome = await desk.execute('configuration', 'desk', command, { by: { kind: 'system', id: 'bench' } })
    if (!outcome.ok) throw new Error(`the configuration was refused: ${outcome.refusal.message}`)
  }
  /** Waits until the clock and the read models know of the tickets that a target is due on before an instant. */
  const moved = async (firstResponse: number, look: () => Promise<unknown>): Promise<void> => {
    const due = later(opened, hours(firstResponse + 1))
    for (const end = Date.now() + patienceMs; Date.now() < end; await delay(100)) {
      await look()
      const { rows } = await pool.query<{ queued: number; shown: number }>(standing, [due])
      if (rows[0]?.queued === tickets && rows[0]?.shown === tickets) return
    }
    throw new Error('the deadlines were not moved')
  }
  try {
    await apply(40, 400)
    await seedOpen(store, tickets, opened)
    await moved(40, async () => undefined)
    const before = await worker.memory()
    let highest = before
    const started = performance.now()
    await apply(20, 200)
    await moved(20, async () => {
      highest = Math.max(highest, await worker.memory())
    })
    const seconds = (performance.now() - started) / 1000
    return [
      figure('configuration-change', 's', seconds, { target }),
      figure('configuration-change-memory-before', 'MB', before),
      figure('configuration-change-memory', 'MB', highest),
    ]
  } finally {
    await pool.end()
    await store.close()
    await worker.stop()
  }
}

const standing = `
  select (select count(*)::integer from guichet_jobs.jobs where key is not null and run_at <= $1) as queued,
    (select count(*)::integer from guichet_read.sla_target where target = 'first_response' and due_at <= $1) as shown`
