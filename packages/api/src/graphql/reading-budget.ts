import { charactersOf } from '@guichet/domain'
import { edgeError } from '../errors.ts'

/** What one operation may read of histories and texts. */
export type ReadingLimits = {
  /** Events of histories. */
  readonly historyEvents: number
  /** Of messages, in bytes. */
  readonly textBytes: number
}

/** The places of a process that operations share. */
export type ReadingPlaces = {
  /** Of operations that hold much in memory, until they are answered. */
  readonly large: Permits
  /** Of pages of histories that are read, each until it has been looked through. */
  readonly pages: Permits
}

/** What one operation has read that grows with how long tickets are, and its place among those that read much. */
export type ReadingBudget = {
  /** Counts a page of events of histories, with its texts; throws `too_complex` when they are too many. */
  events(page: readonly { readonly event: object }[]): void
  /** Counts texts of messages that are answered with: whoever holds much of it waits as `large` does. */
  texts(bytes: number): Promise<void>
  /** Reads a page: one at a time of an operation, a few at a time of a process, since each may hold some megabytes. The next one of the operation waits for `after` too. */
  page<T>(read: () => Promise<T>, after?: (page: T) => Promise<void>): Promise<T>
  /** Waits for the operation's place among the few that hold much in memory at once; throws `read_timeout` when none is free in time. */
  large(): Promise<void>
  /** Whether so long a text may be kept though it may not be shown; what may is counted. */
  keeps(characters: number): boolean
  /** For how long the operation has waited for places, in milliseconds. */
  waitedMs(): number
  /** The operation is over: its place is free, and another one begins to count. */
  release(): void
  /** The last operation is over: what is still under way of it gets no place any more, since nobody would give it back. */
  close(): void
}

/** What is little enough to be read beside any number of others, in bytes. */
const littleText = 1024 * 1024

/** How many characters of texts that may not be shown an operation keeps, rather than to read them again. */
const mostKept = 256 * 1024

/** What one operation is charged at the most for histories whose texts it does not answer with, in bytes: nobody pays for how long another's are. */
const mostCharged = 2 * 1024 * 1024

/** Who reads: their name among those who wait, and what hears of what is read for them, in bytes. */
type Reader = { readonly name: string; readonly onRead: (bytes: number) => void }

const nobody: Reader = { name: '', onRead: () => undefined }

/** `waitMs`: for how long an operation waits for a place. */
export function createReadingBudget(
  limits: ReadingLimits,
  places: ReadingPlaces,
  { name, onRead }: Reader = nobody,
  waitMs = 15_000,
): ReadingBudget {
  let events = 0
  let charged = 0
  let bytes = 0
  let kept = 0
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
    kept = 0
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
      if (kept + characters > mostKept) return false
      kept += characters
      return true
    },
    waitedMs: waiting.ms,
    release,
    close: () => {
      closed = true
      release()
    },
  }
}

/** How long something was under way, once or several times at once. */
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

/** A number of places, of which each is taken by one at a time. */
type Permits = {
  /**
   * Waits for a place; answers with what gives it back, undefined when none is free in time. Those who wait have their turn one after the
   * other by `name`, and each name first come, first served.
   */
  take(patienceMs: number, name?: string): Promise<(() => void) | undefined>
}

type Given = (release: () => void) => void

/** So many places, all of them free. */
export function createPermits(places: number): Permits {
  let free = places
  const waiting = new Map<string, Set<Given>>()

  const leave = (name: string, given: Given): void => {
    const own = waiting.get(name)
    own?.delete(given)
    if (own?.size === 0) waiting.delete(name)
  }

  /** The next name goes behind all others, whether more of it wait or not. */
  const next = (): Given | undefined => {
    const [[name, own] = []] = waiting
    const [given] = own ?? []
    if (name === undefined || !own || !given) return undefined
    waiting.delete(name)
    own.delete(given)
    if (own.size > 0) waiting.set(name, own)
    return given
  }

  const releaseOnce = (): (() => void) => {
    let held = true
    return () => {
      if (!held) return
      held = false
      const given = next()
      if (given) given(releaseOnce())
      else free++
    }
  }

  return {
    take: (patienceMs, name = '') => {
      if (free > 0) {
        free--
        return Promise.resolve(releaseOnce())
      }
      return new Promise((resolve) => {
        const given = (release: () => void): void => {
          clearTimeout(timer)
          resolve(release)
        }
        const timer = setTimeout(() => {
          leave(name, given)
          resolve(undefined)
        }, patienceMs)
        waiting.set(name, (waiting.get(name) ?? new Set()).add(given))
      })
    },
  }
}
