/** Asks again and again while somebody waits for what only the database can tell. */
export type Poller = { wake(): void }

const pause = { firstMs: 3, lastMs: 50, growth: 1.5 }

/** Polls with growing pauses, from 3 to 50 ms, as long as it is needed; failures to ask only cost a pause. */
export function createPoller({
  ask,
  needed,
  signal,
}: {
  readonly ask: () => Promise<void>
  readonly needed: () => boolean
  readonly signal: AbortSignal
}): Poller {
  let running = false
  let delayMs = pause.firstMs

  const run = async (): Promise<void> => {
    running = true
    while (needed() && !signal.aborted) {
      await ask().catch(() => undefined)
      if (!needed()) break
      await new Promise((resolve) => void setTimeout(resolve, delayMs))
      delayMs = Math.min(pause.lastMs, delayMs * pause.growth)
    }
    running = false
  }

  return {
    wake() {
      delayMs = pause.firstMs
      if (!running) void run()
    },
  }
}
