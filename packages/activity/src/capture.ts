import { isOwnCall } from './own-call.ts'
import { quietly, runLater } from './quietly.ts'
import type { ActivityRecorder } from './recorder.ts'

type Options = {
  readonly describe?: (error: unknown) => string | undefined
  readonly fetchTimeoutMs?: number
}

/** The same error or time-out within so many milliseconds is reported once. */
const repeatMs = 10_000
/** So many errors and time-outs a minute are reported at most. */
const mostReports = 20

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
  /** What was just reported. */
  const recent = new Set<string>()
  let reports = 0
  /** The errors of requests that count as time-outs. */
  const timeouts = new WeakSet<object>()

  /** Counts an error or a time-out that is to be reported; says whether it is. */
  const takeReport = (what: string): boolean => {
    if (recent.has(what) || reports >= mostReports || !isRecording()) return false
    recent.add(what)
    runLater(repeatMs, () => recent.delete(what))
    reports++
    runLater(60_000, () => reports--)
    return true
  }

  const report = (thrown: unknown): void =>
    quietly(() => {
      const { name = 'Error' }: Partial<Error> = Object(thrown)
      if (timeouts.has(Object(thrown)) || !takeReport(String(thrown))) return
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
      if (operation && takeReport(operation)) recorder.timeout(operation, Date.now() - startedAt)
      operation = undefined
    }
    const timer = fetchTimeoutMs && setTimeout(reportTimeout, fetchTimeoutMs)
    // A handler on a promise that the page does not get would hide its rejection from the page.
    return original(input, init)
      .catch((error: unknown) => {
        // That of `AbortSignal.timeout`.
        if (error instanceof DOMException && error.name === 'TimeoutError') {
          timeouts.add(error)
          reportTimeout()
        }
        throw error
      })
      .finally(() => clearTimeout(timer))
  }
  window.fetch = timedFetch
  signal.addEventListener('abort', () => {
    if (window.fetch === timedFetch) window.fetch = original
  })
}

const withoutId = (segment: string): string => (/[\d@]/.test(segment) ? ':id' : segment)

/** Method and path of a request, without ids. */
function operationOf(input: RequestInfo | URL, init: RequestInit | undefined): string {
  const { url = String(input), method = 'GET' }: Partial<Request> = Object(input)
  const { pathname } = new URL(url, document.baseURI)
  return `${(init?.method ?? method).toUpperCase()} ${pathname.split('/').map(withoutId).join('/')}`
}
