/** Does work that ends when the time is up, or sooner when the signal comes: the work's own signal then aborts. */
export async function inTime<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController()
  const stop = (): void => ending.abort(new Error('broken off'))
  const timer = setTimeout(() => ending.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await work(ending.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
