import type { ActivityProblem, ActivityToken } from './activity.ts'
import { newActivity } from './activity.ts'
import { startCapture } from './capture.ts'
import { createQueue } from './queue.ts'
import { quietly } from './quietly.ts'
import type { ActivityRecorder } from './recorder.ts'
import { createRecorder } from './recorder.ts'
import { createSearches } from './searches.ts'

type Consent = boolean | (() => boolean)

/** How a page reports to a desk. */
export type ActivityOptions = {
  /** The origin of the desk, such as `https://desk.example`, with the path below which it is served, if any. */
  readonly server: string
  /**
   * The token of the customer or visitor. The latest one is used as the page ends, if the function returns a promise. Before
   * somebody else logs in on the same page, `close` the reporter, and create another one then: this one may use the token
   * of the person before for minutes.
   */
  readonly token: ActivityToken
  /**
   * Whether the person has agreed; false by default. Before that nothing is sent, nor kept. A function is called for each
   * activity and each request, and every two seconds while activities wait for it. Where the browser sends Do Not Track or
   * Global Privacy Control, nothing is kept nor sent, whatever the consent is.
   */
  readonly consent?: Consent
  /** Keeps up to 200 activities in memory until the person agrees, or `setConsent(false)`; false by default. */
  readonly holdUntilConsent?: boolean
  /** The version of the site, sent with each activity. */
  readonly version?: string
  /**
   * Reports by itself, false by default: errors that nothing has caught and rejections that nothing has handled, by the name
   * of the error; and requests of `fetch` that `AbortSignal.timeout` ends before their answer begins, or that last longer
   * than `fetchTimeoutMs`, by method and path without the query, with `:id` in place of a segment that has digits. The same
   * one within ten seconds is reported once, and twenty a minute at most. A request that `token` begins at once is not
   * reported. A body that ends too late is the rejection `TimeoutError`.
   */
  readonly capture?: boolean
  /**
   * The message that is reported with an error that was captured, without personal data; none by default, and where it
   * returns undefined or throws.
   */
  readonly describe?: (error: unknown) => string | undefined
  /** After how many milliseconds without an answer a `fetch` counts as timed out, though it goes on; never by default. */
  readonly fetchTimeoutMs?: number
  /**
   * How long a search waits for `opened()` until it is sent as not opened, in milliseconds; 30,000 by default. Of more than
   * 200 the oldest are sent before.
   */
  readonly searchDelayMs?: number
  /** Called for each activity that is lost, and when the desk refuses the token. */
  readonly onProblem?: (problem: ActivityProblem) => void
}

/** Reports what the person at this page does and meets. */
export type ActivityReporter = ActivityRecorder & {
  /** Says that the person has agreed, or not any more: then what waits is dropped. */
  setConsent(consent: Consent): void
  /** Sends what waits, now. Resolves when nothing is left or an attempt has failed; never rejects. */
  flush(): Promise<void>
  /** Hands what waits to the browser, gives `window.fetch` back, and records nothing any more. */
  close(): void
}

/**
 * Begins to report to `POST <server>/activities`: in batches, after two seconds or with the twentieth activity, and as the
 * page is hidden or left. What the desk does not take is kept in memory, up to 200 activities, and sent again under the
 * same ids after a second up to five minutes, or when the desk says. Nothing is thrown into the page: without a server
 * nothing is reported.
 */
export function createActivity(options: ActivityOptions): ActivityReporter {
  const settings: Partial<ActivityOptions> = Object(options)
  const { server, version, capture, searchDelayMs = 30_000 } = settings
  const page = new AbortController()
  const { signal } = page
  let { consent = false, holdUntilConsent: isHeld = false } = settings

  /** Whether the person allows it now. What throws, or is no browser, allows nothing. */
  const isAllowed = (withoutConsent = false): boolean =>
    quietly(() => {
      const { doNotTrack, globalPrivacyControl }: PrivacySignals = navigator
      if (doNotTrack === '1' || globalPrivacyControl) return false
      return withoutConsent || (typeof consent === 'function' ? consent() : consent)
    }) === true
  const queue = createQueue(settings, isAllowed, () => isHeld)
  const searches = createSearches(searchDelayMs, queue.add)
  const recorder = createRecorder(
    (kind, detail, address = location.href) =>
      isAllowed(isHeld) ? newActivity(kind, detail, { page: address, version }) : undefined,
    queue.add,
    searches,
  )

  const leave = (): void => quietly(queue.leave)
  const end = (): void => {
    quietly(searches.settle)
    leave()
  }
  quietly(() => {
    addEventListener('pagehide', end, { signal })
    document.addEventListener('visibilitychange', () => document.hidden && leave(), { signal })
    if (capture && server) startCapture(settings, recorder, () => isAllowed(isHeld), signal)
  })

  return {
    ...recorder,
    setConsent: (next) => {
      consent = next
      if (next !== false) return void queue.flush()
      isHeld = false
      quietly(searches.settle)
      queue.discard()
    },
    flush: queue.flush,
    close: () => {
      end()
      queue.close()
      page.abort()
    },
  }
}

type PrivacySignals = { readonly doNotTrack?: string | null; readonly globalPrivacyControl?: boolean }
