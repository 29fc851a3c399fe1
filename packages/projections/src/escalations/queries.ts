import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant, LevelSettings, Person, SupportLevel } from '@guichet/domain'
import { later, latest, shareOf, supportLevels } from '@guichet/domain'
import type { Page, Reader, Slice, TimeRange } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { anyOf, byInstant, readSlice } from '../reading/slice.ts'
import type { Call } from './model.ts'

type SelectedRow = {
  readonly id: string
  readonly ticket_id: string
  readonly state: EscalationState
  readonly call: Call
  readonly usual_ms: number | null
  /** The agent who has had the ticket since before the call, if they are in the called team. */
  readonly keeper: Person | null
}

type EscalationCounts = Record<
  'handled' | 'solved' | 'escalated' | 'handed_down' | 'open' | 'closed' | 'in_time',
  number
> & {
  readonly level: SupportLevel
  readonly response: number | null
  readonly solution: number | null
}

/** The number of escalations whose median is the usual wait for a level. */
const recent = 20

/** The condition that finds the rows of each state: those that are not over have an index of their own. */
const are: Readonly<Record<EscalationState, RawBuilder<unknown>>> = {
  waiting: sql`e.ended_at is null and e.taken_at is null and k.id is null`,
  taken: sql`e.ended_at is null and (e.taken_at is not null or k.id is not null)`,
  over: sql`e.ended_at is not null`,
}

/** Queries the live generation of the escalations. */
export function escalationsQueries(reader: Reader): EscalationsQueries {
  const read = sql.id(readSchema)
  const state = sql`case ${sql.join(
    escalationStates.map((each) => sql`when ${are[each]} then ${sql.lit(each)}`),
    sql` `,
  )} end`
  const usual = sql`(
    select percentile_cont(0.5) within group (order by waited) from (
      select extract(epoch from (taken_at - waiting_since)) * 1000 as waited from ${read}.escalation
      where level = e.level and taken_at is not null order by taken_at desc limit ${recent}
    ) latest)`
  const columns = sql`e.id, e.ticket_id, ${state} as state, e.call,
    case when ${are.waiting} then ${usual} end as usual_ms,
    case when e.ended_at is null and e.taken_at is null and k.id is not null
      then json_build_object('id', k.id, 'name', k.state->'profile'->>'name') end as keeper`
  const from = sql`${read}.escalation e left join ${read}.agent k
    on k.id = e.call->>'keptBy' and k.state->'profile'->>'team' = e.call->>'team'`
  return {
    list: ({ id, states, level }, page, now) => {
      const named = id === undefined ? sql`true` : sql`e.id = ${id}`
      const inState = states === undefined ? sql`true` : anyOf(states.map((each) => are[each]))
      const atLevel = level === undefined ? sql`true` : sql`e.level = ${level}`
      const ordering = byInstant({ expression: sql`e.at`, id: sql`e.id`, direction: 'desc' })
      return readSlice(
        reader,
        { columns, from, where: sql`${named} and ${inState} and ${atLevel}`, ordering },
        page,
        toRow(now),
      )
    },
    report: async (range, settings) => {
      const within = sql`case s.level ${sql.join(
        supportLevels.map((level) => sql`when ${level}::int then ${settings[level].solveWithin}::bigint`),
        sql` `,
      )} end`
      const counted = await reader.rows(sql<EscalationCounts>`
        select s.level,
          count(*)::int as handled,
          count(*) filter (where s.ending = 'solved')::int as solved,
          count(*) filter (where s.ending = 'escalated')::int as escalated,
          count(*) filter (where s.ending = 'handed_down')::int as handed_down,
          count(*) filter (where s.ending = 'closed')::int as closed,
          count(*) filter (where s.ending is null)::int as open,
          count(*) filter (where s.ending = 'solved' and extract(epoch from (s.ended_at - s.began_at)) * 1000 <= ${within})::int
            as in_time,
          (avg(extract(epoch from (s.responded_at - s.began_at))) * 1000)::float as response,
          (avg(extract(epoch from (s.ended_at - s.began_at))) filter (where s.ending = 'solved') * 1000)::float as solution
        from ${read}.level_spell s where ${during(range)} group by s.level`)
      return supportLevels.map((level) =>
        toReport(
          level,
          counted.find((row) => row.level === level),
          settings[level],
        ),
      )
    },
  }
}

const during = ({ from, to }: TimeRange) =>
  sql`${from === undefined ? sql`true` : sql`s.began_at >= ${from}`} and ${to === undefined ? sql`true` : sql`s.began_at < ${to}`}`

