import type { TicketPolicy } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { TimeRange } from '../reading/page.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { ResponseTimesQueries, ResponseTimesReport, TargetReport } from './response-times-query.ts'

type Measured = { readonly done: number; readonly within: number; readonly quantiles: readonly number[] | null }

type Selected = {
  readonly first: Measured
  readonly first_overdue: number
  readonly next: Measured
  readonly next_overdue: number
  readonly resolution: Measured
  readonly resolution_overdue: number
  readonly contact: { readonly count: number; readonly resolved: number }
}

/**
 * Asks the live generation of the response times. All figures come from one statement, so that they agree:
 * - first response: tickets opened in the period that an agent has answered;
 * - next response: customer messages of the period, after the first response, that an agent has answered; of several
 *   messages in a row the first one counts;
 * - resolution: tickets opened in the period whose last resolution stands (a reopened ticket is not resolved);
 * - first contact: of those, the ones with at most one reply and no reopening.
 * Within the target is what took less than it (003: « < 2 heures »). What is still waited for counts as missed from the
 * target on; nobody waits for anything on a ticket that was resolved or closed. Medians are interpolated.
 */
export function responseTimesQueries(reader: Reader): ResponseTimesQueries {
  const read = sql.id(readSchema)
  return {
    report: async (range, targets, now) => {
      const waitedSince = (column: string, target: number): RawBuilder<unknown> =>
        sql`not t.ended and ${sql.ref(column)} <= ${later(now, -target)}::timestamptz`
      const [selected] = await reader.rows(sql<Selected>`
        select
          ${measured('t.first_response', targets.firstResponse)} as first,
          (count(*) filter (
            where t.first_response is null and ${waitedSince('t.opened_at', targets.firstResponse)}
          ))::integer as first_overdue,
          ${measured('t.resolution', targets.resolution)} as resolution,
          (count(*) filter (where ${waitedSince('t.opened_at', targets.resolution)}))::integer as resolution_overdue,
          json_build_object(
            'count', count(t.resolution),
            'resolved', count(t.resolution) filter (where t.replies <= 1 and t.reopenings = 0)
          ) as contact,
          (
            select ${measured('n.response', targets.nextResponse)}
            from ${read}.next_response n where ${during('n.asked_at', range)}
          ) as next,
          (
            select count(*)::integer from ${read}.response_time t
            where ${during('t.unanswered_at', range)} and ${waitedSince('t.unanswered_at', targets.nextResponse)}
          ) as next_overdue
        from ${read}.response_time t where ${during('t.opened_at', range)}`)
      if (!selected) throw new Error('an aggregate without groups has one row')
      return toReport(selected, targets)
    },
  }
}

const measured = (column: string, target: number): RawBuilder<unknown> => sql`json_build_object(
  'done', count(${sql.ref(column)}),
  'within', count(*) filter (where ${sql.ref(column)} < ${target}::bigint),
  'quantiles', percentile_cont(array[0.5, 0.9]) within group (order by ${sql.ref(column)})
)`

function during(column: string, { from, to }: TimeRange): RawBuilder<unknown> {
  const time = sql.ref(column)
  return sql`(${from ?? null}::timestamptz is null or ${time} >= ${from ?? null}::timestamptz)
    and (${to ?? null}::timestamptz is null or ${time} < ${to ?? null}::timestamptz)`
}

function toReport(selected: Selected, targets: TicketPolicy['targets']): ResponseTimesReport {
  const { first, next, resolution, contact } = selected
  const contactShare = share(contact.resolved, contact.count)
  return {
    firstResponse: kept(first, selected.first_overdue, targets.firstResponse, everyOne),
    nextResponse: kept(next, selected.next_overdue, targets.nextResponse, everyOne),
    resolution: kept(resolution, selected.resolution_overdue, targets.resolution, targets.resolutionShare),
    firstContact: {
      count: contact.count,
      resolvedAtFirstContact: contact.resolved,
      share: contactShare,
      targetShare: targets.firstContactShare,
      met: contactShare === null ? null : contactShare > targets.firstContactShare,
    },
  }
}

const everyOne = 1

function kept({ done, within, quantiles }: Measured, overdue: number, target: number, aim: number): TargetReport {
  const [median = null, p90 = null] = quantiles ?? []
  const count = done + overdue
  const reached = share(within, count)
  return {
    count,
    median: whole(median),
    p90: whole(p90),
    withinTarget: within,
    overdue,
    share: reached,
    target,
    targetShare: aim,
    met: reached === null ? null : reached >= aim,
  }
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** Interpolation leaves fractions of a millisecond. */
const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms))
