import type { EventEnvelope, EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import type { BackOff } from '../retry.ts'
import { pauseAfter } from '../retry.ts'

export type FeedPage = Pick<ReadBatch, 'events' | 'more'> & {
  /** When the read began that found nothing behind the last of them, in milliseconds of the epoch; undefined while more is known to follow. */
  readonly asOf: number | undefined
}

/**
 * One reader of a store's global order for all consumers of a process. At the tail of the log it reads and decodes each event once,
 * ahead of the consumers, into a frozen envelope that all of them get; the last events stay in memory up to a bound of bytes.
 * Each consumer keeps its own position and asks for what follows it: one that is slow, fails or starts far behind is
 * answered by a read of its own until it reaches the events in memory, and never holds up the others.
 */
export type Feed = {
  /**
   * The events after a position, up to the first bound that is reached; none at the end of what is known. The order, and what is visible, are those of `readAll`.
   * @throws what the last read of the store failed with, where it would have to be read on.
   */
  next(after: Position | undefined, bounds: BatchBounds): Promise<FeedPage>
  /**
   * Calls `wake` after each read of the log, also one that found nothing or failed, until the returned function is called. The feed
   * reads only while somebody has joined.
   */
  join(wake: () => void): () => void
  /** Reads on at once, as after an append of this process: somebody waits for what another process has appended. */
  readOn(): void
  /** What it holds in memory: events, and about how many bytes they have. */
  held(): { readonly events: number; readonly bytes: number }
}

type FeedOptions = {
  /** About how many bytes of events stay in memory, unless it is a single one; half of them are read ahead. 8 MiB by default. */
  readonly windowBytes?: number
  /** Milliseconds for which events are gathered after each read that found some. 3 by default. */
  readonly gatherMs?: number
  /** Milliseconds between reads while the store does not wake it. 20 and 1,000 by default. */
  readonly pollMs?: BackOff
  /** Milliseconds before another read after one that failed. 100 and 5,000 by default. */
  readonly retryMs?: BackOff
}

const feeds = new WeakMap<EventStore, Feed>()

/** The feed of a store in this process: the same one for whoever asks. */
export function feedOf(store: EventStore): Feed {
  const feed = feeds.get(store) ?? createFeed(store)
  feeds.set(store, feed)
  return feed
}

/** A feed of its own, which reads nothing before somebody joins. */
export function createFeed(store: EventStore, options: FeedOptions = {}): Feed {
  const wakers = new Set<() => void>()
  let reader: Reader | undefined
  const wakeAll = (): void => {
    for (const wake of wakers) wake()
  }
  return {
    next: (after, bounds) => (reader ? reader.next(after, bounds) : readAlone(store, after, bounds)),
    join: (wake) => {
      const own = (): void => wake()
      wakers.add(own)
      reader ??= startReader(store, options, wakeAll)
      return () => {
        wakers.delete(own)
        if (wakers.size > 0) return
        reader?.stop()
        reader = undefined
      }
    },
    readOn: () => reader?.readOn(),
    held: () => reader?.held() ?? { events: 0, bytes: 0 },
  }
}

type Reader = Pick<Feed, 'next' | 'readOn' | 'held'> & { stop(): void }

/** The last events of the log: all of them behind `after`, up to where it was read. */
type Window = {
  after: Position | undefined
  readonly entries: { readonly envelope: EventEnvelope; readonly bytes: number }[]
  bytes: number
  /** How many of the entries somebody has got, and how many bytes nobody has got. */
  served: number
  ahead: number
  /** When the last read began, if it found the end of the log. */
  asOf: number | undefined
}

function startReader(store: EventStore, options: FeedOptions, wakeAll: () => void): Reader {
  const { windowBytes = 2 * defaultBatchBytes, gatherMs = 3 } = options
  const { pollMs = { first: 20, last: 1_000 }, retryMs = { first: 100, last: 5_000 } } = options
  const most = { limit: Number.MAX_SAFE_INTEGER, maxBytes: windowBytes / 2 }
  const stopping = new AbortController()
  const { signal } = stopping
  const appended = createAlarm(signal)
  const room = createAlarm(signal)
  let window: Window | undefined
  let failure: { readonly error: unknown } | undefined
  let begun: () => void = () => undefined
  const beginning = new Promise<void>((resolve) => {
    begun = resolve
  })

  const compare = (a: Position | undefined, b: Position | undefined): number => {
    if (a === b) return 0
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1
    return store.comparePositions(a, b)
  }

  /** Reads on; answers what it found: nothing, some events, or some that more may follow at once. */
  const read = async (): Promise<'nothing' | 'some' | 'more'> => {
    const asOf = Date.now()
    if (!window) {
      window = { after: await store.head(), entries: [], bytes: 0, served: 0, ahead: 0, asOf }
      return 'more'
    }
    const { events, sizes, more } = await readBatch(store, endOf(window), most)
    for (const [index, envelope] of events.entries()) add(window, deepFreeze(envelope), sizes[index] ?? 0)
    shrink(window, windowBytes)
    window.asOf = more ? undefined : asOf
    if (more) return 'more'
    return events.length > 0 ? 'some' : 'nothing'
  }

  const unsubscribe = store.onAppended(appended.ring)

  const run = async (): Promise<void> => {
    let failures = 0
    let idle = 0
    while (!signal.aborted) {
      room.reset()
      if (window && window.ahead >= windowBytes / 2) {
        await room.wait()
        continue
      }
      appended.reset()
      try {
        const found = await read()
        failure = undefined
        failures = 0
        idle = found === 'nothing' ? idle + 1 : 0
        begun()
        wakeAll()
        if (found === 'some') await appended.pause(gatherMs)
        if (found === 'nothing' && (await appended.wait(pauseAfter(idle, pollMs)))) idle = 0
      } catch (error) {
        failure = { error }
        failures++
        begun()
        wakeAll()
        await appended.pause(pauseAfter(failures, retryMs))
      }
    }
    begun()
  }
  void run()

  /** Where what follows a position begins in the window; undefined when it begins before it. */
  const indexAfter = ({ after, entries }: Window, position: Position | undefined): number | undefined => {
    if (compare(position, after) <= 0) return position === after ? 0 : undefined
    if (position === entries.at(-1)?.envelope.position) return entries.length
    let [from, to] = [0, entries.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (compare(entries[middle]?.envelope.position, position) <= 0) from = middle + 1
      else to = middle
    }
    return from
  }

  const serve = (from: Window, begin: number, { limit, maxBytes = defaultBatchBytes }: BatchBounds): FeedPage => {
    let end = begin
    let bytes = 0
    for (; end < from.entries.length && end - begin < limit; end++) {
      bytes += from.entries[end]?.bytes ?? 0
      if (bytes > maxBytes && end > begin) break
    }
    for (; from.served < end; from.served++) from.ahead -= from.entries[from.served]?.bytes ?? 0
    room.ring()
    const more = end < from.entries.length
    return {
      events: from.entries.slice(begin, end).map(({ envelope }) => envelope),
      more,
      asOf: more ? undefined : from.asOf,
    }
  }

  return {
    stop: () => {
      unsubscribe()
      stopping.abort()
    },
    readOn: appended.ring,
    held: () => ({ events: window?.entries.length ?? 0, bytes: window?.bytes ?? 0 }),
    next: async (after, bounds) => {
      await beginning
      if (!window && failure) throw failure.error
      const index = window && indexAfter(window, after)
      if (window && index !== undefined) {
        if (failure && index === window.entries.length) throw failure.error
        return serve(window, index, bounds)
      }
      const page = await readAlone(store, after, bounds)
      // Whoever catches up goes on with the events in memory, which all get.
      const known = window?.after
      const joins = known === undefined ? -1 : page.events.findIndex(({ position }) => compare(position, known) > 0)
      return joins > 0 ? { events: page.events.slice(0, joins), more: true, asOf: undefined } : page
    },
  }
}

async function readAlone(store: EventStore, after: Position | undefined, bounds: BatchBounds): Promise<FeedPage> {
  const asOf = Date.now()
  const { events, more } = await readBatch(store, after, bounds)
  return { events, more, asOf: more ? undefined : asOf }
}

const endOf = ({ entries, after }: Window): Position | undefined => entries.at(-1)?.envelope.position ?? after

function add(window: Window, envelope: EventEnvelope, bytes: number): void {
  window.entries.push({ envelope, bytes })
  window.bytes += bytes
  window.ahead += bytes
}

/** Lets go of the oldest events beyond the bound; the last one stays. */
function shrink(window: Window, windowBytes: number): void {
  let gone = 0
  for (; window.bytes > windowBytes && gone < window.entries.length - 1; gone++) {
    window.bytes -= window.entries[gone]?.bytes ?? 0
    if (gone >= window.served) window.ahead -= window.entries[gone]?.bytes ?? 0
  }
  const last = window.entries.splice(0, gone).at(-1)
  if (!last) return
  window.after = last.envelope.position
  window.served = Math.max(0, window.served - gone)
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const each of Object.values(value)) deepFreeze(each)
  return value
}

