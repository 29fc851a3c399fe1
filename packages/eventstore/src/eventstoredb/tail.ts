import type { EventCatalogue, EventEnvelope, Position, ReadAll } from '@guichet/domain'
import { createGroupRead } from '../grouping/index.ts'
import type { PageBounds, Placed } from './all-events.ts'
import { lastOfAll, lastOfOwn, readAfter, readOn } from './all-events.ts'
import type { Connection } from './connection.ts'
import type { Place } from './position.ts'
import { compare, toPlace, toPosition } from './position.ts'
import { toEnvelope, toRecorded } from './recorded.ts'

/** All events in their order, for every reader of a process. */
export type Tail = {
  readAll(request: ReadAll): Promise<readonly EventEnvelope[]>
  head(): Promise<Position | undefined>
}

type Entry = { readonly event: Placed; envelope?: EventEnvelope }

/** The last events of the store: all of them behind `after`, as far as the log has been searched. */
type Window = {
  after: Place | undefined
  searched: Place | undefined
  readonly entries: Entry[]
  bytes: number
}

const pageSize = 1_000
const most = { events: 2_000, bytes: 8 * 1024 * 1024 }

/**
 * Keeps the last events in memory, 2,000 or 8 MB of them, so that the readers of a process who follow closely share one read
 * of each event: whoever wants more than there is waits for one read from where the log was last searched, which all who ask
 * meanwhile wait for too. Whoever is further behind reads pages of their own.
 */
export function createTail(connection: Connection, catalogue: EventCatalogue): Tail {
  let window: Window | undefined
  let idle = false

  /** Begins behind the last event, whatever was known before. */
  const begin = async (): Promise<Window> => {
    const searched = await lastOfAll(connection)
    const last = searched && (await lastOfOwn(connection))
    const after = last?.position
    return {
      after,
      searched: searched && after && compare(after, searched) > 0 ? after : searched,
      entries: [],
      bytes: 0,
    }
  }

  const extend = async (): Promise<void> => {
    if (!window) {
      window = await begin()
      return
    }
    const { searched } = window
    const end = idle ? await lastOfAll(connection) : undefined
    if (idle && (end === undefined || (searched && compare(end, searched) <= 0))) return
    const bounds = { limit: pageSize, maxBytes: most.bytes }
    const events = await readOn(connection, searched, bounds)
    if (isFull(events, bounds)) {
      window = await begin()
      return
    }
    for (const event of events) add(window, event)
    window.searched = events.at(-1)?.position ?? end ?? searched
    idle = events.length === 0
  }

  const extended = createGroupRead<undefined, void>({
    maxInFlight: 1,
    maxRequests: Infinity,
    concernsAll: () => true,
    send: async (requests) => {
      await extend()
      return requests.map(() => () => undefined)
    },
  })

  const envelopeOf = (entry: Entry): EventEnvelope =>
    (entry.envelope ??= toEnvelope(catalogue, toRecorded(entry.event, connection.names)))

  /** What the window holds behind a place; undefined when it does not begin there, and has no event there. */
  const held = (after: Place | undefined, bounds: PageBounds): readonly Entry[] | undefined => {
    if (!window) return undefined
    const { entries } = window
    if (same(after, window.after)) return within(entries, 0, bounds)
    const at = entries.findLastIndex(({ event }) => same(event.position, after))
    return at < 0 ? undefined : within(entries, at + 1, bounds)
  }

  return {
    async readAll({ after, ...bounds }) {
      const place = after === undefined ? undefined : toPlace(after)
      const known = held(place, bounds)
      if (
        known &&
        isFull(
          known.map(({ event }) => event),
          bounds,
        )
      )
        return known.map(envelopeOf)
      if (known || !window) await extended(undefined)
      const all = held(place, bounds)
      if (all) return all.map(envelopeOf)
      const page = await readAfter(connection, place, bounds)
      return page.map((event) => toEnvelope(catalogue, toRecorded(event, connection.names)))
    },
    async head() {
      await extended(undefined)
      const last = window?.entries.at(-1)?.event.position ?? window?.after
      return last && toPosition(last)
    },
  }
}

const isFull = (events: readonly Placed[], { limit, maxBytes = Infinity }: PageBounds): boolean =>
  events.length === limit || events.reduce((sum, { bytes }) => sum + bytes, 0) >= maxBytes

/** The entries from an index on that make up a page. */
function within(entries: readonly Entry[], from: number, { limit, maxBytes = Infinity }: PageBounds): readonly Entry[] {
  let to = from
  for (let bytes = 0; to < entries.length && to - from < limit && bytes < maxBytes; to++) {
    bytes += entries[to]?.event.bytes ?? 0
  }
  return entries.slice(from, to)
}

const same = (one: Place | undefined, other: Place | undefined): boolean =>
  one && other ? compare(one, other) === 0 : one === other

function add(window: Window, event: Placed): void {
  window.entries.push({ event })
  window.bytes += event.bytes
  while (window.entries.length > most.events || (window.bytes > most.bytes && window.entries.length > 1)) {
    const [oldest] = window.entries.splice(0, 1)
    if (!oldest) return
    window.after = oldest.event.position
    window.bytes -= oldest.event.bytes
  }
}
