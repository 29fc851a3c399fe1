import type { Bench } from '../bench.ts'
import { bridgeLags } from '../clocks/bridge-lags.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { sendSteadily } from '../clocks/steady-commands.ts'
import { onTemporal } from '../clocks/temporal-server.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import { percentile } from '../statistics.ts'

const figures = [
  { name: 'clock-bridge-p50', unit: 'ms' },
  { name: 'clock-bridge-p99', unit: 'ms' },
] as const
const perSecond = 500

/** How long after an event that moves a deadline was recorded Temporal knows of it, under 500 commands a second. */
export function clockBridge({ ground, quick }: Bench): Promise<readonly Figure[]> {
  return onTemporal(figures, async (address) => {
    const worker = await startClockWorker(ground, address)
    try {
      const tickets = await sendSteadily(worker.databaseUrl, { perSecond, seconds: quick ? 3 : 20 })
      const lags = await bridgeLags(worker.databaseUrl, address, quick ? tickets.slice(0, 50) : tickets)
      const measured = [percentile(lags, 0.5), percentile(lags, 0.99)]
      return figures.map(({ name, unit }, place) => figure(name, unit, measured[place] ?? NaN))
    } finally {
      await worker.stop()
    }
  })
}
