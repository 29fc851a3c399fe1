import { edgeError } from '../../errors/index.ts'
import type { Permits } from './permits.ts'

/** What one operation may read of histories and texts. */
export type ReadingLimits = {
  /** Events of histories. */
  readonly historyEvents: number
  /** Of messages, in bytes. */
  readonly textBytes: number
}

/** What one operation has read that grows with how long tickets are, and its place among those that read much. */
export type ReadingBudget = {
  /** Counts a page of events of histories as it is read, with its texts; throws `too_complex` when they are too many. */
  events(page: readonly { readonly event: object }[]): void
  /** Counts texts of messages that are answered with, before they are read: much of them waits as `large` does. */
  texts(bytes: number): Promise<void>
  /** Waits for the operation's place among the few that hold much in memory at once; throws `read_timeout` when none is free in time. */
  large(): Promise<void>
  /** The operation is over: its place is free, and another one begins to count. */
  release(): void
}

/** What is little enough to be read beside any number of others, in bytes. */
const littleText = 1024 * 1024

/** `onRead` hears of what is read, in bytes; `waitMs`: for how long an operation waits for its place. */
export function createReadingBudget(
  limits: ReadingLimits,
  permits: Permits,
  onRead: (bytes: number) => void = () => undefined,
  waitMs = 15_000,
): ReadingBudget {
  let events = 0
  let bytes = 0
  let place: Promise<(() => void) | undefined> | undefined
  const large = async (): Promise<void> => {
    place ??= permits.take(waitMs)
    if (!(await place)) throw edgeError('read_timeout', 'too many long histories are being read; ask again')
  }
  return {
    events: (page) => {
      events += page.length
      onRead(page.reduce((sum, { event }) => sum + bytesOf(event), 0))
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
    large,
    release: () => {
      void place?.then((release) => release?.())
      place = undefined
      events = 0
      bytes = 0
    },
  }
}

/** About how many bytes an event takes: its texts, and something for the rest. */
function bytesOf(event: object): number {
  let bytes = 100
  for (const value of Object.values(event)) if (typeof value === 'string') bytes += value.length
  return bytes
}
