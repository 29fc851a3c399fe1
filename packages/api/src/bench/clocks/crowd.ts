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

/**
 * Lets something fall due on a crowd of tickets, and waits until all of it has taken effect.
 * @throws Error when the clocks did not know of all before the first fell due.
 */
export async function fireCrowd(
  worker: ClockWorker,
  tickets: DueTickets,
  { tickets: count, leadMs, overMs = 0 }: Crowd,
): Promise<readonly Fired[]> {
  const first = Date.now() + leadMs
  await tickets.seed(
    Array.from({ length: count }, (_, n) => instant(new Date(first + Math.floor((n * overMs) / count)))),
  )
  await worker.knows(count, instant(new Date(first + overMs)))
  const spareMs = first - Date.now()
  if (spareMs < 0) throw new Error(`the clocks knew of ${count} tickets ${-spareMs} ms too late to be measured`)
  return tickets.fired(count)
}
