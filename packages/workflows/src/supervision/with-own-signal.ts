import { setMaxListeners } from 'node:events'

/**
 * Does work under a signal of its own, aborted with the first of those given and let go of with the work: a client keeps hold of each call on a signal
 * for as long as there is the signal.
 */
export async function withOwnSignal<T>(
  given: AbortSignal | readonly AbortSignal[],
  work: (own: AbortController) => Promise<T>,
): Promise<T> {
  const signals = [given].flat()
  const own = new AbortController()
  setMaxListeners(0, own.signal)
  const end = (): void => own.abort(signals.find(({ aborted }) => aborted)?.reason)
  for (const signal of signals) signal.addEventListener('abort', end, { once: true })
  if (signals.some(({ aborted }) => aborted)) end()
  try {
    return await work(own)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', end)
  }
}
