import type { Instant, SlaState } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Condition } from '../reading/condition.ts'
import { allOf, among, amongOrNone, anyOf } from '../reading/condition.ts'
import { readSchema } from '../reading/reader.ts'
import { ofTerms } from '../terms/terms-conditions.ts'
import type { SlaFilter, SlaTargetFilter } from './sla-query.ts'
import { dueLast } from './target-row.ts'

/** What a filter asks of terms, or of targets, which have the same columns. */
export function termsCondition(alias: 's' | 'm', filter: SlaFilter): Condition {
  const { target, priority, policy, centre } = filter
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return allOf([
    target && among(column('target'), target),
    priority && among(column('priority'), priority),
    policy && among(column('policy'), policy),
    centre && amongOrNone(column('centre'), centre),
    ofTerms(alias, filter),
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
