import { days, elapsed } from '@guichet/domain'
import { expect, it } from 'vitest'
import { inParallel } from '../supervision/in-parallel.ts'
import type { Clause } from './clock-contract.ts'

const many = 800
const few = 5
/** What falls due takes effect within two seconds; the rest is for a machine that is busy with other tests. */
const patienceMs = 8_000

/** Many clocks at once that are not due for days: an import, another configuration, an engine that begins anew. */
export const bulk: Clause = (open) => {
  it('lets take effect what is due while the clocks of many others are being set', { timeout: 90_000 }, async () => {
    const scene = await open()
    await inParallel(Array.from({ length: many }), 16, async () => void (await scene.waitingTicket()))
    const due = await Promise.all(Array.from({ length: few }, () => scene.waitingTicket(days(3) - 4_000)))
    await scene.startEngine()
    const begun = new Date().toISOString()
    const fired = (await Promise.all(due.map((id) => scene.untilFired(id, 1)))).flat()
    for (const event of fired) {
      const since = 'dueAt' in event && event.dueAt !== undefined && event.dueAt > begun ? event.dueAt : begun
      expect(elapsed(since as typeof event.at, event.at)).toBeLessThan(patienceMs)
    }
  })
}
