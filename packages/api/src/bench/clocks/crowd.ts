import { instant } from '@guichet/domain'
import type { ClockWorker } from './clock-worker.ts'
import type { DueTickets, Fired } from './due-tickets.ts'

/** Tickets on which something falls due. */
export type Crowd = {
  readonly tickets: number
  /** Milliseconds until the first falls due: the clocks must know of all by then. */
  readonly leadMs: number
  /** Over how many milliseconds they fall due, evenly; all at the same instant by default. */
  readonly overMs?: number
}

const tries = 4

/**
 * Lets something fall due on a crowd of tickets, and waits until all of it has taken effect; with another crowd and twice the time before it, where
 * the clocks did not know of all before the first fell due.
 * @throws Error when they did not in four times.
 */
export async function fireCrowd(worker: ClockWorker, tickets: DueTickets, crowd: Crowd): Promise<readonly Fired[]> {
  for (let tried = 1, { leadMs } = crowd; ; tried++, leadMs *= 2) {
    const { inTime, fired } = await fireOnce(worker, tickets, { ...crowd, leadMs })
    if (inTime) return fired
    if (tried === tries) throw new Error(`the clocks did not know of ${crowd.tickets} tickets within ${leadMs} ms`)
  }
}

async function fireOnce(
  worker: ClockWorker,
  tickets: DueTickets,
  { tickets: count, leadMs, overMs = 0 }: Crowd,
): Promise<{ readonly inTime: boolean; readonly fired: readonly Fired[] }> {
  const first = Date.now() + leadMs
  await tickets.seed(
    Array.from({ length: count }, (_, n) => instant(new Date(first + Math.floor((n * overMs) / count)))),
  )
  const inTime = await worker.knows(count, instant(new Date(first + overMs)), first)
  return { inTime, fired: await tickets.fired(count) }
}
