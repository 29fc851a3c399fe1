import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant, SlaState } from '@guichet/domain'
import type { Reader, TimeRange } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import { allOf, among, amongOrNone, anyOf } from '../reading/slice.ts'
import { ofTerms } from '../reading/terms.ts'
import type { SlaDashboard, SlaDimension, SlaFigures, SlaFilter, SlaTargetFilter } from './sla-query.ts'
import { dueLast, outcomeSpans } from './target-row.ts'

/** The figures of a group of targets, or of all of them, as a statement returns them. */
export type SelectedFigures = {
  readonly total: boolean
  readonly key: string | null
} & Readonly<Record<'on_time' | 'imminent' | 'breached' | 'paused' | 'met' | 'missed' | 'cancelled', string>>

type Question = { readonly filter: SlaFilter; readonly period: TimeRange; readonly by: SlaDimension }

/**
 * Adds up counters, and corrects them by the targets that are overdue without a recorded breach, of which there are few
 * while the clocks run. The whole months and days of the period come from counters too, its ends from the targets
 * themselves.
 */
export async function readDashboard(reader: Reader, question: Question, now: Instant): Promise<SlaDashboard> {
  const { filter, period, by } = question
  const read = sql.id(readSchema)
  const selected = await reader.rows(sql<SelectedFigures>`
    with counted as (
      select terms, pending as on_time, imminent, breached, paused, 0 as met, 0 as missed, 0 as cancelled
      from ${read}.sla_open
      union all
      select terms, -(count(*) filter (where state = 'PENDING'))::integer,
        -(count(*) filter (where state = 'IMMINENT_BREACH'))::integer,
        count(*)::integer, 0, 0, (count(*) filter (where ${within('o.breaches_at', period)}))::integer, 0
      from ${read}.sla_target o where breaches_at < ${now}::timestamptz group by terms
      union all
      ${outcomes(period)}
    ), by_terms as (
      select terms, sum(on_time) as on_time, sum(imminent) as imminent, sum(breached) as breached, sum(paused) as paused,
        sum(met) as met, sum(missed) as missed, sum(cancelled) as cancelled
      from counted group by terms
    )
    select grouping(g.key) = 1 as total, g.key,
      coalesce(sum(on_time), 0) as on_time, coalesce(sum(imminent), 0) as imminent,
      coalesce(sum(breached), 0) as breached, coalesce(sum(paused), 0) as paused,
      coalesce(sum(met), 0) as met, coalesce(sum(missed), 0) as missed, coalesce(sum(cancelled), 0) as cancelled
    from by_terms c join ${read}.sla_terms m on m.id = c.terms cross join lateral (select ${keyOf(by, filter)} as key) g
    where ${termsCondition('m', filter)}
    group by grouping sets ((), (g.key))
    order by total, key nulls last`)
  return dashboardOf(selected)
}

/** The dashboard of a statement's groups, of which one is the total. */
export function dashboardOf(selected: readonly SelectedFigures[]): SlaDashboard {
  const total = selected.find((each) => each.total)
  return {
    total: total ? figuresOf(total) : nothing,
    groups: selected.flatMap((each) => (each.total ? [] : [{ key: each.key, figures: figuresOf(each) }])),
  }
}

/** The dimensions of targets. */
function keyOf(by: SlaDimension, { category = [] }: SlaFilter): RawBuilder<unknown> {
  if (by === 'level') return sql`m.level::text`
  if (by !== 'category') return sql.ref(`m.${by}`)
  return sql`array_to_string((string_to_array(m.category, '/'))[1:${depthBelow(category)}], '/')`
}

/** The depth of a category one level below the nearest of the filter's categories that contains it. */
function depthBelow(categories: readonly (string | null)[]): RawBuilder<unknown> {
  const paths = categories.filter((path) => path !== null).map((path) => ({ path, depth: path.split('/').length + 1 }))
  if (paths.length === 0) return sql`1`
  const holding = paths
    .sort((a, b) => b.depth - a.depth)
    .map(({ path, depth }) => sql`when ${ofTerms('m', { category: [path] })} then ${sql.lit(depth)}`)
  return sql`case ${sql.join(holding, sql` `)} else 1 end`
}

/** How targets ended within a period, by terms. */
function outcomes(period: TimeRange): RawBuilder<unknown> {
  const read = sql.id(readSchema)
  const { months, days, parts } = outcomeSpans(period)
  const counted = (span: 'day' | 'month') => (each: { from?: string | undefined; to?: string | undefined }) => sql`
    select terms, 0, 0, 0, 0, met, missed, cancelled from ${read}.sla_outcome
    where span = ${span} and day >= ${each.from ?? '-infinity'}::date and day < ${each.to ?? 'infinity'}::date`
  const uncounted = (each: TimeRange) => sql`
    select terms, 0, 0, 0, 0, (count(*) filter (where outcome = 'met'))::integer,
      (count(*) filter (where outcome = 'missed'))::integer, (count(*) filter (where outcome = 'cancelled'))::integer
    from ${read}.sla_target o where outcome_at is not null and ${within('o.outcome_at', each)} group by terms`
  return sql.join(
    [...months.map(counted('month')), ...days.map(counted('day')), ...parts.map(uncounted), noOutcome],
    sql` union all `,
  )
}

const noOutcome = sql`select null::uuid, 0, 0, 0, 0, 0, 0, 0 where false`

function within(column: string, { from, to }: TimeRange): RawBuilder<unknown> {
  const at = sql.ref(column)
  return sql`(${from ?? null}::timestamptz is null or ${at} >= ${from ?? null}::timestamptz)
    and (${to ?? null}::timestamptz is null or ${at} < ${to ?? null}::timestamptz)`
}

function figuresOf(selected: SelectedFigures): SlaFigures {
  const [met, missed] = [Number(selected.met), Number(selected.missed)]
  return {
    onTime: Number(selected.on_time),
    aboutToBreach: Number(selected.imminent),
    breached: Number(selected.breached),
    paused: Number(selected.paused),
    met,
    missed,
    cancelled: Number(selected.cancelled),
    share: met + missed === 0 ? null : met / (met + missed),
  }
}

const nothing: SlaFigures = {
  onTime: 0,
  aboutToBreach: 0,
  breached: 0,
  paused: 0,
  met: 0,
  missed: 0,
  cancelled: 0,
  share: null,
}

/** The condition of a filter on terms, or on targets, which have the same columns. */
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

/** The condition of a filter on targets `s`, as of an instant. */
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

/** Whether a ticket has a target that meets a filter, as of an instant. */
export const hasTarget = (
  ticketId: RawBuilder<unknown>,
  filter: SlaTargetFilter,
  now: Instant,
): Condition => sql`exists (
  select from ${sql.id(readSchema)}.sla_target s where s.ticket_id = ${ticketId} and ${targetCondition(filter, now)})`

/** Whether a filter selects only open targets or only ended ones; undefined when both. */
export function openOf({ open, state }: SlaTargetFilter): boolean | undefined {
  return open ?? (state?.every((each) => onlyOpen.has(each)) ? true : undefined)
}

const onlyOpen: ReadonlySet<SlaState> = new Set(['PENDING', 'IMMINENT_BREACH', 'PAUSED'])

function inState(state: SlaState, now: Instant): Condition {
  const overdue = sql`s.breaches_at < ${now}::timestamptz`
  if (state === 'BREACHED') return sql`(s.due_at < ${now}::timestamptz and (s.state = 'BREACHED' or ${overdue}))`
  return sql`(s.state = ${state} and (${overdue}) is not true)`
}
