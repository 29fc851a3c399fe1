import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import { createAlarm } from './alarm.ts'
import { readBatch } from './read-batch.ts'

export type Subscription = {
  /** The position of the last event that has been dealt with; from the start without one. */
  readonly after?: Position | undefined
  /** How many events a batch holds at most; 500 by default. */
  readonly batchSize?: number
  /** About how many bytes the events of a batch have together at most, unless it is a single one; 4 MiB by default. */
  readonly batchBytes?: number
  /** Milliseconds for which events are gathered after each batch that was not full, to be dealt with together; none by default. */
  readonly gatherMs?: number
  /** Ends the subscription. */
  readonly signal: AbortSignal
  /**
   * Deals with one batch, never empty, in global order; the next one follows when the promise resolves. The caller
   * keeps the checkpoint: a batch whose promise rejects, or during which the process dies, is delivered again.
   */
  onBatch(events: readonly EventEnvelope[]): Promise<void> | void
  /** Hears of every failure to read or to deal with a batch, which is then tried again; throwing ends the subscription. */
  onError?(error: unknown, failuresInARow: number): void
  /** Called after each turn that went well, also when there was nothing to deal with. */
  onSuccess?(): void
  /** Milliseconds between polls when no wake comes: the first pause, doubled up to the last. 20 and 1,000 by default. */
  readonly pollMs?: Pause
  /** Milliseconds before another try after a failure. 100 and 10,000 by default. */
  readonly retryMs?: Pause
}

type Pause = { readonly first: number; readonly last: number }

/**
 * Delivers every event after a position, then new ones as they become readable, until the signal; works on any store.
 * Delivery is at least once and never skips. Resolves when the signal has come and the batch under way has been dealt
 * with; the signal's abort is not an error.
 */
export async function subscribe(store: EventStore, subscription: Subscription): Promise<void> {
  const { batchSize = 500, batchBytes, gatherMs = 0, signal, onBatch, onError, onSuccess } = subscription
  const { pollMs = { first: 20, last: 1_000 }, retryMs = { first: 100, last: 10_000 } } = subscription
  const alarm = createAlarm(signal)
  const unsubscribe = store.onAppended(alarm.ring)
  let { after } = subscription
  let failures = 0
  let idlePolls = 0
  try {
    while (!signal.aborted) {
      try {
        alarm.reset()
        const bounds = { limit: batchSize, ...(batchBytes !== undefined && { maxBytes: batchBytes }) }
        const { events, more } = await readBatch(store, after, bounds)
        const last = events.at(-1)
        if (last && !signal.aborted) {
          await onBatch(events)
          after = last.position
          if (gatherMs > 0 && !more) await alarm.pause(gatherMs)
        }
        failures = 0
        onSuccess?.()
        idlePolls = last ? 0 : idlePolls + 1
        if (!last && (await alarm.wait(pause(pollMs, idlePolls)))) idlePolls = 0
      } catch (error) {
        failures++
        onError?.(error, failures)
        await alarm.pause(pause(retryMs, failures))
      }
    }
  } finally {
    unsubscribe()
    alarm.dispose()
  }
}

function pause({ first, last }: Pause, times: number): number {
  return Math.min(last, first * 2 ** Math.min(times - 1, 30))
}
