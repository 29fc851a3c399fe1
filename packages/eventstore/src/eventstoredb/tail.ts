import type { EventCatalogue, EventEnvelope, Position, ReadAll } from '@guichet/domain'
import { createGroupRead } from '../grouping/index.ts'
import type { Placed } from './all-events.ts'
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
    const events = await readOn(connection, searched, pageSize)
    if (events.length === pageSize) {
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
  const held = (after: Place | undefined, limit: number): readonly Entry[] | undefined => {
    if (!window) return undefined
    const { entries } = window
    if (same(after, window.after)) return entries.slice(0, limit)
    const at = entries.findLastIndex(({ event }) => same(event.position, after))
    return at < 0 ? undefined : entries.slice(at + 1, at + 1 + limit)
  }

  return {
    async readAll({ after, limit }) {
      const place = after === undefined ? undefined : toPlace(after)
      const known = held(place, limit)
      if (known?.length === limit) return known.map(envelopeOf)
      if (known || !window) await extended(undefined)
      const all = held(place, limit)
      if (all) return all.map(envelopeOf)
      const page = await readAfter(connection, place, limit)
      return page.map((event) => toEnvelope(catalogue, toRecorded(event, connection.names)))
    },
    async head() {
      await extended(undefined)
      const last = window?.entries.at(-1)?.event.position ?? window?.after
      return last && toPosition(last)
    },
  }
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
