import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import { whyOf } from './why.ts'

/** Every event of every stream, numbered in global order. Rows are only ever added. */
export function auditProjection(): Projection {
  return {
    name: 'audit',
    version: 2,
    tables: ['audit'],
    createTables,
    createIndexes,
    project: async (events, { tx }) => {
      if (events.length === 0) return
      await sql`
        insert into audit (
          seq, id, stream, version, type, at, recorded_at, actor_kind, actor_id, actor_name, command_id, correlation_id,
          causation_id, reason
        )
        select (select coalesce(max(seq), 0) from audit) + r.ordinal, r.id, r.stream, r.version, r.type, r.at,
          r.recorded_at, r.actor_kind, r.actor_id, r.actor_name, r.command_id,
          coalesce(r.correlation_id, r.command_id), coalesce(r.causation_id, r.command_id), r.reason
        from json_to_recordset(${JSON.stringify(events.map(toRow))}::json) as r (
          ordinal integer, id text, stream text, version integer, type text, at timestamptz, recorded_at timestamptz,
          actor_kind text, actor_id text, actor_name text, command_id text, correlation_id text, causation_id text,
          reason text
        )`.execute(tx)
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table audit (
      seq bigint primary key,
      id text not null,
      stream text collate "C" not null,
      version integer not null,
      type text collate "C" not null,
      at timestamptz not null,
      recorded_at timestamptz not null,
      actor_kind text not null,
      actor_id text collate "C" not null,
      actor_name text,
      command_id text not null,
      correlation_id text collate "C" not null,
      causation_id text not null,
      reason text
    )`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  for (const column of ['stream', 'actor_id', 'type', 'correlation_id', 'at']) {
    await sql`create index on audit (${sql.id(column)}, seq)`.execute(tx)
  }
  await sql`analyze audit`.execute(tx)
}

/** What equals the command's id is left out, and filled in again where it is written. */
function toRow({ event, id, stream, version, recordedAt, ...from }: RecordedEvent, index: number) {
  const { commandId, correlationId, causationId } = from
  return {
    ordinal: index + 1,
    id,
    stream,
    version,
    type: event.type,
    at: event.at,
    recorded_at: recordedAt,
    actor_kind: event.by.kind,
    actor_id: event.by.id,
    actor_name: event.by.name,
    command_id: commandId,
    correlation_id: correlationId === commandId ? undefined : correlationId,
    causation_id: causationId === commandId ? undefined : causationId,
    reason: whyOf(event),
  }
}
