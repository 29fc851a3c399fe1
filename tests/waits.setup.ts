import { inspect } from 'node:util'
import { vi } from 'vitest'

/**
 * How long each wait of a test lasts before it fails, whatever it is given: long enough for a machine that is four times slower.
 * `expect.poll` has the same bound, in vitest.config.ts.
 */
const patience = { timeout: 120_000 } as const

const adapted = Symbol.for('guichet.waits')

type Wait = typeof vi.waitUntil

/** Waits as Vitest does, and says at the end what was waited for and what was last seen. */
function naming(wait: Wait): Wait {
  return async (condition, options) => {
    let seen: unknown = 'nothing'
    const look = (): unknown => {
      const found: unknown = condition()
      if (found instanceof Promise) void found.then((value) => (seen = value)).catch(() => undefined)
      else seen = found
      return found
    }
    try {
      return await wait(look as typeof condition, { ...patience, ...intervalOf(options) })
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('Timed out'))
        error.message = `waited ${patience.timeout / 1_000} s in vain for ${String(condition)}, which last gave ${inspect(seen)}`
      throw error
    }
  }
}

function intervalOf(options: number | { readonly interval?: number } | undefined): { readonly interval?: number } {
  return typeof options === 'object' && options.interval !== undefined ? { interval: options.interval } : {}
}

// The files of a worker share its `vi`.
if (!(adapted in vi)) {
  const { waitUntil, waitFor } = vi
  Object.assign(vi, {
    [adapted]: true,
    waitUntil: naming(waitUntil),
    waitFor: ((assertion, options) =>
      waitFor(assertion, { ...patience, ...intervalOf(options) })) satisfies typeof waitFor,
  })
}
