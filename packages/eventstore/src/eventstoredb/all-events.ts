import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { ReadFiltered } from './client.ts'
import type { Connection, EventMark } from './connection.ts'
import type { Place } from './position.ts'
import { compare, toPosition } from './position.ts'
import { collect, retried } from './read.ts'
import type { Raw } from './recorded.ts'
import { isOffTheLog, troubleOf } from './trouble.ts'

/** Whether the server has an event that it had before; also true where the event may have been removed since. */
export async function stillHas(connection: Connection, { position, id }: EventMark): Promise<boolean> {
  try {
    const [first] = await read(connection, { from: position, limit: 1 })
    if (first) return compare(first.position, position) !== 0 || first.id === id
    const last = await lastOfAll(connection)
    return last !== undefined && compare(position, last) <= 0
  } catch (error) {
    if (isNowhere(error)) return false
    throw error
  }
}

/** Whether the server's answer is that it has no event at a place. */
const isNowhere = (error: unknown): boolean => isOffTheLog(error) || troubleOf(error) === 'invalid'

/** An event with its place among all of them. */
export type PlacedEvent = Raw & {
  readonly position: Place
  /** The size of its data and metadata. */
  readonly bytes: number
}

/**
 * The end of a page of events at the latest: after a number of events, or after the one that reaches a number of bytes.
 */
export type PageBounds = { readonly limit: number; readonly maxBytes?: number | undefined }

/**
 * Returns the next events of this store after a place; the server filters them from all its events.
 * @throws RangeError for a place at which this server has no event.
 */
export async function readAfter(
  connection: Connection,
  after: Place | undefined,
  bounds: PageBounds,
): Promise<readonly PlacedEvent[]> {
  const events = await readOn(connection, after, bounds).catch((error: unknown) => {
    if (after === undefined || !isNowhere(error)) throw error
    throw notHere(after, error)
  })
  if (events.length === 0 && after !== undefined) await assertWithin(connection, after)
  return events
}

/** The same, from a place that is known to belong to this server. */
export async function readOn(
  connection: Connection,
  after: Place | undefined,
  { limit, maxBytes = Infinity }: PageBounds,
): Promise<readonly PlacedEvent[]> {
  const { filter } = connection.names
  const events: PlacedEvent[] = []
  let bytes = 0
  for (let from = after; ;) {
    const count = limit - events.length + 1
    const page = await read(connection, { from: from ?? 'start', limit: count, filter }, maxBytes - bytes)
    for (const event of page) {
      if (isMark(event) || (from && compare(event.position, from) <= 0)) continue
      events.push(event)
      bytes += event.bytes
    }
    const last = page.at(-1)
    if (last) connection.saw(last)
    if (events.length >= limit || bytes >= maxBytes || page.length < count) return events.slice(0, limit)
    from = page.at(-1)?.position
  }
}

/** Events that the server writes into streams of others: a deletion, or a link of a projection. */
const isMark = ({ type }: PlacedEvent): boolean => type.startsWith('$')

/** The last event of all, also of other applications and the server itself. */
export async function lastOfAll(connection: Connection): Promise<Place | undefined> {
  const [last] = await read(connection, lastEvent)
  return last?.position
}

/** The last event of this store. */
export async function lastOfOwn(connection: Connection): Promise<PlacedEvent | undefined> {
  const { filter } = connection.names
  for (let from: Place | 'end' = 'end'; ;) {
    const [last]: readonly PlacedEvent[] = await read(connection, { from, limit: 1, backwards: true, filter })
    if (!last || !isMark(last)) return last
    from = last.position
  }
}

/** @throws RangeError for a place after everything on this server, which the server answers with no events. */
async function assertWithin(connection: Connection, place: Place): Promise<void> {
  const last = await lastOfAll(connection)
  if (last === undefined || compare(place, last) > 0) throw notHere(place)
}

/** The error for a place at which this server has no event. */
export const notHere = (place: Place, cause?: unknown): RangeError =>
  new RangeError(`not a position in this EventStoreDB: ${toPosition(place)}`, { cause })

const lastEvent: ReadFiltered = { from: 'end', limit: 1, backwards: true }

/** The server is silent while it searches a stretch without a match, however long that takes. */
async function read(
  connection: Connection,
  request: ReadFiltered,
  maxBytes = Infinity,
): Promise<readonly PlacedEvent[]> {
  const { client } = connection
  const pieces = await retried<ReadResp>(connection, () => client.readFiltered(request), {
    createEnough: () => reaching(maxBytes),
    ...(request.filter && {
      assertAnswering: async () => void (await collect(() => client.readFiltered(lastEvent), connection)),
    }),
  })
  return pieces.flatMap((piece) => toPlaced(piece) ?? [])
}

/**
 * Whether pieces reach a number of bytes together. The reader may already have the first one, so a second one is
 * required too.
 */
function reaching(maxBytes: number): (piece: ReadResp) => boolean {
  let bytes = 0
  let count = 0
  return (piece) => {
    const event = piece.getEvent()?.getEvent()
    if (event && count++ > 0) bytes += event.getData_asU8().length + event.getCustomMetadata_asU8().length
    return bytes >= maxBytes
  }
}

function toPlaced(piece: ReadResp): PlacedEvent | undefined {
  const event = piece.getEvent()?.getEvent()
  if (!event) return undefined
  const described = event.getMetadataMap()
  const isJson = described.get('content-type') === 'application/json'
  const data = event.getData_asU8()
  const metadata = event.getCustomMetadata_asU8()
  return {
    id: event.getId()?.getString() ?? '',
    streamId: utf8(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
    revision: BigInt(event.getStreamRevision()),
    type: described.get('type') ?? '',
    isJson,
    data: isJson ? parsed(data) : data,
    metadata: parsed(metadata),
    created: new Date(Number(BigInt(described.get('created') ?? 0) / ticksPerMillisecond)),
    position: { commit: BigInt(event.getCommitPosition()), prepare: BigInt(event.getPreparePosition()) },
    bytes: data.length + metadata.length,
  }
}

const ticksPerMillisecond = 10_000n
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** Undefined for data that is no JSON, which this product has not written. */
function parsed(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(utf8(bytes))
  } catch {
    return undefined
  }
}
