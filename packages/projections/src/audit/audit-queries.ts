import type { Actor } from '@guichet/domain'
import { sql } from 'kysely'
import { byNumber, toInstant } from '../reading/ordering.ts'
import type { Condition } from '../reading/condition.ts'
import { allOf, among } from '../reading/condition.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { AuditFilter, AuditQueries, AuditRow } from './audit-query.ts'

type Selected = {
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

/** Asks the live generation of the audit trail, newest first in the order of recording. */
export function auditQueries(reader: Reader): AuditQueries {
  const from = sql`${sql.id(readSchema)}.audit a`
  const ordering = byNumber({ expression: sql`a.seq`, id: sql`a.id`, direction: 'desc' })
  return {
    list: (filter, page) =>
      readSlice(reader, { columns: sql`a.*`, from, where: condition(filter), ordering }, page, toRow),
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

function toRow(selected: Selected): AuditRow {
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
