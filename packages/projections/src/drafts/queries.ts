import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Draft, DraftStatus, Instant, SuspicionRule } from '@guichet/domain'
import { days, later, shareOf, suspicionRules } from '@guichet/domain'
import type { Page, Reader, Slice, TimeRange } from '../reading/reader.ts'
import { coalesced, readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import { allOf, among, byInstant, readSlice, toInstant } from '../reading/slice.ts'
import { idsOfPersons, isSolved } from '../reading/terms.ts'

/** A draft of a customer, with what became of it. */
export type DraftRow = {
  /** Unique among the drafts of all customers. */
  readonly id: string
  readonly customerId: string
  readonly draft: Draft
  /** When its customer was offered it; undefined for one that they never saw. */
  readonly offeredAt: Instant | undefined
  /** When it was opened, dismissed, reported or withheld, or lapsed. */
  readonly decidedAt: Instant | undefined
}

/** Conditions on drafts, all of which must hold. */
export type DraftFilter = {
  /** Those of any of these customers; of a person, under all ids that were merged. */
  readonly customerIds?: readonly string[] | undefined
  /** Any of these statuses; all without them. */
  readonly status?: readonly DraftStatus[] | undefined
  /** Those alone that their customers see: they were offered, and no review has withheld them since. */
  readonly areVisible?: boolean | undefined
}

/** What became of drafts. */
export type DraftOutcomes = {
  readonly suspected: number
  /** Those that customers were offered. */
  readonly offered: number
  /** Those that nobody was offered, so that the effect of the others can be measured. */
  readonly holdout: number
  /** Those that a review has withheld. */
  readonly withheld: number
  readonly opened: number
  readonly dismissed: number
  /** Those whose customers had another ticket opened meanwhile, which is probably about the same. */
  readonly reported: number
  /** Those that were offered and that nobody decided in time. */
  readonly lapsed: number
}

/** What became of the drafts of a day, in UTC. */
export type DraftDay = DraftOutcomes & { readonly day: string }

/** What became of the drafts that a rule has suspected in a period. */
export type DraftFigures = DraftOutcomes & {
  readonly rule: SuspicionRule
  /** Of those that were offered and are decided, the share that was opened; null where there are none. */
  readonly acceptance: number | null
  /** Of those that a person has decided, the share that was right: opened, and neither dismissed nor withheld. */
  readonly precision: number | null
  /** The days on which there were any, by the day on which each was suspected. */
  readonly days: readonly DraftDay[]
}

/** The drafts whose effect is compared: those of the holdout, and all others. */
export const draftGroups = ['offered', 'holdout'] as const

/** A group of drafts whose effect is compared. */
export type DraftGroup = (typeof draftGroups)[number]

/** For how many days after a suspicion the tickets of its customer count. */
export const effectDays = 7

/** Of how few cases no share and no median is said. */
export const fewestCases = 10

/** What customers did by themselves or with a draft, of the drafts that a rule has suspected in a period. */
export type DraftEffect = {
  readonly rule: SuspicionRule
  readonly group: DraftGroup
  /** The drafts that were suspected `effectDays` ago at least. */
  readonly cases: number
  /** Those whose customers have opened a ticket within that time, from the draft or not, under any of their ids. */
  readonly reported: number
  /** The share of those; null for fewer than `fewestCases` cases. */
  readonly share: number | null
  /** The median time until their first ticket, in milliseconds; null for fewer than `fewestCases` tickets. */
  readonly medianTimeToReport: number | null
}

/**
 * How many tickets fewer the customers have opened who were offered the drafts of a rule than the holdout lets expect;
 * below 0 where drafts bring up more than they avoid. Null for fewer than `fewestCases` cases in either group.
 * @param effect both groups of the rule.
 */
export function ticketsAvoided(effect: readonly DraftEffect[]): number | null {
  const [offered, holdout] = draftGroups.map((name) => effect.find(({ group }) => group === name))
  if (!offered || offered.share === null || !holdout || holdout.share === null) return null
  return (holdout.share - offered.share) * offered.cases
}

/** The queries on drafts. */
type DraftsQueries = {
  /** Drafts, those that were suspected last at the beginning. */
  list(filter: DraftFilter, page: Page): Promise<Slice<DraftRow>>
  /** Drafts in the order of their ids; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (DraftRow | undefined)[]>
  /**
   * The solved tickets about trouble, those that were resolved last at the beginning: of those that were opened from a
   * draft about it, of those that have ended such a draft, of both those of the latest drafts alone, and of others.
   * Needs `ticketModels`.
   * @param others tickets about it that no draft has to do with.
   * @param customerIds whose tickets alone; everybody's by default.
   */
  solvedTickets(
    fingerprint: string,
    others: readonly string[],
    limit: number,
    customerIds?: readonly string[],
  ): Promise<readonly string[]>
  /**
   * The figures of each rule, of the drafts that were suspected in a period, without those that were opened and whose
   * tickets the desk has refused.
   */
  figures(range: TimeRange): Promise<readonly DraftFigures[]>
  /**
   * The effect of the drafts of a rule, of those that were suspected in a period: the two groups are alike but for the
   * offer, since it is chance that holds a draft back. A review, a customer who declines and a desk that refuses the
   * ticket leave a draft in its group.
   * @param now the end of what has happened: drafts that were suspected within `effectDays` before it do not count.
   */
  effect(range: TimeRange, now: Instant): Promise<readonly DraftEffect[]>
}

type SelectedRow = {
  readonly id: string
  readonly customer_id: string
  readonly state: Draft
  readonly offered_at: Date | null
  readonly decided_at: Date | null
}

type SelectedCounts = DraftDay & { readonly rule: SuspicionRule }

type SelectedEffect = {
  readonly rule: SuspicionRule
  readonly is_holdout: boolean
  readonly cases: number
  readonly reported: number
  readonly median: number | null
}

/** Queries the live generation of the drafts. */
export function draftsQueries(reader: Reader): DraftsQueries {
  const from = sql`${sql.id(readSchema)}.draft d`
  const columns = sql`d.id, d.customer_id, d.state, d.offered_at, d.decided_at`
  const ordering = byInstant({ expression: sql`d.suspected_at`, id: sql`d.id`, direction: 'desc' })
  const byIds = async (ids: readonly string[]): Promise<readonly (DraftRow | undefined)[]> => {
    const selected = await reader.rows(sql<SelectedRow>`
      select ${columns} from ${from} where d.id = any(${[...ids]}::text[])`)
    const rowsById = new Map(selected.map((each) => [each.id, toRow(each)]))
    return ids.map((id) => rowsById.get(id))
  }
  return {
    list: (filter, page) => readSlice(reader, { columns, from, where: conditionOf(filter), ordering }, page, toRow),
    byIds: coalesced(byIds),
    solvedTickets: async (fingerprint, others, limit, customerIds) => {
      const of = (customer: RawBuilder<unknown>): Condition =>
        customerIds === undefined ? sql`true` : among(customer, customerIds)
      const latestDrafts = (column: RawBuilder<unknown>, condition: Condition): RawBuilder<unknown> => sql`
        (select ${column} as id from ${from}
         where d.fingerprint = ${fingerprint} and ${condition} and ${of(sql`d.customer_id`)}
         order by d.decided_at desc limit ${mostOfEach})`
      const selected = await reader.rows(sql<{ readonly id: string }>`
        select t.id from (
          ${latestDrafts(sql`d.ticket_id`, sql`d.outcome = 'resolved'`)}
          union ${latestDrafts(sql`d.reported_id`, sql`d.reported_id is not null`)}
          union select unnest(${[...others]}::text[])
        ) about join ${tickets} t on t.id = about.id
        where ${isSolved('t')} and ${of(sql`t.customer_id`)}
        order by t.resolved_at desc, t.id limit ${limit}`)
      return selected.map(({ id }) => id)
    },
    figures: async (range) => {
      const counted = await reader.rows(sql<SelectedCounts>`
        select d.rule, to_char(d.suspected_at at time zone 'UTC', 'YYYY-MM-DD') as day,
          count(*)::int as suspected,
          count(*) filter (where d.offered_at is not null)::int as offered,
          count(*) filter (where d.withheld_cause = 'holdout')::int as "holdout",
          count(*) filter (where d.withheld_cause = 'review')::int as withheld,
          count(*) filter (where d.status = 'opened')::int as opened,
          count(*) filter (where d.status = 'dismissed')::int as dismissed,
          count(*) filter (where d.status = 'reported')::int as reported,
          count(*) filter (where d.status = 'lapsed' and d.offered_at is not null)::int as lapsed
        from ${from} where ${during(range)} and d.outcome is distinct from 'refused'
        group by d.rule, day order by day`)
      return suspicionRules.map((rule) =>
        toFigures(
          rule,
          counted.filter((row) => row.rule === rule),
        ),
      )
    },
    effect: async (range, now) => {
      const seenUntil = later(now, -days(effectDays))
      const counted = await reader.rows(sql<SelectedEffect>`
        select d.rule, d.withheld_cause is not distinct from 'holdout' as is_holdout,
          count(*)::int as cases,
          count(t.opened_at)::int as reported,
          (percentile_cont(0.5) within group (order by extract(epoch from t.opened_at - d.suspected_at)) * 1000)::float8
            as median
        from ${from} left join lateral (
          select min(o.opened_at) as opened_at from (
            select own.opened_at from ${tickets} own where own.customer_id = any(${idsOfPersons(sql`array[d.customer_id]`)})
            union all select opened.opened_at from ${tickets} opened where opened.id = d.ticket_id
          ) o
          where o.opened_at >= d.suspected_at
            and o.opened_at < d.suspected_at + ${effectDays} * interval '1 day') t on true
        where ${during(range)} and d.suspected_at <= ${seenUntil}
        group by 1, 2`)
      return suspicionRules.flatMap((rule) =>
        draftGroups.map((group) =>
          toEffect(
            rule,
            group,
            counted.find((row) => row.rule === rule && row.is_holdout === (group === 'holdout')),
          ),
        ),
      )
    },
  }
}

/** Of how many drafts the tickets are looked at: most of them are resolved. */
const mostOfEach = 50

const tickets = sql`${sql.id(readSchema)}.ticket`

const conditionOf = ({ customerIds, status, areVisible }: DraftFilter): Condition =>
  allOf([
    customerIds !== undefined && among(sql`d.customer_id`, customerIds),
    status !== undefined && among(sql`d.status`, status),
    areVisible === true && sql`(d.offered_at is not null and d.status <> 'withheld')`,
  ])

const during = ({ from, to }: TimeRange): Condition =>
  allOf([from !== undefined && sql`d.suspected_at >= ${from}`, to !== undefined && sql`d.suspected_at < ${to}`])

const toRow = ({ id, customer_id: customerId, state, offered_at, decided_at }: SelectedRow): DraftRow => ({
  id,
  customerId,
  draft: state,
  offeredAt: offered_at === null ? undefined : toInstant(offered_at),
  decidedAt: decided_at === null ? undefined : toInstant(decided_at),
})

const outcomes = ['suspected', 'offered', 'holdout', 'withheld', 'opened', 'dismissed', 'reported', 'lapsed'] as const

function toFigures(rule: SuspicionRule, counted: readonly SelectedCounts[]): DraftFigures {
  const sums = Object.fromEntries(
    outcomes.map((outcome) => [outcome, counted.reduce((sum, row) => sum + row[outcome], 0)]),
  ) as DraftOutcomes
  const { withheld, opened, dismissed, lapsed } = sums
  return {
    rule,
    ...sums,
    acceptance: shareOf(opened, opened + dismissed + lapsed),
    precision: shareOf(opened, opened + dismissed + withheld),
    days: counted.map(({ rule: _, ...day }) => day),
  }
}

function toEffect(rule: SuspicionRule, group: DraftGroup, counts: SelectedEffect | undefined): DraftEffect {
  const { cases = 0, reported = 0, median = null } = counts ?? {}
  return {
    rule,
    group,
    cases,
    reported,
    share: cases < fewestCases ? null : reported / cases,
    medianTimeToReport: reported < fewestCases ? null : median,
  }
}
