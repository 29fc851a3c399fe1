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
  { name: 'clock-temporal-memory-0', unit: 'MB' },
  { name: 'clock-temporal-memory-10000', unit: 'MB' },
] as const

/** The clocks on Temporal: a worker without any, and with many; then all fall due at the same instant. */
export function clockTemporal({ ground, quick }: Bench): Promise<readonly Figure[]> {
  return onTemporal(figures, async (address) => {
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    try {
      const memory = [await worker.memory()]
      const crowd = await fireCrowd(worker, tickets, {
        ...(quick ? { tickets: 200, leadMs: 10_000 } : { tickets: 10_000, leadMs: 100_000 }),
        whenKnown: async () => void memory.push(await worker.memory()),
      })
      const late = lateness(crowd)
      const measured = [firingRate(crowd), percentile(late, 0.5), percentile(late, 0.99), ...memory]
      return figures.map(({ name, unit }, place) => figure(name, unit, measured[place] ?? NaN))
    } finally {
      await tickets.close()
      await worker.stop()
    }
  })
}
