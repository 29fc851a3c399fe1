import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { ChatCloseReason, Instant } from '@guichet/domain'
import { hours, later, priorities, shareOf } from '@guichet/domain'
import { countDays, daysBetween, isCalendarDay, mostReportDays } from '../days.ts'
import type { Reader, TimeRange } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'

/** What the chats of a desk are divided by. */
export const chatDimensions = ['channel', 'category', 'agent', 'priority'] as const

/** By what the figures of chats are grouped. */
export type ChatDimension = (typeof chatDimensions)[number]

/** The aims of the desk for its chats: shares from 0 to 1. */
export const chatAims = {
  /** 000, « Organisation Équipes Support »: less than 3 % abandoned. */
  abandonment: 0.03,
  /** 001, « Success Metrics »: less than 20 % become tickets. */
  conversion: 0.2,
  /** 001, « Success Metrics »: a rating above 4.5 of 5. */
  rating: 4.5,
} as const

/** How long something took, in milliseconds; null where nothing counts. */
export type Spread = {
  readonly count: number
  readonly mean: number | null
  readonly median: number | null
  readonly p90: number | null
}

/**
 * The figures of the chats that were started in a period, whenever they ended. A chat that was reopened counts as open
 * until it ends again. Shares are from 0 to 1, null where nothing counts.
 */
export type ChatFigures = {
  readonly total: number
  readonly waiting: number
  readonly active: number
  readonly closed: number
  /** Of the closed ones, spam: in none of the following figures. */
  readonly spam: number
  readonly abandonment: {
    /** The customer ended the chat while it waited, and no person had answered before. */
    readonly saidSo: number
    /** The customer was disconnected for too long while it waited, and no person had answered before. */
    readonly silentlyGone: number
    /**
     * An agent took the chat, and it ended without an answer of a person, no matter who closed it. Chats that became tickets,
     * were continued in another, or were solved by a service are not counted.
     */
    readonly neverAnswered: number
    /** The share of all three in the closed chats, without those that were continued in another. */
    readonly share: number | null
    readonly met: boolean | null
  }
  /** From the start, or the reopening before it, until an agent first took the chat, of the chats that one did. */
  readonly wait: Spread
  /** From the start, or the reopening before it, to the first answer of a person, of the chats that got one. */
  readonly firstAnswer: Spread & {
    /** Answered in less time than was promised at the start, 30 s unless configured, or in a call that was accepted by then. */
    readonly withinPromise: number
    /**
     * Not answered in time, by a message or by a call that was accepted and then connected, or not at all though the chat
     * lasted that long, even if it was then solved without a person.
     */
    readonly late: number
    readonly share: number | null
  }
  /** For how long agents had the chat, of closed chats that one took. */
  readonly duration: Spread
  readonly conversion: {
    readonly converted: number
    /** The share in the closed chats, without those that were continued in another. */
    readonly share: number | null
    readonly met: boolean | null
  }
  readonly satisfaction: {
    readonly ratings: number
    readonly mean: number | null
    readonly met: boolean | null
    /** The share of 4 and 5. */
    readonly satisfied: number | null
    readonly meanOfWait: number | null
    readonly meanOfAgent: number | null
    /** The share of those who said that their matter was settled, in those who said anything about it. */
    readonly resolved: number | null
  }
}

/**
 * The figures of the chats with one value of a dimension; null stands for no category or no agent. A chat counts for each
 * agent who has had it, gave its first answer or was rated, and for null while no agent has it or if none had it at its end.
 * Each is credited with their own part: the wait to who took it first, the first answer to who gave it, the time to whose it
 * is, the rating to who had the chat at the end that was rated; abandonment, conversion and a missing answer to who had it last.
 */
export type ChatFiguresOf = { readonly value: string | null; readonly figures: ChatFigures }

/** The most hours that one report covers: 31 days. */
export const mostReportHours = 744

/** The queries on the figures of chats. */
export type ChatFiguresQueries = {
  /** @param now the instant that decides whether a first answer is late. */
  figures(range: TimeRange, now: Instant): Promise<ChatFigures>
  /** The same chats divided by a dimension, by its values; values without chats are omitted. */
  figuresBy(dimension: ChatDimension, range: TimeRange, now: Instant): Promise<readonly ChatFiguresOf[]>
  /**
   * The figures of each day, both included and `YYYY-MM-DD`, in an IANA time zone.
   * @throws RangeError for more than 400 days, an unknown day or time zone.
   */
  days(
    first: string,
    last: string,
    timeZone: string,
    now: Instant,
  ): Promise<readonly { readonly day: string; readonly figures: ChatFigures }[]>
  /**
   * The figures of each hour from an instant on.
   * @throws RangeError for more than 744 hours.
   */
  hours(
    from: Instant,
    count: number,
    now: Instant,
  ): Promise<readonly { readonly from: Instant; readonly figures: ChatFigures }[]>
}

