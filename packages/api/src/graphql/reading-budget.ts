import { charactersOf } from '@guichet/domain'
import { edgeError } from '../errors.ts'
import type { Permits } from '../permits.ts'

/** Limits on what one operation may read of histories and texts. */
export type ReadingLimits = {
  /** The number of events of histories. */
  readonly historyEvents: number
  /** The size of messages, in bytes. */
  readonly textBytes: number
}

/** The places that all operations of a process share. */
export type ReadingPlaces = {
  /** For operations that hold much in memory, each until it is answered. */
  readonly large: Permits
  /** For pages of histories, each until it has been processed. */
  readonly pages: Permits
}

/** The reading budget of one operation: counts what it reads of histories and texts, and holds its place among the large operations. */
export type ReadingBudget = {
  /** Counts a page of events of histories, with its texts; throws `too_complex` beyond the limit. */
  events(page: readonly { readonly event: object }[]): void
  /** Counts texts of messages in the answer; an operation with much of it waits as in `large`. */
  texts(bytes: number): Promise<void>
  /**
   * Reads a page. Since a page can be some megabytes, an operation reads one page at a time and a process a few. The next page of the
   * operation also waits for `after`.
   */
  page<T>(read: () => Promise<T>, after?: (page: T) => Promise<void>): Promise<T>
  /** Waits for a place among the few large operations; throws `read_timeout` when none is free in time. */
  large(): Promise<void>
  /** Whether a text that may not be shown can stay in memory; counts it if so. */
  keeps(characters: number): boolean
  /** Counts the time until the promise settles as time that the operation waits, rather than works. */
  waiting<T>(awaited: Promise<T>): Promise<T>
  /** How long the operation has waited, for places or otherwise, in milliseconds. */
  waitedMs(): number
  /** Ends the operation: releases its place and resets the counts. */
  release(): void
  /** Ends the last operation: work still in progress gets no place, since it could not be released. */
  close(): void
}

/** The size of texts up to which an operation needs no place, in bytes. */
const littleText = 1024 * 1024

/** How many characters of texts that may not be shown an operation keeps in memory, so as not to read them again. */
const mostUnshown = 256 * 1024

/** The most that one operation is charged for histories whose texts it does not return, in bytes: nobody pays for others' long texts. */
const mostCharged = 2 * 1024 * 1024

/** A reader: their name in the queue for places, and a callback for the bytes read for them. */
type Reader = { readonly name: string; readonly onRead: (bytes: number) => void }

const anonymous: Reader = { name: '', onRead: () => undefined }

/** @param waitMs how long an operation waits for a place. */
export function createReadingBudget(
  limits: ReadingLimits,
  places: ReadingPlaces,
  { name, onRead }: Reader = anonymous,
  waitMs = 15_000,
): ReadingBudget {
  let events = 0
  let charged = 0
  let bytes = 0
  let unshown = 0
  let place: Promise<() => void> | undefined
  let pageBefore: Promise<unknown> = Promise.resolve()
  let closed = false
  const waiting = createStopwatch()

  const placeAmong = async (permits: Permits): Promise<() => void> => {
    if (closed) throw edgeError('read_timeout', 'the operation has been answered')
    const end = waiting.begin()
    const free = await permits.take(waitMs, name).finally(end)
    if (!free) throw edgeError('read_timeout', 'too many long histories are being read; ask again')
    return free
  }
  const charge = (more: number): void => {
    const within = Math.min(more, mostCharged - charged)
    charged += within
    if (within > 0) onRead(within)
  }
  const large = async (): Promise<void> => {
    place ??= placeAmong(places.large)
    await place
  }
  const release = (): void => {
    void place?.then((free) => free()).catch(() => undefined)
    place = undefined
    events = 0
    charged = 0
    bytes = 0
    unshown = 0
    waiting.reset()
  }
  return {
    events: (page) => {
      events += page.length
      charge(page.reduce((sum, { event }) => sum + charactersOf(event), 0))
      if (events > limits.historyEvents) {
        throw edgeError('too_complex', `the operation reads more than ${limits.historyEvents} events of histories`)
      }
    },
    texts: async (more) => {
      bytes += more
      onRead(more)
      if (bytes > limits.textBytes) {
        const message = `the operation answers with more than ${limits.textBytes} bytes of texts; ask for smaller pages`
        throw edgeError('too_complex', message)
      }
      if (bytes > littleText) await large()
    },
    page: (read, after) => {
      const turn = pageBefore.then(async () => {
        const free = await placeAmong(places.pages)
        const page = await read().finally(free)
        await after?.(page)
        return page
      })
      pageBefore = turn.catch(() => undefined)
      return turn
    },
    large,
    keeps: (characters) => {
      if (unshown + characters > mostUnshown) return false
      unshown += characters
      return true
    },
    waiting: (awaited) => awaited.finally(waiting.begin()),
    waitedMs: waiting.ms,
    release,
    close: () => {
      closed = true
      release()
    },
  }
}

/** Measures how long at least one piece of work was in progress. */
function createStopwatch() {
  let underWay = 0
  let since = 0
  let total = 0
  return {
    begin: (): (() => void) => {
      if (underWay++ === 0) since = performance.now()
      return () => {
        if (--underWay === 0) total += performance.now() - since
      }
    },
    ms: (): number => total,
    reset: (): void => void (total = 0),
  }
}
