import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import type { BackOff } from '../retry.ts'
import { pauseAfter } from '../retry.ts'
import type { Feed } from './feed.ts'
import { createAlarm, feedOf } from './feed.ts'

/** What a subscriber processes, and in which batches. */
export type Subscription = {
  /** The position of the last event that has been processed; from the start without one. */
  readonly after?: Position | undefined
  /** The types of the events that it processes; all without them. */
  readonly types?: readonly string[]
  /** The most events in a batch; 500 by default. */
  readonly batchSize?: number
  /**
   * About how many bytes the events of a batch have together at most, unless it is a single event; 4 MiB by default.
   */
  readonly batchBytes?: number
  /**
   * Milliseconds for which events are gathered after each batch that was not full, to be processed together; none by
   * default.
   */
  readonly gatherMs?: number
  /** Ends the subscription. */
  readonly signal: AbortSignal
  /**
   * Processes one batch in global order; the next one follows when the promise resolves. `to` is the last event that
   * the batch covers. A batch without events only reports, at most once a second, that the events up to `to` are of
   * other types. The caller stores the checkpoint: a batch whose promise rejects, or during which the process dies, is
   * delivered again.
   */
  onBatch(events: readonly EventEnvelope[], to: EventEnvelope): Promise<void> | void
  /**
   * Called when no event is left to process, with an instant in milliseconds of the epoch: after each look at the log.
   */
  onCaughtUp?(asOf: number): void
  /**
   * Called with every failure to read or to process a batch; the work is then retried. Throwing ends the subscription.
   */
  onError?(error: unknown, failuresInARow: number): void
  /** Called after each successful turn, also when there was nothing to process. */
  onSuccess?(): void
  /** Milliseconds before a retry. 100 and 10,000 by default. */
  readonly retryMs?: BackOff
}

/** How often a subscription to some types reports its position while no event of them happens, in milliseconds. */
const passEveryMs = 1_000

/**
 * Delivers every event after a position, then new ones as they become readable, until the signal. Works on any store,
 * through the feed of the process. Delivery is at least once and never skips an event. Resolves when the signal has
 * come and the current batch has been processed; the signal's abort is not an error.
 */
export const subscribe = (store: EventStore, subscription: Subscription): Promise<void> =>
  consume(feedOf(store), subscription)

/** The same, from a given feed. */
export async function consume(feed: Feed, subscription: Subscription): Promise<void> {
  const { batchSize = 500, batchBytes, gatherMs = 0, signal, onBatch, onError, onSuccess } = subscription
  const { retryMs = { first: 100, last: 10_000 }, onCaughtUp } = subscription
  const types = subscription.types && new Set(subscription.types)
  const bounds = { limit: batchSize, ...(batchBytes !== undefined && { maxBytes: batchBytes }) }
  const alarm = createAlarm(signal)
  if (signal.aborted) return
  const leave = feed.join(alarm.ring)
  let { after } = subscription
  /** The last event that was skipped, and since when it is due to be reported. */
  let passed: EventEnvelope | undefined
  let passAt = 0
  let failures = 0

  const deliver = async (events: readonly EventEnvelope[], to: EventEnvelope): Promise<void> => {
    if (events.length > 0 || performance.now() >= passAt) {
      await onBatch(events, to)
      passed = undefined
      passAt = performance.now() + passEveryMs
    } else passed = to
    after = to.position
  }

  /** Reads the next events. Those of other types are let go: what all consumers hold while they process adds up. */
  const readNext = async () => {
    const { events, more, asOf } = await feed.next(after, bounds)
    return {
      batch: types ? events.filter(({ event }) => types.has(event.type)) : events,
      last: events.at(-1),
      more,
      asOf,
    }
  }
  /** Processes the next events. A function of its own, so that none of them is held while the consumer waits. */
  const turn = async () => {
    const { batch, last, more, asOf } = await readNext()
    if (last && !signal.aborted) await deliver(batch, last)
    return { hasRead: last !== undefined, more, asOf }
  }

  try {
    while (!signal.aborted) {
      try {
        alarm.reset()
        const { hasRead, more, asOf } = await turn()
        if (signal.aborted) break
        if (hasRead) {
          if (gatherMs > 0 && !more) await alarm.pause(gatherMs)
        } else if (passed !== undefined && performance.now() >= passAt) await deliver([], passed)
        else if (asOf !== undefined) onCaughtUp?.(asOf)
        failures = 0
        onSuccess?.()
        if (!hasRead) await alarm.wait(passed === undefined ? undefined : Math.max(0, passAt - performance.now()))
      } catch (error) {
        failures++
        onError?.(error, failures)
        await alarm.pause(pauseAfter(failures, retryMs))
      }
    }
  } finally {
    leave()
  }
}