/** Queries the live generation of the figures of chats. All figures of an answer come from one statement. */
export function chatFiguresQueries(reader: Reader): ChatFiguresQueries {
  const table = sql`${sql.id(readSchema)}.chat_figure f`
  const read = async (key: RawBuilder<unknown>, where: RawBuilder<unknown>, now: Instant, parts = whole) => {
    const rows = await reader.rows(sql<SelectedRow & { readonly key: string | number | null }>`
      select ${key} as key, ${counted(now)} from ${table} cross join lateral ${parts} where ${where} group by 1 order by 1 nulls last`)
    return rows.map((row) => ({ key: row.key, figures: figuresOf(row) }))
  }
  /** The figures between each two neighbours of ascending instants. */
  const between = async (bounds: readonly Instant[], now: Instant): Promise<readonly ChatFigures[]> => {
    const [first, last] = [bounds[0], bounds.at(-1)]
    const within = sql`f.started_at >= ${first}::timestamptz and f.started_at < ${last}::timestamptz`
    const rows = await read(sql`width_bucket(f.started_at, ${bounds}::timestamptz[])`, within, now)
    const figuresByBucket = new Map(rows.map(({ key, figures }) => [Number(key), figures]))
    return bounds.slice(1).map((_, index) => figuresByBucket.get(index + 1) ?? noFigures)
  }
  return {
    figures: async (range, now) => (await read(sql`null::text`, started(range), now))[0]?.figures ?? noFigures,

    figuresBy: async (dimension, range, now) =>
      (await read(columnOf[dimension], started(range), now, dimension === 'agent' ? ofAgents : whole)).map(
        ({ key, figures }) => ({
          value: dimension === 'priority' ? (priorities[Number(key)] ?? null) : (key as string | null),
          figures,
        }),
      ),

    days: async (first, last, timeZone, now) => {
      if (!isCalendarDay(first) || !isCalendarDay(last)) throw new RangeError(`not a day: ${first}, ${last}`)
      if (countDays(first, last) > mostReportDays) throw new RangeError(`more than ${mostReportDays} days`)
      const { days, bounds } = daysBetween(first, last, timeZone)
      if (days.length === 0) return []
      const figures = await between(bounds, now)
      return days.map((day, index) => ({ day, figures: figures[index] ?? noFigures }))
    },

    hours: async (from, count, now) => {
      if (!Number.isInteger(count) || count < 1 || count > mostReportHours) {
        throw new RangeError(`not from 1 to ${mostReportHours} hours: ${count}`)
      }
      const bounds = Array.from({ length: count + 1 }, (_, hour) => later(from, hours(hour)))
      const figures = await between(bounds, now)
      return figures.map((each, hour) => ({ from: later(from, hours(hour)), figures: each }))
    },
  }
}

const columnOf: Readonly<Record<ChatDimension, RawBuilder<unknown>>> = {
  channel: sql`f.channel`,
  category: sql`f.category`,
  agent: sql`p.agent`,
  priority: sql`f.urgency`,
}

/** Every chat once, with all that counts of it. */
const whole = sql`(select true as last, true as first, true as answered, true as rated,
  case when f.accepted_at is not null then f.handled end as handled) p`

/** Every chat once for each agent in it, with what of it is theirs. */
const ofAgents = sql`jsonb_to_recordset(f.agents)
  as p (agent text collate "C", last boolean, first boolean, answered boolean, rated boolean, handled bigint)`

const started = ({ from, to }: TimeRange): RawBuilder<unknown> =>
  sql`(${from ?? null}::timestamptz is null or f.started_at >= ${from ?? null}::timestamptz)
    and (${to ?? null}::timestamptz is null or f.started_at < ${to ?? null}::timestamptz)`

type SelectedSpread = {
  readonly count: number
  readonly mean: number | null
  readonly quantiles: readonly number[] | null
}

type SelectedRow = Readonly<
  Record<
    | 'total'
    | 'waiting'
    | 'active'
    | 'closed'
    | 'spam'
    | 'said'
    | 'gone'
    | 'unanswered'
    | 'ended'
    | 'within'
    | 'late'
    | 'converted'
    | 'ratings'
    | 'high'
    | 'asked'
    | 'resolved',
    number
  >
> &
  Readonly<Record<'wait' | 'first_answer' | 'duration', SelectedSpread>> &
  Readonly<Record<'mean_rating' | 'mean_wait_rating' | 'mean_agent_rating', number | null>>

/** The ends by which a chat that nobody has answered is not one that an agent took and left without an answer. */
const countedElsewhere: readonly ChatCloseReason[] = ['abandoned', 'gone', 'converted', 'continued']

