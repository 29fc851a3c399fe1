import { sql } from 'kysely'
import type { Actor, GuichetEvent, Instant } from '@guichet/domain'
import type { Page, Reader, Slice, TimeRange } from './reading/reader.ts'
import { readSchema } from './reading/reader.ts'
import type { Condition } from './reading/slice.ts'
import { allOf, among, byNumber, readSlice, toInstant } from './reading/slice.ts'
import type { Projection, RecordedEvent } from './runner/projection.ts'
import { tablesOf, writtenTable } from './written-table.ts'

/** Every event of every stream, numbered in global order. Rows are append-only. */
export function auditProjection(): Projection {
  return {
    name: 'audit',
    version: 2,
    ...tablesOf(auditTable),
    project: async (events, { tx }) => {
      await auditTable.insert(tx, events.map(toRow), { values: numbered })
    },
  }
}

const auditTable = writtenTable(
  'audit',
  `seq bigint primary key,
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
  reason text`,
  {
    indexes: ['stream', 'actor_id', 'type', 'correlation_id', 'at'].map((column) => `index on audit (${column}, seq)`),
  },
)

/** Numbers go on behind the last row, and ids that equal the command's are filled in. */
const numbered = {
  seq: sql`(select coalesce(max(seq), 0) from audit) + r.seq`,
  correlation_id: sql`coalesce(r.correlation_id, r.command_id)`,
  causation_id: sql`coalesce(r.causation_id, r.command_id)`,
}

/** Omits ids that equal the command's id. */
function toRow({ event, id, stream, version, recordedAt, ...from }: RecordedEvent, index: number) {
  const { commandId, correlationId, causationId } = from
  return {
    seq: index + 1,
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

type SelectedRow = {
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly at: Date
  readonly recorded_at: Date
  readonly actor_kind: Actor['kind']
  readonly actor_id: string
  readonly actor_name: string | null
  readonly command_id: string
  readonly correlation_id: string
  readonly causation_id: string
  readonly reason: string | null
}

/** Queries the live generation of the audit trail, the last recorded first. */
export function auditQueries(reader: Reader): AuditQueries {
  const from = sql`${sql.id(readSchema)}.audit a`
  const ordering = byNumber({ expression: sql`a.seq`, id: sql`a.id`, direction: 'desc' })
  return {
    list: (filter, page) =>
      readSlice(reader, { columns: sql`a.*`, from, where: condition(filter), ordering }, page, toAuditRow),
  }
}

function condition({ stream, version, actorId, type, correlationId, at }: AuditFilter): Condition {
  return allOf([
    stream !== undefined && sql`a.stream = ${stream}`,
    version !== undefined && sql`a.version = ${version}`,
    actorId !== undefined && sql`a.actor_id = ${actorId}`,
    type !== undefined && among(sql`a.type`, type),
    correlationId !== undefined && sql`a.correlation_id = ${correlationId}`,
    at?.from !== undefined && sql`a.at >= ${at.from}::timestamptz`,
    at?.to !== undefined && sql`a.at < ${at.to}::timestamptz`,
  ])
}

function toAuditRow(selected: SelectedRow): AuditRow {
  const { actor_kind, actor_id, actor_name } = selected
  return {
    id: selected.id,
    stream: selected.stream,
    version: selected.version,
    type: selected.type,
    at: toInstant(selected.at),
    recordedAt: toInstant(selected.recorded_at),
    actor: { kind: actor_kind, id: actor_id, ...(actor_name !== null && { name: actor_name }) },
    commandId: selected.command_id,
    correlationId: selected.correlation_id,
    causationId: selected.causation_id,
    reason: selected.reason ?? undefined,
  }
}

/** One event: who, when, what and why. */
export type AuditRow = {
  /** The event's id. */
  readonly id: string
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly at: Instant
  readonly recordedAt: Instant
  readonly actor: Actor
  readonly commandId: string
  readonly correlationId: string
  readonly causationId: string
  /** The reason the event carries, if it carries one. */
  readonly reason: string | undefined
}

/** Conditions on entries of the audit trail, all of which must hold. */
export type AuditFilter = {
  readonly stream?: string | undefined
  readonly version?: number | undefined
  readonly actorId?: string | undefined
  readonly type?: readonly string[] | undefined
  readonly correlationId?: string | undefined
  readonly at?: TimeRange | undefined
}

/** The queries on the audit trail. */
export type AuditQueries = {
  /** The trail in the order of recording, newest first. */
  list(filter: AuditFilter, page: Page): Promise<Slice<AuditRow>>
}

/** The reason that an event carries, in the words of its actor; undefined if it carries none. */
function whyOf(event: GuichetEvent): string | undefined {
  switch (event.type) {
    case 'ConfigurationApplied':
      return event.comment
    case 'TicketReopened':
    case 'TicketClosed':
      return event.note === undefined ? event.reason : `${event.reason}; ${event.note}`
    default:
      return 'reason' in event ? event.reason : undefined
  }
}
