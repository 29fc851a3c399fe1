import type { Instant } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { SlaFilter, SlaState, SlaTargetFilter } from './sla-query.ts'

type Condition = RawBuilder<unknown>

/** What a filter asks of terms, or of targets, which have the same columns. */
export function termsCondition(
  alias: 't' | 'm',
  { target, category, priority, plan, policy, team }: SlaFilter,
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
  ])
}

/** What a filter asks of targets `t`, as they stand at an instant. */
export function targetCondition(filter: SlaTargetFilter, now: Instant): Condition {
  const { state, open, assigneeId, dueAt } = filter
  const ofOpen = open ?? (state?.every((each) => onlyOpen.has(each)) ? true : undefined)
  return allOf([
    sql`not t.held`,
    ofOpen !== undefined && (ofOpen ? sql`t.running` : sql`not t.running`),
    termsCondition('t', filter),
    assigneeId && among(sql.ref('t.assignee_id'), assigneeId),
    dueAt?.from && sql`t.sort_at >= ${dueAt.from}::timestamptz`,
    dueAt?.to && sql`t.sort_at < ${dueAt.to}::timestamptz`,
    dueAt && sql`t.due_at is not null`,
    state && anyOf(state.map((each) => inState(each, now))),
  ])
}

const onlyOpen: ReadonlySet<SlaState> = new Set(['PENDING', 'IMMINENT_BREACH', 'PAUSED'])

function inState(state: SlaState, now: Instant): Condition {
  const overdue = sql`t.breaches_at < ${now}::timestamptz`
  if (state === 'BREACHED') return sql`(t.state = 'BREACHED' or ${overdue})`
  return sql`(t.state = ${state} and (${overdue}) is not true)`
}

const among = (column: RawBuilder<unknown>, values: readonly string[]): Condition =>
  sql`${column} = any(${[...values]}::text[])`

const anyOf = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`

function allOf(conditions: readonly (Condition | undefined | false)[]): Condition {
  const given = conditions.filter((condition) => condition !== undefined && condition !== false)
  return given.length === 0 ? sql`true` : sql`(${sql.join(given, sql` and `)})`
}
