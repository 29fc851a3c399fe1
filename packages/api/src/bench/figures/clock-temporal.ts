import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { fireCrowd } from '../clocks/crowd.ts'
import { firingRate, lateness, openDueTickets } from '../clocks/due-tickets.ts'
import { onTemporal } from '../clocks/temporal-server.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { percentile } from '../statistics.ts'

const figures = [
  { name: 'clock-temporal', unit: 'deadlines/s' },
  { name: 'clock-temporal-p50', unit: 'ms' },
  { name: 'clock-temporal-p99', unit: 'ms' },
] as const

/** The clocks on Temporal: many deadlines due at the same instant. */
export function clockTemporal({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const crowd = quick ? { tickets: 200, leadMs: 10_000 } : { tickets: 4_000, leadMs: 60_000 }
  return onTemporal(figures, async (address) => {
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    try {
      const fired = await fireCrowd(worker, tickets, crowd)
      const late = lateness(fired)
      const measured = [firingRate(fired), percentile(late, 0.5), percentile(late, 0.99)]
      return figures.map(({ name, unit }, place) => figure(name, unit, measured[place] ?? NaN))
    } finally {
      await tickets.close()
      await worker.stop()
    }
  })
}
