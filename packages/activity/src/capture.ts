import { isOwnCall } from './own-call.ts'
import { quietly, runLater } from './quietly.ts'
import type { ActivityRecorder } from './recorder.ts'

type Options = {
  readonly describe?: (error: unknown) => string | undefined
  readonly fetchTimeoutMs?: number
}

/** The same error within so many milliseconds is reported once. */
const repeatMs = 10_000
/** So many errors a minute are reported at most. */
const mostErrors = 20

/**
 * Reports by itself what a page meets: errors that nothing has caught, rejections that nothing has handled, and time-outs
 * of `fetch`. Page and requests behave as without it; those of the helper itself are not reported, since a slow one would
 * lead to the next one for ever.
 * @param isRecording whether what happens now is recorded.
 * @param signal aborted when nothing is to be reported any more.
 */
export function startCapture(
  { describe, fetchTimeoutMs }: Options,
  recorder: Pick<ActivityRecorder, 'error' | 'timeout'>,
  isRecording: () => boolean,
  signal: AbortSignal,
): void {
  /** The errors that were just reported. */
  const recent = new Set<string>()
  let errors = 0

  const report = (thrown: unknown): void =>
    quietly(() => {
      const error = String(thrown)
      const { name = 'Error' }: Partial<Error> = Object(thrown)
      if (isTimeout(thrown) || recent.has(error) || errors >= mostErrors || !isRecording()) return
      recent.add(error)
      runLater(repeatMs, () => recent.delete(error))
      errors++
      runLater(60_000, () => errors--)
      recorder.error(
        name,
        quietly(() => describe?.(thrown)),
      )
    })
  addEventListener('error', ({ error, message }) => report(error ?? message), { signal })
  addEventListener('unhandledrejection', ({ reason }) => report(reason), { signal })

  const original = window.fetch
  const timedFetch: typeof fetch = (input, init) => {
    let operation = signal.aborted || isOwnCall() ? undefined : quietly(() => operationOf(input, init))
    if (!operation) return original(input, init)
    const startedAt = Date.now()
    const reportTimeout = (): void => {
      if (operation) recorder.timeout(operation, Date.now() - startedAt)
      operation = undefined
    }
    const timer = fetchTimeoutMs && setTimeout(reportTimeout, fetchTimeoutMs)
    // A handler on a promise that the page does not get would hide its rejection from the page.
    return original(input, init)
      .catch((error: unknown) => {
        if (isTimeout(error)) reportTimeout()
        throw error
      })
      .finally(() => clearTimeout(timer))
  }
  window.fetch = timedFetch
  signal.addEventListener('abort', () => {
    if (window.fetch === timedFetch) window.fetch = original
  })
}

/** Whether an error is that of `AbortSignal.timeout`. */
const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'

const withoutId = (segment: string): string => (/[\d@]/.test(segment) ? ':id' : segment)

/** Method and path of a request, without ids. */
function operationOf(input: RequestInfo | URL, init: RequestInit | undefined): string {
  const { url = String(input), method = 'GET' }: Partial<Request> = Object(input)
  const { pathname } = new URL(url, document.baseURI)
  return `${(init?.method ?? method).toUpperCase()} ${pathname.split('/').map(withoutId).join('/')}`
}