const toRow =
  (now: Instant) =>
  ({ id, ticket_id: ticketId, state, call, usual_ms: usual, keeper }: SelectedRow): EscalationRow => ({
    ...call,
    ...(keeper && { takenAt: call.at, takenBy: keeper }),
    id,
    ticketId,
    state,
    ...(state === 'waiting' && { arrival: arrivalOf(call, usual, now) }),
  })

function arrivalOf({ waitingSince, expectedBy }: Call, usual: number | null, now: Instant): EscalationRow['arrival'] {
  if (usual !== null) return { at: latest(now, later(waitingSince, Math.round(usual))), from: 'measured' }
  return expectedBy && { at: latest(now, expectedBy), from: 'configured' }
}

function toReport(
  level: SupportLevel,
  row: EscalationCounts | undefined,
  aims: LevelSettings[SupportLevel],
): LevelReport {
  const { handled = 0, solved = 0, escalated = 0, handed_down: handedDown = 0, open = 0, closed = 0 } = row ?? {}
  const done = solved + escalated + handedDown
  const atLeast = (value: number | null, aim: number | undefined) => aimed(value, aim, (is, least) => is >= least)
  const atMost = (value: number | null, aim: number | undefined) => aimed(value, aim, (is, most) => is <= most)
  return {
    level,
    handled,
    solved,
    escalated,
    handedDown,
    open,
    closed,
    averageResponse: aimed(row?.response ?? null, aims.respondWithin, (is, most) => is < most),
    averageSolution: aimed(row?.solution ?? null, aims.averageSolution, (is, most) => is <= most),
    solvedShare: atLeast(shareOf(solved, done), aims.solvedShare),
    escalatedShare: atMost(shareOf(escalated, done), aims.escalatedShare),
    solvedInTimeShare: atLeast(shareOf(row?.in_time ?? 0, done), aims.solvedInTimeShare),
    solveWithin: aims.solveWithin,
  }
}

function aimed(
  value: number | null,
  aim: number | undefined,
  meets: (value: number, aim: number) => boolean,
): AimedFigure {
  return { value, aim: aim ?? null, met: value === null || aim === undefined ? null : meets(value, aim) }
}

/**
 * Whether an escalation waits for an agent, has one, or is over: the ticket was solved, closed, or moved to another
 * level.
 */
export const escalationStates = ['waiting', 'taken', 'over'] as const

/** The state of an escalation. */
export type EscalationState = (typeof escalationStates)[number]

/** An escalation as it is listed. */
export type EscalationRow = Call & {
  readonly id: string
  readonly ticketId: string
  readonly state: EscalationState
  /**
   * While it waits, when an agent is expected: after the median wait of the latest twenty escalations that the level
   * has taken or, if it has taken none, at the configured time. Never in the past.
   */
  readonly arrival?: { readonly at: Instant; readonly from: 'measured' | 'configured' } | undefined
}

/** Conditions on escalations, all of which must hold. */
export type EscalationFilter = {
  readonly id?: string | undefined
  readonly states?: readonly EscalationState[] | undefined
  readonly level?: SupportLevel | undefined
}

/** A figure and its aim: `met` is null if there is no aim, or nothing to compare. */
export type AimedFigure = { readonly value: number | null; readonly aim: number | null; readonly met: boolean | null }

/**
 * How one level performed on the tickets that came to it in a period. Durations in milliseconds, shares from 0 to 1.
 */
export type LevelReport = {
  readonly level: SupportLevel
  /** The number of tickets that came to it, and their outcomes; those closed without a solution count in no share. */
  readonly handled: number
  readonly solved: number
  readonly escalated: number
  readonly handedDown: number
  readonly open: number
  readonly closed: number
  readonly averageResponse: AimedFigure
  readonly averageSolution: AimedFigure
  /** Of the tickets solved, handed up or handed down. */
  readonly solvedShare: AimedFigure
  readonly escalatedShare: AimedFigure
  readonly solvedInTimeShare: AimedFigure
  /** The time that `solvedInTimeShare` allows. */
  readonly solveWithin: number
}

/** The queries on escalations. */
export type EscalationsQueries = {
  /** Escalations, the latest first. */
  list(filter: EscalationFilter, page: Page, now: Instant): Promise<Slice<EscalationRow>>
  /** Each level's figures, for tickets that came to it in a range. */
  report(range: TimeRange, settings: LevelSettings): Promise<readonly LevelReport[]>
}
