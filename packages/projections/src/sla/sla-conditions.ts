import type { Instant, SlaState } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { readSchema } from '../reading/reader.ts'
import type { SlaFilter, SlaTargetFilter } from './sla-query.ts'
import { dueLast } from './target-row.ts'

type Condition = RawBuilder<unknown>

/** What a filter asks of terms, or of targets, which have the same columns. */
export function termsCondition(
  alias: 's' | 'm',
  { target, category, priority, plan, policy, team, level, centre }: SlaFilter,
): Condition {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return allOf([
    target && among(column('target'), target),
    category !== undefined &&
      sql`(${column('category')} = ${category} or starts_with(${column('category')}, ${`${category}/`}))`,
    priority && among(column('priority'), priority),
    plan && among(column('plan'), plan),
    policy && among(column('policy'), policy),
    team && among(column('team'), team),
    level && sql`${column('level')} = any(${[...level]}::smallint[])`,
    centre && among(column('centre'), centre),
  ])
}

/** What a filter asks of targets `s`, as they stand at an instant. */
export function targetCondition(filter: SlaTargetFilter, now: Instant): Condition {
  const { state, assigneeId, dueAt } = filter
  const open = openOf(filter)
  return allOf([
    sql`not s.held`,
    open !== undefined && (open ? sql`s.running` : sql`not s.running`),
    termsCondition('s', filter),
    assigneeId && among(sql.ref('s.assignee_id'), assigneeId),
    dueAt?.from && sql`s.due_at >= ${dueAt.from}::timestamptz`,
    dueAt && sql`s.due_at < ${dueAt.to ?? dueLast}::timestamptz`,
    state && anyOf(state.map((each) => inState(each, now))),
  ])
}

/** Whether a ticket has a target that a filter asks for, as it stands at an instant. */
export const hasTarget = (
  ticketId: RawBuilder<unknown>,
  filter: SlaTargetFilter,
  now: Instant,
): Condition => sql`exists (
  select from ${sql.id(readSchema)}.sla_target s where s.ticket_id = ${ticketId} and ${targetCondition(filter, now)})`

/** Whether a filter asks for open targets, or for those that are over; undefined when for both. */
export function openOf({ open, state }: SlaTargetFilter): boolean | undefined {
  return open ?? (state?.every((each) => onlyOpen.has(each)) ? true : undefined)
}

const onlyOpen: ReadonlySet<SlaState> = new Set(['PENDING', 'IMMINENT_BREACH', 'PAUSED'])

function inState(state: SlaState, now: Instant): Condition {
  const overdue = sql`s.breaches_at < ${now}::timestamptz`
  if (state === 'BREACHED') return sql`(s.due_at < ${now}::timestamptz and (s.state = 'BREACHED' or ${overdue}))`
  return sql`(s.state = ${state} and (${overdue}) is not true)`
}

const among = (column: RawBuilder<unknown>, values: readonly string[]): Condition =>
  sql`${column} = any(${[...values]}::text[])`

const anyOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`

function allOf(conditions: readonly (Condition | undefined | false)[]): Condition {
  const given = conditions.filter((condition) => condition !== undefined && condition !== false)
  return given.length === 0 ? sql`true` : sql`(${sql.join(given, sql` and `)})`
}
