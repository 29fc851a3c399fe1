import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type {
  Agent,
  AgentState,
  Availability,
  Crew,
  Instant,
  CrewMembership,
  Position,
  Speaker,
  SupportLevel,
  WorkItem,
} from '@guichet/domain'
import { instant, later, priorities, supportLevels } from '@guichet/domain'
import type { LastEvent } from '@guichet/eventstore'
import { daysBetween } from '../days.ts'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readParts, readSchema } from '../reading/reader.ts'
import { byInstant, byText, readSlice } from '../reading/slice.ts'

/** How many tickets are read at once for a starting router. */
const portion = 1_000

const read = sql.id(readSchema)

type AgentRecord = { id: string; version: number; state: Agent }

/** Queries the agents and the queue. */
export function routingQueries(reader: Reader): RoutingQueries {
  return {
    agents: ({ retired = false, availability, team, level }, page) => {
      const present = sql`(a.status = 'active' or ${retired}::boolean)`
      const available = availability && sql`and a.state->>'availability' = any(${[...availability]}::text[])`
      const inTeam = team === undefined ? undefined : sql`and a.state->'profile'->>'team' = ${team}`
      const ofLevel =
        level === undefined ? undefined : sql`and (a.state->'profile'->>'level')::integer >= ${level}::integer`
      const listed = {
        columns: sql`a.id, a.version, a.state`,
        from: sql`${read}.agent a`,
        where: sql`${present} ${available ?? sql``} ${inTeam ?? sql``} ${ofLevel ?? sql``}`,
        ordering: byText({ expression: sql`a.id`, id: sql`a.id`, direction: 'asc' }),
      }
      return readSlice(reader, listed, page, toAgent)
    },
    agent: async (id) => {
      const [row] = await reader.rows(sql<AgentRecord>`select id, version, state from ${read}.agent where id = ${id}`)
      return row && toAgent(row)
    },
    speakers: () =>
      reader.rows(sql<SpeakingAgent>`
        select a.id, a.state->>'availability' as availability, a.state->'profile'->'languages' as languages,
          a.state->'profile'->>'centre' as centre, a.state->'profile'->>'shift' as shift
        from ${read}.agent a
        where a.status = 'active' and a.state->'profile'->'languages' <> '[]'::jsonb order by a.id`),
    timesOf: (ids, days) => readTimes(reader, ids, days),
    queue: (page, now) => readQueue(reader, page, now),
    queuedTicket: (ticketId, now) => readQueued(reader, ticketId, now),
    assignedTicketsOf: (crews) => {
      const named = (kind: Crew['kind']) => crews.flatMap((crew) => (crew.kind === kind ? crew.name : []))
      return readAssignedTickets(
        reader,
        sql`a.state->'profile'->>'centre' = any(${named('centre')}::text[])
          or a.state->'profile'->>'shift' = any(${named('shift')}::text[])`,
      )
    },
    assignedTicketsAmong: (tickets) => readAssignedTickets(reader, sql`w.id = any(${[...tickets]}::text[])`),
    snapshot: () => readSnapshot(reader),
  }
}

const toAgent = ({ id, version, state }: AgentRecord): AgentRow => ({ id, version, agent: state })

const readAssignedTickets = (reader: Reader, chosen: RawBuilder<unknown>): Promise<readonly AssignedTicket[]> =>
  reader.rows<AssignedTicket>(
    sql<AssignedTicket>`
      select w.id as "ticketId", a.id as "agentId",
        json_build_object('centre', a.state->'profile'->'centre', 'shift', a.state->'profile'->'shift') as placed
      from ${read}.agent a join ${read}.work_item w on w.item->'assignee'->>'id' = a.id
      where not w.held and a.status = 'active' and (${chosen})
      order by w.id`,
  )