/** What a batch is bounded by. */
export type BatchBounds = {
  /** Events, at most. */
  readonly limit: number
  /** About how many bytes its events may have together; a single event may have more. 4 MiB by default. */
  readonly maxBytes?: number
}

export type ReadBatch = {
  readonly events: readonly EventEnvelope[]
  /** About how many bytes each of them has. */
  readonly sizes: readonly number[]
  /** Whether a bound ended the batch, so that more may follow at once. */
  readonly more: boolean
}

export const defaultBatchBytes = 4 * 1_024 * 1_024

/** Events that are read at once, if they are small. */
const pageSize = 500

/** A page with fewer characters than this part of its bound was not ended by it. */
const leastOfBound = 1 / 8

/**
 * Reads events after a position up to the first bound that is reached; at least one, if there is any. Pages are bounded as
 * well, so that the memory it takes does not depend on what was written.
 * @throws what the store does; CorruptHistory only at the first event: those before one that cannot be read are delivered.
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

/** Lets a loop sleep until something rings, time is up, or the signal aborts. */
export type Alarm = {
  ring(): void
  /** Forgets rings so far. */
  reset(): void
  /** Sleeps until a ring since the last reset, at most so many milliseconds if there is a bound; answers whether it rang. */
  wait(milliseconds?: number): Promise<boolean>
  /** Sleeps so many milliseconds, whatever rings. */
  pause(milliseconds: number): Promise<void>
}

/** The most that a timer takes. */
const longest = 2 ** 31 - 1

/** An alarm for one loop, that an abort of the signal ends for good: every sleep is over at once. */
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
