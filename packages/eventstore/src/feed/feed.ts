import type { EventEnvelope, EventStore, LogObserver, LogTail, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import type { BackOff } from '../retry.ts'
import { pauseAfter } from '../retry.ts'
import { assertInLog } from './checkpoint.ts'
import type { Window } from './window.ts'
import { add, checkpointOf, comparisonIn, endOf, indexAfter, pageFrom, shrink } from './window.ts'

/** A page of the feed: events in the global order. */
export type FeedPage = Pick<ReadBatch, 'events' | 'more'> & {
  /**
   * When the read began that found no event after the last one, in milliseconds of the epoch; undefined while more are
   * known to follow.
   */
  readonly asOf: number | undefined
}

/**
 * One reader of a store's global order for all consumers of a process. At the tail of the log it reads and decodes each
 * event once, ahead of the consumers, into a frozen envelope that all consumers share. The last events stay in memory
 * up to a bound of bytes. Each consumer keeps its own position and requests the events after it. A consumer that is
 * slow, fails or starts far behind gets its own read of the store until it reaches the events in memory; it never
 * delays the others.
 */
export type Feed = LogTail & {
  /**
   * Returns the events after a position, up to the first bound that is reached; none at the end of what has been read.
   * Order and visibility are those of `readAll`.
   * @throws the error of the last read of the store, when the feed would have to read further; CheckpointNotInLog for a
   * position that the log does not reach.
   */
  next(after: Position | undefined, bounds: BatchBounds): Promise<FeedPage>
  /**
   * Calls `wake` after each read of the log, including one that found nothing or failed, until the returned function is
   * called. The feed reads only while it has at least one consumer.
   */
  join(wake: () => void): () => void
  /** Reads at once, as after an append of this process: for a reader that waits for an event of another process. */
  readOn(): void
  /** The events that it holds in memory, and about how many bytes they have. */
  held(): { readonly events: number; readonly bytes: number }
}

type FeedOptions = {
  /**
   * About how many bytes of events stay in memory, unless it is a single event; half of them are read ahead. 8 MiB by
   * default.
   */
  readonly windowBytes?: number
  /** Milliseconds for which events are gathered after each read that found some. 3 by default. */
  readonly gatherMs?: number
  /** Milliseconds between reads while the store sends no wake-up. 20 and 1,000 by default. */
  readonly pollMs?: BackOff
  /** Milliseconds before the next read after a failed one. 100 and 5,000 by default. */
  readonly retryMs?: BackOff
}

const feeds = new WeakMap<EventStore, Feed>()

/** Returns the feed of a store in this process; all callers share it. The options are those of the first call. */
export function feedOf(store: EventStore, options: Pick<FeedOptions, 'windowBytes'> = {}): Feed {
  const feed = feeds.get(store) ?? createFeed(store, options)
  feeds.set(store, feed)
  return feed
}

/** Creates a separate feed, which reads nothing before the first consumer joins. */
export function createFeed(store: EventStore, options: FeedOptions = {}): Feed {
  const wakers = new Set<() => void>()
  const observers = new Set<LogObserver>()
  let reader: Reader | undefined
  const wakeAll = (): void => {
    for (const wake of wakers) wake()
  }
  return {
    next: (after, bounds) => (reader ? reader.next(after, bounds) : readAlone(store, after, bounds)),
    join: (wake) => {
      const waker = (): void => wake()
      wakers.add(waker)
      reader ??= startReader(store, options, observers, wakeAll)
      return () => {
        wakers.delete(waker)
        if (wakers.size > 0) return
        reader?.stop()
        reader = undefined
      }
    },
    // An observer alone is no reason to read the log: its process would decode every event for it.
    observe: (observer) => {
      observers.add(observer)
      if (reader?.hasBegun()) observer.began()
      return {
        isCurrent: () => Date.now() - (reader?.readAt() ?? -Infinity) <= currentMs,
        stop: () => void observers.delete(observer),
      }
    },
    readOn: () => reader?.readOn(),
    held: () => reader?.held() ?? { events: 0, bytes: 0 },
  }
}

/** How long ago the end of the log was reached, at most, where what observers know of it is current. */
const currentMs = 2_000

type Reader = Pick<Feed, 'next' | 'readOn' | 'held'> & {
  hasBegun(): boolean
  /** When the last read that reached the end of the log began, in milliseconds of the epoch. */
  readAt(): number | undefined
  stop(): void
}

function startReader(
  store: EventStore,
  options: FeedOptions,
  observers: ReadonlySet<LogObserver>,
  wakeAll: () => void,
): Reader {
  const { windowBytes = 2 * defaultBatchBytes, gatherMs = 3 } = options
  const { pollMs = { first: 20, last: 1_000 }, retryMs = { first: 100, last: 5_000 } } = options
  const most = { limit: Number.MAX_SAFE_INTEGER, maxBytes: windowBytes / 2 }
  const stopping = new AbortController()
  const { signal } = stopping
  const appended = createAlarm(signal)
  const room = createAlarm(signal)
  const compare = comparisonIn(store)
  let window: Window | undefined
  let readAt: number | undefined
  let failure: { readonly error: unknown } | undefined
  let endFirstRead: () => void = () => undefined
  const firstRead = new Promise<void>((resolve) => {
    endFirstRead = resolve
  })

  /** Reads further. Returns what it found: nothing, some events, or some events with more to follow at once. */
  const read = async (): Promise<'nothing' | 'some' | 'more'> => {
    const asOf = Date.now()
    if (!window) {
      window = { after: await store.head(), entries: [], bytes: 0, served: 0, ahead: 0, asOf }
      if (!signal.aborted) for (const observer of observers) observer.began()
      return 'more'
    }
    const { events, sizes, more } = await readBatch(store, endOf(window), most)
    for (const [index, envelope] of events.entries()) add(window, deepFreeze(envelope), sizes[index] ?? 0)
    // The events in memory are those that consumers get: observers are ahead of all of them. After a stop others read.
    if (!signal.aborted) for (const observer of observers) observer.observed(events)
    shrink(window, windowBytes)
    window.asOf = more ? undefined : asOf
    if (!more) readAt = asOf
    if (more) return 'more'
    return events.length > 0 ? 'some' : 'nothing'
  }

  const unsubscribe = store.onAppended(appended.ring)

  const run = async (): Promise<void> => {
    let failures = 0
    let idle = 0
    /** The log may be another one since, as when an older backup was restored meanwhile. */
    let doubted = false
    while (!signal.aborted) {
      room.reset()
      if (window && window.ahead >= windowBytes / 2) {
        await room.wait()
        continue
      }
      appended.reset()
      try {
        const end = doubted && window ? checkpointOf(window) : undefined
        if (end) await assertInLog(store, end)
        doubted = false
        const outcome = await read()
        failure = undefined
        failures = 0
        idle = outcome === 'nothing' ? idle + 1 : 0
        endFirstRead()
        wakeAll()
        if (outcome === 'some') await appended.pause(gatherMs)
        if (outcome === 'nothing' && (await appended.wait(pauseAfter(idle, pollMs)))) idle = 0
      } catch (error) {
        failure = { error }
        doubted = true
        failures++
        endFirstRead()
        wakeAll()
        await appended.pause(pauseAfter(failures, retryMs))
      }
    }
    endFirstRead()
  }
  void run()

  const serve = (from: Window, begin: number, { limit, maxBytes = defaultBatchBytes }: BatchBounds): FeedPage => {
    const page = pageFrom(from, begin, limit, maxBytes)
    room.ring()
    return page
  }

  return {
    hasBegun: () => window !== undefined,
    readAt: () => readAt,
    stop: () => {
      unsubscribe()
      stopping.abort()
    },
    readOn: appended.ring,
    held: () => ({ events: window?.entries.length ?? 0, bytes: window?.bytes ?? 0 }),
    next: async (after, bounds) => {
      await firstRead
      if (!window && failure) throw failure.error
      const index = window && indexAfter(window, after, compare)
      if (window && index !== undefined) {
        if (after !== undefined && compare(after, endOf(window)) > 0) await assertInLog(store, { position: after })
        if (failure && index === window.entries.length) throw failure.error
        return serve(window, index, bounds)
      }
      const page = await readAlone(store, after, bounds)
      // A consumer that catches up continues with the events in memory, which all consumers share.
      const beginning = window?.after
      const joins =
        beginning === undefined ? -1 : page.events.findIndex(({ position }) => compare(position, beginning) > 0)
      if (joins > 0) return { events: page.events.slice(0, joins), more: true, asOf: undefined }
      return window && joins === 0 ? serve(window, 0, bounds) : page
    },
  }
}

async function readAlone(store: EventStore, after: Position | undefined, bounds: BatchBounds): Promise<FeedPage> {
  const asOf = Date.now()
  const { events, more } = await readBatch(store, after, bounds)
  return { events, more, asOf: more ? undefined : asOf }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) deepFreeze(each)
  return value
}