/** The position is read before the rows, so the rows may be newer than it, never older. */
async function readSnapshot(reader: Reader): Promise<RoutingSnapshot> {
  const [checkpoint] = await reader.rows<{ position: Position | null; last_event: LastEvent | null }>(
    sql`select position, last_event from guichet_projections.generations where projection = 'routing' and role = 'serving'`,
  )
  const agents = await reader.rows<{ id: string; version: number; state: AgentState }>(
    sql`select id, version, state from ${read}.agent`,
  )
  const imports = await reader.rows<{ id: string }>(sql`select id from ${read}.routing_ended_import order by id`)
  const endedImports = imports.map(({ id }) => id)
  const after = checkpoint?.position ?? undefined
  return { after, last: checkpoint?.last_event ?? undefined, agents, endedImports, tickets: readOpen(reader) }
}

async function* readOpen(reader: Reader): AsyncGenerator<WorkItem> {
  for (let after = ''; ;) {
    const rows = await reader.rows<{ id: string; item: WorkItem; held: boolean }>(
      sql`select id, item, held from ${read}.work_item where id > ${after} order by id limit ${portion}`,
    )
    const last = rows.at(-1)
    if (!last) return
    for (const { item, held } of rows) yield { ...item, held }
    after = last.id
  }
}

/** An agent as the list shows them. */
export type AgentRow = { readonly id: string; readonly version: number; readonly agent: Agent }

/** How long an agent was in an availability on a day of a time zone, in milliseconds. */
export type AgentTime = { readonly day: string; readonly availability: Availability; readonly milliseconds: number }

/**
 * The requested days, both included and `YYYY-MM-DD`, in an IANA time zone; the current availability counts until
 * `now`.
 */
export type DaysOfAgent = {
  readonly first: string
  readonly last: string
  readonly now: Instant
  readonly timeZone: string
}

/** A ticket that waits for an agent. */
export type QueuedTicket = {
  readonly ticketId: string
  /** The requested support level. */
  readonly level: SupportLevel
  /** The place in the whole queue, from 1. */
  readonly position: number
  readonly waitingSince: Instant
  /**
   * Why no agent could be assigned at the last routing pass; undefined before the first pass, or while it is offered.
   */
  readonly reason: string | undefined
  /** Since when that reason has been known. */
  readonly reasonSince: Instant | undefined
  /**
   * The expected wait for an agent in milliseconds, by its place among the tickets of its level at that level's pace in
   * the hour before; undefined if none of them was assigned in that hour.
   */
  readonly expectedWait: number | undefined
}

/** The queue of the tickets that request one level. */
export type QueueOfLevel = {
  readonly level: SupportLevel
  readonly waiting: number
  /** The number of tickets that left the queue with an agent in the hour before. */
  readonly placedInTheLastHour: number
  /** The expected wait of the last ticket in milliseconds; undefined if no ticket waits or none was assigned. */
  readonly expectedWait: number | undefined
}

/** A page of the queue of tickets, with its length. */
export type Queue = {
  /** The number of waiting tickets. */
  readonly total: number
  /** The number of tickets that left the queue with an agent in the hour before. */
  readonly placedInTheLastHour: number
  /** Every level, whether or not tickets wait for it. */
  readonly levels: readonly QueueOfLevel[]
  readonly tickets: Slice<QueuedTicket>
}

/** What a router begins from. */
export type RoutingSnapshot = {
  /** The data includes at least all events up to this position. */
  readonly after: Position | undefined
  /** The event at that position. */
  readonly last: LastEvent | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The imports that have ended. */
  readonly endedImports: readonly string[]
  /** The open tickets, read lazily in batches. */
  readonly tickets: AsyncIterable<WorkItem>
}

/** Conditions on agents, all of which must hold. */
export type AgentFilter = {
  /** Includes retired agents; false by default. */
  readonly retired?: boolean
  /** Agents in one of these availabilities; all without it. */
  readonly availability?: readonly Availability[] | undefined
  /** Agents of a team. */
  readonly team?: string | undefined
  /** Agents of this support level or a higher one. */
  readonly level?: number | undefined
}

/** An open ticket with its agent. */
export type AssignedTicket = { readonly ticketId: string; readonly agentId: string; readonly placed: CrewMembership }

/** An active agent with the languages that they work in. */
export type SpeakingAgent = Speaker & { readonly id: string; readonly availability: Availability }

