import type { Instant } from '@guichet/domain'
import { toInstant } from '../reading/ordering.ts'
import type { SlaTargetRow } from './sla-query.ts'
import type { TargetRow } from './target-row.ts'
import { derivedColumns } from './target-row.ts'

type Nullable<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }

/** A row of `sla_target`, as far as it is shown. */
export type SelectedTarget = Nullable<TargetRow> & { readonly breaches_at: Date | null }

/** A target as it stands at an instant: overdue is breached, whether or not anybody has recorded it. */
export function slaTargetRow(selected: SelectedTarget, now: Instant): SlaTargetRow {
  const { record, breaches_at } = selected
  const overdue = breaches_at !== null && toInstant(breaches_at) < now
  const pauses = record.pauses ?? []
  const last = pauses.at(-1)
  return {
    id: selected.id,
    ticketId: selected.ticket_id,
    target: selected.target,
    cycle: record.cycle,
    state: overdue ? 'BREACHED' : selected.state,
    open: selected.running,
    held: selected.held,
    since: record.since,
    dueAt: record.dueAt,
    timeLeft: record.timeLeft,
    pauses,
    pausedSince: last && last.to === undefined ? last.from : undefined,
    warnedAt: record.warnedAt,
    breachedAt: overdue ? record.dueAt : record.breachedAt,
    metAt: record.metAt,
    answeredAt: record.answeredAt,
    cancelledAt: record.cancelledAt,
    policy: selected.policy,
    policyVersion: record.policyVersion,
    calendar: record.calendar,
    calendarOf: record.calendarOf,
    notBefore: record.notBefore,
    category: selected.category ?? undefined,
    priority: selected.priority,
    plan: selected.plan ?? undefined,
    team: selected.team ?? undefined,
    level: selected.level,
    centre: selected.centre ?? undefined,
    assigneeId: selected.assignee_id ?? undefined,
  }
}

/** The same of a row that was never written. */
export function unwrittenTargetRow(row: TargetRow, now: Instant): SlaTargetRow {
  const { breaches_at } = derivedColumns(row)
  const nulls = { category: null, plan: null, team: null, centre: null, assignee_id: null }
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as TargetRow
  const selected = { ...nulls, ...given, breaches_at: breaches_at === undefined ? null : new Date(breaches_at) }
  return slaTargetRow(selected as SelectedTarget, now)
}
