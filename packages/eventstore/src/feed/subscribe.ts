import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import type { BackOff } from '../retry.ts'
import { pauseAfter } from '../retry.ts'
import type { Feed } from './feed.ts'
import { createAlarm, feedOf } from './feed.ts'

export type Subscription = {
  /** The position of the last event that has been dealt with; from the start without one. */
  readonly after?: Position | undefined
  /** The types of the events that it deals with; all without them. */
  readonly types?: readonly string[]
  /** How many events a batch holds at most; 500 by default. */
  readonly batchSize?: number
  /** About how many bytes the events of a batch have together at most, unless it is a single one; 4 MiB by default. */
  readonly batchBytes?: number
  /** Milliseconds for which events are gathered after each batch that was not full, to be dealt with together; none by default. */
  readonly gatherMs?: number
  /** Ends the subscription. */
  readonly signal: AbortSignal
  /**
   * Deals with one batch in global order; the next one follows when the promise resolves. `to` is the last position that it
   * covers. Without events it only says, once a second at most, that those up to `to` are of other types. The caller
   * keeps the checkpoint: a batch whose promise rejects, or during which the process dies, is delivered again.
   */
  onBatch(events: readonly EventEnvelope[], to: Position): Promise<void> | void
  /** Hears when nothing is left to deal with, as of an instant in milliseconds of the epoch: after each look at the log. */
  onCaughtUp?(asOf: number): void
  /** Hears of every failure to read or to deal with a batch, which is then tried again; throwing ends the subscription. */
  onError?(error: unknown, failuresInARow: number): void
  /** Called after each turn that went well, also when there was nothing to deal with. */
  onSuccess?(): void
  /** Milliseconds before another try after a failure. 100 and 10,000 by default. */
  readonly retryMs?: BackOff
}

/** How often a subscription to some types says how far it has come while none of them happen, in milliseconds. */
const passEveryMs = 1_000

/**
 * Delivers every event after a position, then new ones as they become readable, until the signal; works on any store, by the one
 * feed of the process. Delivery is at least once and never skips. Resolves when the signal has come and the batch under way has
 * been dealt with; the signal's abort is not an error.
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
  /** The last event of those that were passed over, and since when it is to be said. */
  let passed: Position | undefined
  let passAt = 0
  let failures = 0

  const deliver = async (events: readonly EventEnvelope[], to: Position): Promise<void> => {
    if (events.length > 0 || performance.now() >= passAt) {
      await onBatch(events, to)
      passed = undefined
      passAt = performance.now() + passEveryMs
    } else passed = to
    after = to
  }

  try {
    while (!signal.aborted) {
      try {
        alarm.reset()
        const { events, more, asOf } = await feed.next(after, bounds)
        const last = events.at(-1)
        if (signal.aborted) break
        if (last) {
          await deliver(types ? events.filter(({ event }) => types.has(event.type)) : events, last.position)
          if (gatherMs > 0 && !more) await alarm.pause(gatherMs)
        } else if (passed !== undefined && performance.now() >= passAt) await deliver([], passed)
        else if (asOf !== undefined) onCaughtUp?.(asOf)
        failures = 0
        onSuccess?.()
        if (!last) await alarm.wait(passed === undefined ? undefined : Math.max(0, passAt - performance.now()))
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
