import type { EventData, JSONType, RecordedEvent } from '@eventstore/db-client'
import { z } from 'zod'
import type { Actor, EventCatalogue, EventEnvelope, Instant } from '@guichet/domain'
import { CorruptHistory, decodeEvent } from '@guichet/domain'
import type { EncodedAppend } from '../encode-append.ts'
import { AppendRejected } from '../failure.ts'
import type { StreamFilter } from './client.ts'
import type { Place } from './position.ts'
import { toPosition } from './position.ts'

/** The metadata of an event: `$correlationId` and `$causationId` are names that EventStoreDB's own tools know. */
const metadataSchema = z.object({
  $correlationId: z.string(),
  $causationId: z.string(),
  commandId: z.string(),
  fingerprint: z.string().optional(),
  schemaVersion: z.int(),
  occurredAt: z.string(),
  actor: z.custom<Actor>((actor) => typeof actor === 'object' && actor !== null && 'kind' in actor && 'id' in actor),
})

type Metadata = z.infer<typeof metadataSchema>

/** An event of this product as the server stores it; its data is parsed only when the event itself is read. */
export type ServerEvent = {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly position: EventEnvelope['position']
  readonly metadata: Metadata
  readonly raw: Raw
}

/** An event as a read returns it. */
export type Raw = Pick<RecordedEvent, 'id' | 'streamId' | 'revision' | 'type' | 'isJson' | 'created'> & {
  readonly data: unknown
  readonly metadata?: unknown
  readonly position?: Place | undefined
}

/** The events of an append as the client sends them, with their ids in the same order. */
export function toProposed(encoded: EncodedAppend, ids: readonly string[]): EventData[] {
  const { commandId, fingerprint, correlationId, causationId, events } = encoded
  return events.map(({ type, schemaVersion, at, by, data }, index) => {
    const metadata: Metadata = {
      $correlationId: correlationId,
      $causationId: causationId,
      commandId,
      ...(fingerprint !== undefined && { fingerprint }),
      schemaVersion,
      occurredAt: at,
      actor: by,
    }
    return { id: ids[index] ?? '', contentType: 'application/json', type, data: data as JSONType, metadata }
  })
}

/**
 * Reads the metadata that the server stores with an event. Versions count from 1, the server's revisions from 0.
 * @throws CorruptHistory for an event that this product has not written.
 */
export function toRecorded(raw: Raw, names: Pick<StreamNames, 'here'>): ServerEvent {
  const { streamId, revision, position } = raw
  const stream = names.here(streamId)
  const version = Number(revision) + 1
  const metadata = metadataSchema.safeParse(raw.metadata)
  if (!metadata.success || !raw.isJson || !position) {
    const message = `${raw.type} at ${version} of the stream ${stream} was not written by this product`
    throw new CorruptHistory(message, raw.created.toISOString() as Instant)
  }
  return { id: raw.id, stream, version, position: toPosition(position), metadata: metadata.data, raw }
}

/**
 * An event as it was stored, at today's schema version.
 * @throws CorruptHistory as `decodeEvent` does.
 */
export function toEnvelope(catalogue: EventCatalogue, recorded: ServerEvent): EventEnvelope {
  const { stream, version, position, metadata, raw } = recorded
  const { $correlationId, $causationId, commandId, schemaVersion, occurredAt, actor } = metadata
  const at = occurredAt as Instant
  const recordedAt = raw.created.toISOString() as Instant
  return {
    event: decodeEvent(catalogue, { type: raw.type, schemaVersion, at, by: actor, data: raw.data }, recordedAt),
    id: `${stream}/${version}`,
    stream,
    version,
    position,
    recordedAt,
    commandId,
    correlationId: $correlationId,
    causationId: $causationId,
    schemaVersion,
  }
}

/** The names of this store's streams on the server, where other applications may have streams of their own. */
export type StreamNames = {
  onServer(stream: string): string
  here(onServer: string): string
  /** Selects this store's events from all events. */
  readonly filter: StreamFilter
  /**
   * @throws RangeError or AppendRejected for a stream that could not be stored, or that the filter would not find
   * again.
   */
  check(stream: string): void
}

/**
 * Excludes the server's own names, and names with a prefix before the category: those belong to a Guichet with a
 * prefix.
 */
const unprefixed = '^[^$.-][^.-]*(?:-|$)'

/** With a prefix, streams are named `<prefix>.<stream>`, and no others are visible; without one, `<stream>`. */
export function streamNames(prefix: string | undefined): StreamNames {
  const before = prefix === undefined ? '' : `${prefix}.`
  const plain = new RegExp(unprefixed)
  return {
    onServer: (stream) => `${before}${stream}`,
    here: (onServer) => onServer.slice(before.length),
    filter: prefix === undefined ? { regex: unprefixed } : { prefixes: [before] },
    check(stream) {
      if (stream === '' || (prefix === undefined && !plain.test(stream))) {
        throw new RangeError(`not a stream that is kept without streamPrefix: ${stream}`)
      }
      if (Buffer.from(stream).toString() !== stream) {
        throw new AppendRejected('the stream holds half a surrogate pair, which EventStoreDB cannot keep')
      }
    },
  }
}
