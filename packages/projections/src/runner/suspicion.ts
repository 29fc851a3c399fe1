import { pauseAfter } from '@guichet/eventstore'
import type { Suspicion } from './follower.ts'
import type { RecordedEvent } from './projection.ts'

/** How often a handler may throw at one event before its projection is stopped, and the pauses between, in milliseconds. */
const attempts = 4
const retryMs = { first: 100, last: 1_000 }

/**
 * What to do after a handler threw at these events: try fewer of them, try the one event again later, or give up.
 * @param now milliseconds of `performance.now()`
 */
export function suspect(
  before: Suspicion | undefined,
  events: readonly RecordedEvent[],
  now: number,
): Suspicion | 'give up' {
  const last = events.at(-1)
  if (!last) throw new RangeError('an empty batch cannot fail')
  const until = before?.until ?? last.position
  if (events.length > 1) return { until, limit: half(events.length), failures: 0, retryAt: now }
  const failures = (before?.failures ?? 0) + 1
  if (failures >= attempts) return 'give up'
  return { until, limit: 1, failures, retryAt: now + pauseAfter(failures, retryMs) }
}

/** What remains of a suspicion after a batch went well: the other half holds the culprit, until all is passed. */
export function relieve(before: Suspicion, passed: boolean, now: number): Suspicion | undefined {
  return passed ? undefined : { until: before.until, limit: half(before.limit), failures: 0, retryAt: now }
}

const half = (length: number): number => Math.max(1, Math.ceil(length / 2))
