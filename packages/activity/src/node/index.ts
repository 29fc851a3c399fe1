import type { Activity, ActivityProblem, ActivityToken } from '../activity.ts'
import { newActivity } from '../activity.ts'
import { createQueue } from '../queue.ts'
import { quietly } from '../quietly.ts'
import type { ActivityRecorder } from '../recorder.ts'
import { createRecorder } from '../recorder.ts'
import { createSearches } from '../searches.ts'
import { createQuotaPause } from './quota-pause.ts'

export type { Activity, ActivityProblem, ActivityToken } from '../activity.ts'
export type { ActivityRecorder, SearchHandle } from '../recorder.ts'

/** How a service reports to a desk. */
export type ServiceActivityOptions = {
  /** The origin of the desk, such as `https://desk.example`, with the path below which it is served, if any. */
  readonly server: string
  /** The token of the service. */
  readonly token: ActivityToken
  /** The version of the service, sent with each activity. */
  readonly version?: string
  /** How long a search waits for `opened()` until it is sent as not opened, in milliseconds; 30,000 by default. */
  readonly searchDelayMs?: number
  /**
   * How many activities may wait in memory: the oldest of more are dropped, those first that a quota has refused; 10,000 by
   * default. As many searches may wait for `opened()`: the oldest of more are sent as not opened.
   */
  readonly mostPending?: number
  /** Called for each activity that is lost, and when the desk refuses the token. */
  readonly onProblem?: (problem: ActivityProblem) => void
}

type OfCustomer<Method> = Method extends (...parameters: infer Parameters) => infer Result
  ? (customerId: string, ...parameters: Parameters) => Result
  : never

/** Reports what customers do and meet: the methods of `ActivityRecorder`, each with the id of the customer first. */
export type ServiceActivityReporter = {
  readonly [Name in keyof ActivityRecorder]: OfCustomer<ActivityRecorder[Name]>
} & {
  /** Sends what waits, now. Resolves when nothing is left or an attempt has failed; never rejects. */
  flush(): Promise<void>
  /**
   * Sends what waits in one attempt, also where the desk has asked for a pause, and records nothing any more. Never rejects;
   * what the desk does not take is lost, and `onProblem` is called for it with `closed`.
   */
  close(): Promise<void>
}

/**
 * Begins to report to `POST <server>/activities` on behalf of customers: in batches, after two seconds or with the
 * twentieth activity. What the desk does not take is kept in memory, up to `mostPending` activities, and sent again under
 * the same ids after a second up to five minutes, or when the desk says. Its timers keep no process alive: `close` before
 * the end. Nothing is thrown: without a server nothing is reported.
 */
export function createActivity(options: ServiceActivityOptions): ServiceActivityReporter {
  const settings: Partial<ServiceActivityOptions> = Object(options)
  const { version, searchDelayMs = 30_000, mostPending = 10_000, onProblem } = settings
  const pause = createQuotaPause((activity) => queue.add(activity))
  const queue = createQueue(
    { ...settings, mostPending },
    () => true,
    () => false,
    (code, activity) => {
      if (code !== 'quota_exceeded' || !activity) return false
      pause.add(activity)
      return true
    },
  )
  const reportLost = (code: 'queue_full' | 'closed', activities: readonly Activity[]): void => {
    for (const activity of activities) quietly(() => onProblem?.({ code, activity }))
  }
  const add = (activity: Activity): void => {
    queue.add(activity)
    reportLost('queue_full', pause.take(queue.size() + pause.size() - mostPending))
  }
  const searches = createSearches(searchDelayMs, add, mostPending)
  const recorderOf = (customerId: string): ActivityRecorder =>
    createRecorder((kind, detail, page) => newActivity(kind, detail, { page, version, customerId }), add, searches)
  return {
    pageView: (customerId, ...rest) => recorderOf(customerId).pageView(...rest),
    search: (customerId, ...rest) => recorderOf(customerId).search(...rest),
    formError: (customerId, ...rest) => recorderOf(customerId).formError(...rest),
    loginFailed: (customerId, ...rest) => recorderOf(customerId).loginFailed(...rest),
    error: (customerId, ...rest) => recorderOf(customerId).error(...rest),
    timeout: (customerId, ...rest) => recorderOf(customerId).timeout(...rest),
    record: (customerId, ...rest) => recorderOf(customerId).record(...rest),
    flush: queue.flush,
    close: async () => {
      quietly(searches.settle)
      pause.take(pause.size()).forEach(queue.add)
      queue.close()
      await queue.flush()
      reportLost('closed', [...pause.take(pause.size()), ...queue.discard()])
    },
  }
}
