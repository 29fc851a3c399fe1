import { instant } from '@guichet/domain'
import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { firingRate, lateness, openDueTickets } from '../clocks/due-tickets.ts'
import { startDevServer, findServer } from '@guichet/workflows/temporal'
import type { Figure } from '../figure.ts'
import { percentile } from '../statistics.ts'

export async function clockEmbedded({ ground, quick }: Bench): Promise<readonly Figure[]> {
  if (quick) return []
  const dev = process.env['TEMPORAL'] ? await startDevServer({ executable: findServer('dev') ?? '' }) : undefined
  const worker = await startClockWorker(ground, dev && { temporal: dev.address })
  const tickets = await openDueTickets(worker.databaseUrl)
  const run = async (count: number, spreadMs: number, leadMs: number) => {
    const start = Date.now()
    const first = start + leadMs
    await tickets.seed(Array.from({ length: count }, (_, n) => instant(new Date(first + Math.floor((n * spreadMs) / count)))))
    console.error('seeded', Date.now() - start)
    await worker.waitsFor(count, instant(new Date(first + spreadMs)))
    console.error('fed', Date.now() - start)
    return tickets.fired(count)
  }
  for (const [count = 0, spread = 0, lead = 0] of JSON.parse(process.env['RUNS'] ?? '[]') as number[][]) {
    const fired = await run(count, spread, lead)
    const late = lateness(fired)
    console.error(new Date().toISOString(), count, spread, 'rate', firingRate(fired), ...[0, .5, .99, 1].map((p) => percentile(late, p)), 'MB', await worker.memory())
  }
  await tickets.close()
  await worker.stop()
  await dev?.stop()
  return []
}
