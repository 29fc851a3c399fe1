import { setMaxListeners } from 'node:events'

/**
 * Does work under a signal of its own, aborted with the one given and let go of with the work: a client keeps hold of each call on a signal
 * for as long as there is the signal.
 */
export async function withOwnSignal<T>(signal: AbortSignal, work: (own: AbortController) => Promise<T>): Promise<T> {
  const own = new AbortController()
  setMaxListeners(0, own.signal)
  const end = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await work(own)
  } finally {
    signal.removeEventListener('abort', end)
  }
}