/** The queries on agents and on the queue of tickets. */
export type RoutingQueries = {
  /** Agents, by their ids. */
  agents(filter: AgentFilter, page: Page): Promise<Slice<AgentRow>>
  agent(id: string): Promise<AgentRow | undefined>
  /** The active agents who have languages, by their ids. */
  speakers(): Promise<readonly SpeakingAgent[]>
  /**
   * The time that each of these agents has spent in each availability, by day; nothing for unknown agents.
   * @throws RangeError when there is no such time zone.
   */
  timesOf(ids: readonly string[], days: DaysOfAgent): Promise<ReadonlyMap<string, readonly AgentTime[]>>
  /** A page of the queue in its order: the higher priority first, then the longest waiting. */
  queue(page: Page, now: Instant): Promise<Queue>
  /** A ticket of the queue; undefined when it does not wait. */
  queuedTicket(ticketId: string, now: Instant): Promise<QueuedTicket | undefined>
  /** The open tickets of agents whose profile is in one of these crews, without those of running imports. */
  assignedTicketsOf(crews: readonly Crew[]): Promise<readonly AssignedTicket[]>
  /** The open and assigned ones of these tickets, without those of running imports. */
  assignedTicketsAmong(tickets: readonly string[]): Promise<readonly AssignedTicket[]>
  /** The initial state for routing. */
  snapshot(): Promise<RoutingSnapshot>
}

const hour = 3_600_000

type QueueRecord = {
  id: string
  urgency: number
  level: SupportLevel
  waiting_since: Date
  reason: string | null
  reason_since: Instant | null
  offered: boolean
}

/**
 * By Little's law: the ticket at place n of a level waits as long as n tickets of that level recently took to leave the
 * queue. Each level has its own pace, since its experts are different, and often fewer.
 */
async function readQueue(reader: Reader, page: Page, now: Instant): Promise<Queue> {
  const [slice, levels] = await Promise.all([readTickets(reader, page), readLevels(reader, now)])
  const rows = await placed(reader, slice, levels)
  return {
    total: sumOf(levels.map(({ waiting }) => waiting)),
    placedInTheLastHour: sumOf(levels.map(({ placedInTheLastHour }) => placedInTheLastHour)),
    levels,
    tickets: { ...slice, rows },
  }
}

/** One ticket of the queue; undefined when it does not wait. */
async function readQueued(reader: Reader, ticketId: string, now: Instant): Promise<QueuedTicket | undefined> {
  const [row] = await reader.rows<QueueRecord>(
    sql`select ${columns} from ${read}.work_item w where w.waiting and w.id = ${ticketId}`,
  )
  if (!row) return undefined
  const slice = { rows: [{ row, keyset: { value: '', id: '' } }], hasPrevious: true, hasNext: true }
  return (await placed(reader, slice, await readLevels(reader, now)))[0]?.row
}

