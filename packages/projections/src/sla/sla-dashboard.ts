import type { Instant } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { TimeRange } from '../reading/page.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { outcomeSpans } from './outcome-spans.ts'
import { ofTerms } from '../terms/terms-conditions.ts'
import { termsCondition } from './sla-conditions.ts'
import type { SlaDashboard, SlaDimension, SlaFigures, SlaFilter } from './sla-query.ts'

type Selected = {
  readonly total: boolean
  readonly key: string | null
} & Readonly<Record<'on_time' | 'imminent' | 'breached' | 'paused' | 'met' | 'missed' | 'cancelled', string>>

type Question = { readonly filter: SlaFilter; readonly period: TimeRange; readonly by: SlaDimension }

/**
 * Adds up counters, and corrects them by the targets that are overdue though nobody has recorded it, of which there are few
 * while the clocks run; whole months and days of the period come from counters too, and its ends from the targets themselves.
 */
export async function readDashboard(reader: Reader, question: Question, now: Instant): Promise<SlaDashboard> {
  const { filter, period, by } = question
  const read = sql.id(readSchema)
  const selected = await reader.rows(sql<Selected>`
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
  const total = selected.find((each) => each.total)
  return {
    total: total ? figuresOf(total) : nothing,
    groups: selected.flatMap((each) => (each.total ? [] : [{ key: each.key, figures: figuresOf(each) }])),
  }
}

/** What targets are told apart by. */
function keyOf(by: SlaDimension, { category = [] }: SlaFilter): RawBuilder<unknown> {
  if (by === 'level') return sql`m.level::text`
  if (by !== 'category') return sql.ref(`m.${by}`)
  return sql`array_to_string((string_to_array(m.category, '/'))[1:${depthBelow(category)}], '/')`
}

/** How deep a category lies that is one level below the nearest of the filter's that holds it. */
function depthBelow(asked: readonly (string | null)[]): RawBuilder<unknown> {
  const paths = asked.filter((path) => path !== null).map((path) => ({ path, depth: path.split('/').length + 1 }))
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

function figuresOf(selected: Selected): SlaFigures {
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