/** The bounds of a batch. */
export type BatchBounds = {
  /** The most events. */
  readonly limit: number
  /** About how many bytes its events may have together; a single event may have more. 4 MiB by default. */
  readonly maxBytes?: number
}

/** A batch of events as it was read from the store. */
export type ReadBatch = {
  readonly events: readonly EventEnvelope[]
  /** About how many bytes each of them has. */
  readonly sizes: readonly number[]
  /** Whether a bound ended the batch, so that more may follow at once. */
  readonly more: boolean
}

/** About how many bytes a batch has at most, unless its reader says otherwise: 4 MiB. */
export const defaultBatchBytes = 4 * 1_024 * 1_024

/** Events per read, if they are small. */
const pageSize = 500

/** A page with fewer characters than this fraction of its bound was not ended by the bound. */
const leastOfBound = 1 / 8

/**
 * Reads events after a position up to the first bound that is reached; at least one event, if there is any. Pages are
 * bounded as well, so that memory use does not depend on the size of the events.
 * @throws the store's errors; CorruptHistory only at the first event: the events before an unreadable one are
 * delivered.
 */
export async function readBatch(
  store: Pick<EventStore, 'readAll'>,
  after: Position | undefined,
  { limit, maxBytes = defaultBatchBytes }: BatchBounds,
): Promise<ReadBatch> {
  const events: EventEnvelope[] = []
  const sizes: number[] = []
  let bytes = 0
  let most = pageSize
  while (events.length < limit) {
    const size = Math.min(limit - events.length, most)
    const request = { after: events.at(-1)?.position ?? after, limit: size, maxBytes }
    const page = await store.readAll(request).catch((error: unknown) => {
      if (!(error instanceof CorruptHistory) || (size === 1 && events.length === 0)) throw error
    })
    if (!page) {
      if (events.length > 0) return { events, sizes, more: true }
      most = Math.ceil(size / 2)
      continue
    }
    const before = bytes
    for (const envelope of page) {
      const size = sizeOf(envelope)
      bytes += size
      if (bytes > maxBytes && events.length > 0) return { events, sizes, more: true }
      events.push(envelope)
      sizes.push(size)
    }
    if (page.length === 0 || (page.length < size && bytes - before < maxBytes * leastOfBound)) {
      return { events, sizes, more: false }
    }
  }
  return { events, sizes, more: true }
}