/** The tickets of a page with their places in the queue. */
async function placed(
  reader: Reader,
  slice: Slice<QueueRecord>,
  levels: readonly QueueOfLevel[],
): Promise<Slice<QueuedTicket>['rows']> {
  const ahead = await readAhead(reader, slice)
  let position = sumOf([...ahead.values()])
  return slice.rows.map(({ row: { id, level, waiting_since: since, ...row }, keyset }) => {
    const place = (ahead.get(level) ?? 0) + 1
    ahead.set(level, place)
    const { reason, reason_since: reasonSince, offered } = row
    const queued = {
      ticketId: id,
      level,
      position: ++position,
      waitingSince: instant(since),
      reason: offered ? undefined : (reason ?? undefined),
      reasonSince: offered ? undefined : (reasonSince ?? undefined),
      expectedWait: expectedWait(place, levels.find((each) => each.level === level)?.placedInTheLastHour),
    }
    return { row: queued, keyset }
  })
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

const expectedWait = (place: number, placedInTheLastHour = 0): number | undefined =>
  place === 0 || placedInTheLastHour === 0 ? undefined : Math.round((place * hour) / placedInTheLastHour)

async function readLevels(reader: Reader, now: Instant): Promise<readonly QueueOfLevel[]> {
  const rows = await reader.rows<{ level: SupportLevel; waiting: number; placed: number }>(sql`
    select level, coalesce(waiting, 0) as waiting, coalesce(placed, 0) as placed
    from (select level, count(*)::int as waiting from ${read}.work_item where waiting group by level) w
    full join (
      select level, sum(tickets)::int as placed from ${read}.placement
      where minute > ${later(now, -hour)}::timestamptz and minute <= ${now}::timestamptz group by level
    ) p using (level)`)
  return supportLevels.map((level) => {
    const { waiting, placed } = rows.find((each) => each.level === level) ?? { waiting: 0, placed: 0 }
    return { level, waiting, placedInTheLastHour: placed, expectedWait: expectedWait(waiting, placed) }
  })
}

const columns = sql`w.id, w.urgency, w.level, w.waiting_since, w.item->'routing'->'queued'->>'reason' as reason,
  w.item->'routing'->'queued'->>'at' as reason_since,
  w.item->'routing'->'offer' is not null as offered`

/** One list for each priority, the most pressing first. */
const readTickets = (reader: Reader, page: Page): Promise<Slice<QueueRecord>> =>
  readParts(priorities.length, page, (part, pageOfPart) => {
    const listed = {
      columns,
      from: sql`${read}.work_item w`,
      where: sql`w.waiting and w.urgency = ${priorities.length - 1 - part}`,
      ordering: byInstant({ expression: sql`w.waiting_since`, id: sql`w.id`, direction: 'asc' }),
    }
    return readSlice(reader, listed, pageOfPart, (row: QueueRecord) => row)
  })

/** How many tickets of each level are ahead of the first of a page. */
async function readAhead(
  reader: Reader,
  { rows, hasPrevious }: Slice<QueueRecord>,
): Promise<Map<SupportLevel, number>> {
  const first = rows[0]?.row
  if (!first || !hasPrevious) return new Map()
  const counted = await reader.rows<{ level: SupportLevel; ahead: number }>(sql`
    select level, count(*)::int as ahead from ${read}.work_item
    where waiting and (urgency > ${first.urgency} or (urgency = ${first.urgency}
      and (waiting_since, id) < (${first.waiting_since}::timestamptz, ${first.id})))
    group by level`)
  return new Map(counted.map(({ level, ahead }) => [level, ahead]))
}

type SelectedRow = { agent_id: string; day: string; availability: Availability; ms: number }

/** The ended and current intervals, split at the beginnings of days and summed: one statement for all agents. */
async function readTimes(
  reader: Reader,
  ids: readonly string[],
  { first, last, now, timeZone }: DaysOfAgent,
): Promise<ReadonlyMap<string, readonly AgentTime[]>> {
  const { days, bounds } = daysBetween(first, last, timeZone)
  const [begins, ends] = [sql`${bounds[0]}::timestamptz`, sql`${bounds.at(-1)}::timestamptz`]
  const rows = await reader.rows(sql<SelectedRow>`
    with period as (select ${days}::text[] as days, ${bounds}::timestamptz[] as bounds),
    span as (
      select agent_id, availability, began_at, ended_at from ${read}.agent_time
      where agent_id = any(${[...ids]}::text[]) and ended_at > ${begins} and began_at < ${ends}
      union all
      select id, state->>'availability', (state->>'availableSince')::timestamptz, ${now}::timestamptz from ${read}.agent
      where id = any(${[...ids]}::text[]) and status = 'active'
    ), cut as (
      select agent_id, availability, days[n] as day, least(ended_at, bounds[n + 1]) - greatest(began_at, bounds[n]) as length
      from span cross join period cross join lateral generate_series(
        greatest(width_bucket(began_at, bounds), 1), least(width_bucket(ended_at, bounds), cardinality(days))) n
    )
    select agent_id, day, availability, (sum(extract(epoch from length)) * 1000)::float as ms
    from cut where length > interval '0'
    group by agent_id, day, availability order by agent_id, day, availability`)
  const times = new Map<string, AgentTime[]>(ids.map((id) => [id, []]))
  for (const { agent_id: id, day, availability, ms } of rows)
    times.get(id)?.push({ day, availability, milliseconds: Math.round(ms) })
  return times
}
