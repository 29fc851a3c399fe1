import { instant } from '@guichet/domain'
import { randomUUID } from 'node:crypto'
import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { fireCrowd } from '../clocks/crowd.ts'
import { firingRate, lateness, openDueTickets } from '../clocks/due-tickets.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { openLimit } from '../limit.ts'
import { percentile } from '../statistics.ts'
import { compare } from '../throughput.ts'

const target = 1_000
const perSecond = 200

/** How often other helpdesks look for what is due, by design: what falls due is up to so many milliseconds late there. */
const peersPollEvery = 300_000

/**
 * The clock on the job queue in Postgres: many deadlines due at the same instant, then a steady stream of them. Its limit is what
 * the database appends, one event at a time.
 */
export async function clockEmbedded(bench: Bench): Promise<readonly Figure[]> {
  const { ground, quick } = bench
  const limit = await rawAppends(bench)
  const worker = await startClockWorker(ground)
  const tickets = await openDueTickets(worker.databaseUrl)
  try {
    const atOnce = quick ? { tickets: 500, leadMs: 5_000 } : { tickets: 10_000, leadMs: 20_000 }
    const crowd = await fireCrowd(worker, tickets, atOnce)
    const seconds = quick ? 3 : 30
    const stream = { tickets: perSecond * seconds, leadMs: quick ? 5_000 : 15_000, overMs: seconds * 1_000 }
    const steady = lateness(await fireCrowd(worker, tickets, stream))
    return [
      figure('clock-embedded', 'deadlines/s', firingRate(crowd), { limit }),
      figure('clock-embedded-p50', 'ms', percentile(lateness(crowd), 0.5)),
      figure('clock-embedded-p99', 'ms', percentile(lateness(crowd), 0.99)),
      figure('clock-embedded-200-p50', 'ms', percentile(steady, 0.5)),
      figure('clock-embedded-200-p99', 'ms', percentile(steady, 0.99), { peer: peersPollEvery, target }),
    ]
  } finally {
    await tickets.close()
    await worker.stop()
  }
}

/** Appends per second of one event, by raw SQL from ten connections. */
async function rawAppends({ ground, effort }: Bench): Promise<number> {
  const raw = await openLimit(await ground.database())
  const by = { kind: 'agent', id: 'agent-1' } as const
  const event = { type: 'TicketResolved', at: instant('2026-03-02T09:00:00Z'), by } as const
  const work = (): Promise<unknown> => raw.append(`ticket-${randomUUID()}`, 0, [event])
  const { limit } = await compare({ limit: { work } }, { clients: 16, ...effort })
  await raw.close()
  return limit
}