/** About how many bytes a value takes: its texts, and a little for everything else. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  let size = 16
  for (const each of Object.values(value)) size += sizeOf(each)
  return size
}

/** Lets a loop sleep until a ring, a timeout or an abort of the signal. */
export type Alarm = {
  ring(): void
  /** Forgets the rings so far. */
  reset(): void
  /**
   * Sleeps until a ring since the last reset, for at most the given milliseconds if there is a bound. Returns whether
   * it rang.
   */
  wait(milliseconds?: number): Promise<boolean>
  /** Sleeps for the given milliseconds and ignores rings. */
  pause(milliseconds: number): Promise<void>
}

/** The longest delay that a timer accepts. */
const longest = 2 ** 31 - 1

/** Creates an alarm for one loop. An abort of the signal ends it for good: every sleep returns at once. */
export function createAlarm(signal: AbortSignal): Alarm {
  let rung = false
  let wakeOnRing: (() => void) | undefined

  const sleep = async (milliseconds: number | undefined, ringable: boolean): Promise<void> => {
    if (signal.aborted || (ringable && rung)) return
    let timer: NodeJS.Timeout | undefined
    let wake: (() => void) | undefined
    await new Promise<void>((resolve) => {
      wake = () => resolve()
      if (milliseconds !== undefined) timer = setTimeout(wake, Math.min(milliseconds, longest))
      signal.addEventListener('abort', wake)
      if (ringable) wakeOnRing = wake
    })
    clearTimeout(timer)
    if (wake) signal.removeEventListener('abort', wake)
    wakeOnRing = undefined
  }

  return {
    ring: () => {
      rung = true
      wakeOnRing?.()
    },
    reset: () => {
      rung = false
    },
    wait: async (milliseconds) => {
      await sleep(milliseconds, true)
      return rung
    },
    pause: (milliseconds) => sleep(milliseconds, false),
  }
}