/** Spam is in the counts by status only. */
function counted(now: Instant): RawBuilder<unknown> {
  const counts = sql`f.reason is distinct from 'spam'`
  const number = (condition: RawBuilder<unknown>) => sql`count(*) filter (where ${counts} and ${condition})::int`
  const spread = (ms: RawBuilder<unknown>, condition: RawBuilder<unknown>) => sql`json_build_object(
    'count', count(*) filter (where ${counts} and ${condition}),
    'mean', avg(${ms}) filter (where ${counts} and ${condition}),
    'quantiles', percentile_cont(array[0.5, 0.9]) within group (order by ${ms}) filter (where ${counts} and ${condition})
  )`
  const mean = (column: string) => sql`(avg(${sql.ref(column)}) filter (where ${counts} and p.rated))::float8`
  const elapsed = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) =>
    sql`(extract(epoch from ${to} - ${from}) * 1000)::float8`
  const answered = elapsed(sql`f.awaited_since`, sql`f.answered_at`)
  const began = elapsed(sql`f.awaited_since`, sql`f.answer_began_at`)
  const awaited = elapsed(sql`f.awaited_since`, sql`coalesce(f.closed_at, f.call_since, ${now}::timestamptz)`)
  return sql`
    count(*)::int as total, count(*) filter (where f.status = 'waiting')::int as waiting,
    count(*) filter (where f.status = 'active')::int as active, count(*) filter (where f.status = 'closed')::int as closed,
    count(*) filter (where f.reason = 'spam')::int as spam,
    ${number(sql`p.last and f.answered_at is null and f.reason = 'abandoned'`)} as said,
    ${number(sql`p.last and f.answered_at is null and f.reason = 'gone'`)} as gone,
    ${number(sql`p.last and f.status = 'closed' and f.reason <> 'continued'`)} as ended,
    ${number(sql`p.last and f.accepted_at is not null and f.answered_at is null and not f.solved_by_service
      and f.reason <> all(${countedElsewhere}::text[])`)} as unanswered,
    ${spread(elapsed(sql`f.queued_since`, sql`f.accepted_at`), sql`p.first and f.accepted_at is not null`)} as wait,
    ${spread(answered, sql`p.answered and f.answered_at is not null`)} as first_answer,
    ${number(sql`p.answered and ${began} < f.promised`)} as within,
    ${number(sql`((p.answered and ${began} >= f.promised) or (p.last and f.answered_at is null and ${awaited} >= f.promised))`)} as late,
    ${spread(sql`p.handled::float8`, sql`f.status = 'closed' and p.handled is not null`)} as duration,
    ${number(sql`p.last and f.status = 'closed' and f.converted`)} as converted,
    ${number(sql`p.rated and f.rating is not null`)} as ratings, ${number(sql`p.rated and f.rating >= 4`)} as high,
    ${mean('f.rating')} as mean_rating, ${mean('f.wait_rating')} as mean_wait_rating,
    ${mean('f.agent_rating')} as mean_agent_rating,
    ${number(sql`p.rated and f.resolved is not null`)} as asked, ${number(sql`p.rated and f.resolved`)} as resolved`
}

function figuresOf(selected: SelectedRow): ChatFigures {
  const { total, waiting, active, closed, spam, ended, said, gone, unanswered, within, late, converted, ratings } =
    selected
  const abandonment = shareOf(said + gone + unanswered, ended)
  const conversion = shareOf(converted, ended)
  const mean = selected.mean_rating
  return {
    total,
    waiting,
    active,
    closed,
    spam,
    abandonment: {
      saidSo: said,
      silentlyGone: gone,
      neverAnswered: unanswered,
      share: abandonment,
      met: abandonment === null ? null : abandonment < chatAims.abandonment,
    },
    wait: toSpread(selected.wait),
    firstAnswer: {
      ...toSpread(selected.first_answer),
      withinPromise: within,
      late,
      share: shareOf(within, within + late),
    },
    duration: toSpread(selected.duration),
    conversion: { converted, share: conversion, met: conversion === null ? null : conversion < chatAims.conversion },
    satisfaction: {
      ratings,
      mean,
      met: mean === null ? null : mean > chatAims.rating,
      satisfied: shareOf(selected.high, ratings),
      meanOfWait: selected.mean_wait_rating,
      meanOfAgent: selected.mean_agent_rating,
      resolved: shareOf(selected.resolved, selected.asked),
    },
  }
}

function toSpread({ count, mean, quantiles }: SelectedSpread): Spread {
  const [median = null, p90 = null] = quantiles ?? []
  return { count, mean: rounded(mean), median: rounded(median), p90: rounded(p90) }
}

/** Means and interpolation produce fractions of a millisecond. */
const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms))

const noSpread: Spread = { count: 0, mean: null, median: null, p90: null }

const noFigures: ChatFigures = {
  total: 0,
  waiting: 0,
  active: 0,
  closed: 0,
  spam: 0,
  abandonment: { saidSo: 0, silentlyGone: 0, neverAnswered: 0, share: null, met: null },
  wait: noSpread,
  firstAnswer: { ...noSpread, withinPromise: 0, late: 0, share: null },
  duration: noSpread,
  conversion: { converted: 0, share: null, met: null },
  satisfaction: {
    ratings: 0,
    mean: null,
    met: null,
    satisfied: null,
    meanOfWait: null,
    meanOfAgent: null,
    resolved: null,
  },
}
