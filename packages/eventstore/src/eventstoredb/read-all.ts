import type { Position, ReadAll } from '@guichet/domain'
import type { AllStreamRecordedEvent, AllStreamResolvedEvent } from '@eventstore/db-client'
import type { Connection } from './connection.ts'
import type { Place } from './position.ts'
import { compare, toPlace, toPosition } from './position.ts'
import { persistently } from './read.ts'
import type { Recorded } from './recorded.ts'
import { toRecorded } from './recorded.ts'
import { troubleOf } from './trouble.ts'

const largestPage = 1_000

/**
 * Up to `limit` events after a position, without the server's own: the client cannot ask the server to leave them out, so
 * pages are read until there are enough.
 * @throws RangeError for a position that the server does not know; CorruptHistory for an event that is not ours.
 */
export async function readAllAfter(connection: Connection, { after, limit }: ReadAll): Promise<readonly Recorded[]> {
  const events: Recorded[] = []
  let place = after === undefined ? undefined : toPlace(after)
  let size = Math.min(limit, largestPage) + 1
  while (events.length < limit) {
    const page = await readPage(connection, place, size)
    for (const event of page) {
      if (place && compare(event.position, place) <= 0) continue
      if (!isSystem(event) && events.length < limit) events.push(toRecorded(event))
    }
    if (page.length < size) break
    place = page.at(-1)?.position
    size = Math.min(2 * size, largestPage)
  }
  return events
}

async function readPage(
  connection: Connection,
  place: Place | undefined,
  maxCount: number,
): Promise<readonly AllStreamRecordedEvent[]> {
  try {
    const page = await persistently(connection, () =>
      connection.client.readAll({ fromPosition: place ?? 'start', maxCount, requiresLeader: true }),
    )
    return recorded(page)
  } catch (error) {
    if (place === undefined || troubleOf(error) !== 'invalid') throw error
    throw new RangeError(`not a position in this EventStoreDB: ${toPosition(place)}`, { cause: error })
  }
}

/** Tells the position of the last event, again and again. */
export type Head = () => Promise<Position | undefined>

/** Looks back from the end, past the server's own events, no further than it has looked before. */
export function createHead(connection: Connection): Head {
  let known: { readonly last: Place | undefined; readonly seen: Place } | undefined

  return async () => {
    const before = known
    let newest: Place | undefined
    let from: Place | 'end' = 'end'
    for (let size = 4; ; size = Math.min(4 * size, largestPage)) {
      const page: readonly AllStreamRecordedEvent[] = recorded(
        await persistently(connection, () =>
          connection.client.readAll({
            direction: 'backwards',
            fromPosition: from,
            maxCount: size,
            requiresLeader: true,
          }),
        ),
      )
      newest ??= page[0]?.position
      const found = page.find((event) => !isSystem(event))?.position
      const looked = page.at(-1)?.position
      const over = page.length < size || (before && looked && compare(looked, before.seen) <= 0)
      if (found || over) {
        const last = found && (!before?.last || compare(found, before.last) > 0) ? found : (before?.last ?? found)
        if (newest && (!known || compare(newest, known.seen) >= 0)) known = { last, seen: newest }
        return last && toPosition(last)
      }
      from = looked ?? 'end'
    }
  }
}

const recorded = (page: readonly AllStreamResolvedEvent[]): readonly AllStreamRecordedEvent[] =>
  page.flatMap(({ event }) => event ?? [])

/** What the server writes for itself: statistics, the metadata of streams, the links of projections. */
const isSystem = ({ type, streamId }: AllStreamRecordedEvent): boolean =>
  type.startsWith('$') || streamId.startsWith('$')
