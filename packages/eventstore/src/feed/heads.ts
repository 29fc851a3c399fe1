import type { EventStore, LogObserver, Position } from '@guichet/domain'
import type { BackOff } from '../retry.ts'
import { pauseAfter } from '../retry.ts'
import { createAlarm } from './alarm.ts'

/** A reader of the heads of new events. */
export type HeadReader = {
  hasBegun(): boolean
  /** When the last read that reached the end of the log began, in milliseconds of the epoch. */
  readAt(): number | undefined
  stop(): void
}

/** Heads per read, and the milliseconds for which they are gathered: whoever observes them waits for none. */
const headsPerRead = 5_000
const gatherHeadsMs = 25

/** Reads the heads of new events for the observers of a process that has no other consumer. */
export function startHeadReader(
  store: EventStore,
  readHeads: NonNullable<EventStore['readHeads']>,
  {
    pollMs = { first: 20, last: 1_000 },
    retryMs = { first: 100, last: 5_000 },
  }: { readonly pollMs?: BackOff; readonly retryMs?: BackOff },
  observers: ReadonlySet<LogObserver>,
): HeadReader {
  const stopping = new AbortController()
  const { signal } = stopping
  const appended = createAlarm(signal)
  const unsubscribe = store.onAppended(appended.ring)
  let isObserving = false
  let position: Position | undefined
  let readAt: number | undefined

  /** Returns how many heads it has read. */
  const read = async (): Promise<number> => {
    const asOf = Date.now()
    if (!isObserving) {
      position = await store.head()
      if (signal.aborted) return 0
      isObserving = true
      for (const observer of observers) observer.began()
    }
    const heads = await readHeads({ after: position, limit: headsPerRead })
    if (signal.aborted) return 0
    for (const observer of observers) observer.moved(heads)
    position = heads.at(-1)?.position ?? position
    if (heads.length < headsPerRead) readAt = asOf
    return heads.length
  }

  const run = async (): Promise<void> => {
    let failures = 0
    let idle = 0
    while (!signal.aborted) {
      appended.reset()
      try {
        const heads = await read()
        failures = 0
        idle = heads === 0 ? idle + 1 : 0
        if (heads > 0) await appended.pause(gatherHeadsMs)
        else if (await appended.wait(pauseAfter(idle, pollMs))) idle = 0
      } catch {
        // The log may be another one since, as when an older backup was restored meanwhile: it is observed anew.
        isObserving = false
        readAt = undefined
        failures++
        await appended.pause(pauseAfter(failures, retryMs))
      }
    }
  }
  void run()

  return {
    hasBegun: () => isObserving,
    readAt: () => readAt,
    stop: () => {
      unsubscribe()
      stopping.abort()
    },
  }
}
