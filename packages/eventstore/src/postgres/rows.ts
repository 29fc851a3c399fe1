import type { Actor, EventCatalogue, EventEnvelope, FirstOutcome, Instant } from '@guichet/domain'
import { decodeEvent } from '@guichet/domain'
import type { CustomTypesConfig } from 'pg'
import { toPosition } from './position.ts'

/** Values as Postgres writes them, whatever type parsers the process has set up globally. */
export const asText: CustomTypesConfig = { getTypeParser: () => (value: string) => value }

/** The columns of an event, in the order of `Row`; times are milliseconds since 1970. */
export const columns = `transaction_id, position, stream, version, type, schema_version, data,
  (date_part('epoch', occurred_at) * 1000)::bigint, actor_kind, actor_id, actor_name,
  (date_part('epoch', recorded_at) * 1000)::bigint, command_id, correlation_id, causation_id`

export type Row = [
  transactionId: string,
  position: string,
  stream: string,
  version: string,
  type: string,
  schemaVersion: string,
  data: string,
  occurredMs: string,
  actorKind: Actor['kind'],
  actorId: string,
  actorName: string | null,
  recordedMs: string,
  commandId: string,
  correlationId: string | null,
  causationId: string | null,
]

/**
 * An event as it was stored, at today's schema version.
 * @throws CorruptHistory as `decodeEvent` does.
 */
export function toEnvelope(catalogue: EventCatalogue, row: Row): EventEnvelope {
  const [transactionId, position, stream, version, type, schemaVersion, data, occurredMs, kind, id, name] = row
  const [, , , , , , , , , , , recordedMs, commandId, correlationId, causationId] = row
  const stored = {
    type,
    schemaVersion: Number(schemaVersion),
    at: toInstant(occurredMs),
    by: name === null ? { kind, id } : { kind, id, name },
    data: JSON.parse(data) as unknown,
  }
  return {
    event: decodeEvent(catalogue, stored),
    id: `${stream}/${version}`,
    stream,
    version: Number(version),
    position: toPosition(transactionId, position),
    recordedAt: toInstant(recordedMs),
    commandId,
    correlationId: correlationId ?? commandId,
    causationId: causationId ?? commandId,
    schemaVersion: stored.schemaVersion,
  }
}

/** Where a command's events ended, as its last event tells. */
export function toFirstOutcome(
  version: string,
  transactionId: string,
  position: string,
  fingerprint: string | null,
): FirstOutcome {
  const written = { version: Number(version), position: toPosition(transactionId, position) }
  return fingerprint === null ? written : { ...written, fingerprint }
}

const toInstant = (milliseconds: string): Instant => new Date(Number(milliseconds)).toISOString() as Instant
