import { inspect } from 'node:util'
import type { vi } from 'vitest'

/**
 * How long each wait of a test lasts before it fails, whatever it is given: long enough for a machine that is four times slower.
 * `expect.poll` has the same bound, in vitest.config.ts.
 */
export const patience = { timeout: 120_000 } as const

type Wait = typeof vi.waitUntil
type Bound = { readonly timeout: number }

/** Returns a wait that lasts as long as the bound, and says at its end what was waited for and what was last seen. */
export function patientWait(wait: Wait, bound: Bound = patience): Wait {
  return async (condition, options) => {
    let seen: unknown = 'nothing'
    const look = (): unknown => {
      const found: unknown = condition()
      if (found instanceof Promise) void found.then((value) => (seen = value)).catch(() => undefined)
      else seen = found
      return found
    }
    try {
      return await wait(look as typeof condition, { ...intervalOf(options), ...bound })
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('Timed out'))
        error.message = `waited ${bound.timeout / 1_000} s in vain for ${String(condition)}, which last gave ${inspect(seen)}`
      throw error
    }
  }
}

/** Where Vitest's own waits are kept on its `vi`, which the files of a worker share. */
export const ownWaits: unique symbol = Symbol.for('guichet.waits')

/** Returns the interval of a wait's options, in milliseconds, without the bound. */
export function intervalOf(options: number | { readonly interval?: number } | undefined): {
  readonly interval?: number
} {
  return typeof options === 'object' && options.interval !== undefined ? { interval: options.interval } : {}
}
