import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { ClockEngine, ClockStatus } from '../clock.ts'

/** Long enough for a machine that is slow and busy: no test fails for its speed. */
const patienceMs = 120_000

/**
 * Looks again and again until something is as wanted, and returns it.
 * @throws Error that says what was last seen, when it never is.
 */
export async function until<T>(
  look: () => T | Promise<T>,
  wanted: (seen: T) => boolean,
  { everyMs = 20 }: { readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (wanted(seen)) return seen
    if (performance.now() > deadline) {
      throw new Error(`waited ${patienceMs / 1_000} seconds in vain; last seen: ${inspect(seen, { depth: 6 })}`)
    }
    await delay(everyMs)
  }
}

/** Waits until the status of an engine is as wanted. */
export const untilStatus = (
  engine: Pick<ClockEngine, 'status'>,
  wanted: (status: ClockStatus) => boolean,
): Promise<ClockStatus> => until(() => engine.status(), wanted, { everyMs: 50 })
