import type { EventCatalogue, EventEnvelope, Position, ReadAll } from '@guichet/domain'
import { createGroupRead } from '../group-read.ts'
import { pauseAfter } from '../retry.ts'
import type { PageBounds, PlacedEvent } from './all-events.ts'
import { lastOfAll, lastOfOwn, notHere, readAfter, readOn } from './all-events.ts'
import type { Connection } from './connection.ts'
import type { Place } from './position.ts'
import { compare, toPlace, toPosition } from './position.ts'
import { toEnvelope, toRecorded } from './recorded.ts'

/** All events in their order; foreign events after the last event of this store are searched once. */
type Tail = {
  readAll(request: ReadAll): Promise<readonly EventEnvelope[]>
  head(): Promise<Position | undefined>
}

/** An event of this store after which there was none, up to where the log has been searched. */
type SearchedRange = { readonly last: Place | undefined; readonly upTo: Place | undefined }

/**
 * Continues where it has searched before, for a reader that requests the events after the last one it read: the feed of
 * the process. While nothing at all is written, a read fetches the last event of the log and nothing else.
 */
export function createTail(connection: Connection, catalogue: EventCatalogue): Tail {
  let reading: SearchedRange | undefined
  let heading: SearchedRange | undefined
  /** Whether the last read at the end found nothing. */
  let idle = false

  const readAtEnd = async ({ last, upTo }: SearchedRange, bounds: PageBounds): Promise<readonly PlacedEvent[]> => {
    const end = idle ? await lastOfAll(connection) : undefined
    if (idle && upTo && isBehind(upTo, end)) throw notHere(upTo)
    if (idle && !isBehind(end, upTo)) return []
    const events = await readOn(connection, upTo, bounds)
    const next = events.at(-1)?.position
    // Another reader may have read further meanwhile.
    if (same(reading?.last, last)) reading = { last: next ?? last, upTo: next ?? end ?? upTo }
    idle = next === undefined
    return events
  }

  const read = async (place: Place | undefined, bounds: PageBounds): Promise<readonly PlacedEvent[]> => {
    if (reading && same(place, reading.last)) return readAtEnd(reading, bounds)
    const events = await readAfter(connection, place, bounds)
    const last = events.at(-1)?.position ?? place
    if (!reading || isBehind(last, reading.last)) reading = { last, upTo: last }
    return events
  }

  const lookForHead = async (): Promise<Place | undefined> => {
    const end = await lastOfAll(connection)
    if (heading && !isBehind(end, heading.upTo)) return heading.last
    const [next] = heading ? await readOn(connection, heading.upTo, { limit: 1 }) : [undefined]
    const last = !heading || next ? (await lastOfOwn(connection))?.position : heading.last
    heading = { last, upTo: isBehind(last, end) ? last : end }
    return last
  }

  const head = createGroupRead<undefined, Place | undefined>({
    maxInFlight: 1,
    maxRequests: Infinity,
    concernsAll: () => true,
    send: async (requests) => {
      const place = await lookForHead()
      return requests.map(() => () => place)
    },
  })

  return {
    async readAll({ after, ...bounds }) {
      const events = await read(after === undefined ? undefined : toPlace(after), bounds)
      return events.map((event) => toEnvelope(catalogue, toRecorded(event, connection.names)))
    },
    async head() {
      const last = await head(undefined)
      return last && toPosition(last)
    },
  }
}

const same = (one: Place | undefined, other: Place | undefined): boolean =>
  one && other ? compare(one, other) === 0 : one === other

const isBehind = (one: Place | undefined, other: Place | undefined): boolean =>
  one !== undefined && (other === undefined || compare(one, other) > 0)

const resubscribeMs = { first: 100, last: 5_000 }

/** How often the server reports its search position, which is unused here: after this many windows of events. */
const searchWindows = 1_000

/** Notifies readers in this process that there may be new events. It is only a hint. */
type WakeUp = {
  /** Wakes readers now: this process has appended, up to that place. */
  appended(to: Place): void
  subscribe(wake: () => void): () => void
  close(): Promise<void>
}

/**
 * Wakes readers by a subscription to the events of this store from now on. It is opened for the first reader, and
 * reopened for ever, with growing pauses, when the server or the network ends it. The keep-alive of the connection
 * detects a subscription that goes silent.
 */
export function createWakeUp({ client, names }: Connection): WakeUp {
  const wakers = new Set<() => void>()
  let subscription: ReturnType<typeof client.subscribeToAll> | undefined
  let pending: NodeJS.Timeout | undefined
  let failures = 0
  let closed = false
  let ownPlace: Place | undefined
  const filter = { filterOn: 'streamName', checkpointInterval: searchWindows, ...names.filter } as const

  const wakeAll = (): void => {
    for (const wake of wakers) queueMicrotask(wake)
  }

  const listen = (): void => {
    const opened = client.subscribeToAll({ fromPosition: 'end', filter })
    subscription = opened
    const again = (): void => {
      if (closed || subscription !== opened) return
      subscription = undefined
      void opened.unsubscribe().catch(() => undefined)
      pending = setTimeout(listen, pauseAfter(++failures, resubscribeMs))
      pending.unref()
    }
    opened.on('error', again).on('end', again).on('close', again)
    opened.on('data', ({ event }) => {
      // This process has already woken its readers for its own appends.
      if (!ownPlace || !event || compare(event.position, ownPlace) > 0) wakeAll()
    })
    opened.on('confirmation', () => {
      failures = 0
      wakeAll()
    })
  }

  return {
    appended(to) {
      if (!ownPlace || compare(to, ownPlace) > 0) ownPlace = to
      wakeAll()
    },
    subscribe(wake) {
      const waker = (): void => wake()
      wakers.add(waker)
      if (!subscription && !pending && !closed) listen()
      return () => void wakers.delete(waker)
    },
    async close() {
      closed = true
      wakers.clear()
      clearTimeout(pending)
      await subscription?.unsubscribe().catch(() => undefined)
    },
  }
}
