import { days, instant, later } from '@guichet/domain'
import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { openDueTickets } from '../clocks/due-tickets.ts'
import { onTemporal } from '../clocks/temporal-server.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'

const figures = [
  { name: 'clock-memory-0', unit: 'MB' },
  { name: 'clock-memory-10000', unit: 'MB' },
] as const

/** The memory that a worker holds without any clocks on Temporal, and when it has started many, which go on waiting. */
export function clockMemory({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const clocks = quick ? 200 : 10_000
  return onTemporal(figures, async (address) => {
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    try {
      const without = await worker.memory()
      const tomorrow = later(instant(new Date()), days(1))
      await tickets.seed(Array.from({ length: clocks }, () => tomorrow))
      await worker.knows(clocks, tomorrow)
      const measured = [without, await worker.memory()]
      return figures.map(({ name, unit }, place) => figure(name, unit, measured[place] ?? NaN))
    } finally {
      await tickets.close()
      await worker.stop()
    }
  })
}
