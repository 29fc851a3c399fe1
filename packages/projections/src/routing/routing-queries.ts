import type { Agent, AgentState, Availability, Crew, Instant, Position, WorkItem } from '@guichet/domain'
import { instant, later } from '@guichet/domain'
import { sql } from 'kysely'
import { daysIn } from '../daily-report/day.ts'
import type { Reader } from '../reading/reader.ts'
import { daysBetween } from './days-between.ts'
import type {
  AgentRow,
  AgentTime,
  Conversation,
  DaysOfAgent,
  KnownWork,
  Queue,
  RoutingQueries,
} from './routing-query.ts'

const hour = 3_600_000
const mostAgents = 5_000

type AgentRecord = { id: string; version: number; state: Agent }
type QueueRecord = { id: string; place: string; waiting_since: Date; reason: string | null; offered: boolean }

/** Asks who works at the desk and what waits for them. */
export function routingQueries(reader: Reader): RoutingQueries {
  const agent = async (id: string): Promise<AgentRow | undefined> => {
    const [row] = await reader.rows<AgentRecord>(
      sql<AgentRecord>`select id, version, state from guichet_read.agent where id = ${id}`,
    )
    return row && toAgent(row)
  }
  return {
    agents: async ({ retired = false } = {}) => {
      const rows = await reader.rows<AgentRecord>(
        sql<AgentRecord>`
          select id, version, state from guichet_read.agent
          where status = 'active' or ${retired}::boolean order by id limit ${mostAgents}`,
      )
      return rows.map(toAgent)
    },
    agent,
    timesOf: async (id, { first, last, now, timeZone }) => {
      type Row = { day: string; availability: Availability; ms: string }
      const rows = await reader.rows<Row>(
        sql<Row>`
          select day, availability, ms from guichet_read.agent_time
          where agent_id = ${id} and day between ${first} and ${last}`,
      )
      const times = rows.map(({ day, availability, ms }) => ({ day, availability, milliseconds: Number(ms) }))
      const present = await agent(id)
      return present ? withPresent(times, present.agent, { first, last, now, timeZone }) : times
    },
    queue: (first, now) => readQueue(reader, first, now),
    conversationsOf: (crews) => {
      const named = (kind: Crew['kind']) => crews.flatMap((crew) => (crew.kind === kind ? crew.name : []))
      return reader.rows<Conversation>(
        sql<Conversation>`
          select w.id as "ticketId", a.id as "agentId",
            json_build_object('centre', a.state->'profile'->'centre', 'shift', a.state->'profile'->'shift') as placed
          from guichet_read.agent a join guichet_read.work_item w on w.item->'assignee'->>'id' = a.id
          where w.open and not (w.item->'held')::boolean and a.status = 'active' and (
            a.state->'profile'->>'centre' = any(${named('centre')}::text[])
            or a.state->'profile'->>'shift' = any(${named('shift')}::text[]))
          order by w.id`,
      )
    },
    known: () => readKnown(reader),
  }
}

const toAgent = ({ id, version, state }: AgentRecord): AgentRow => ({ id, version, agent: state })

/** The times with that of the availability which goes on. */
function withPresent(
  times: readonly AgentTime[],
  agent: Agent,
  { first, last, now, timeZone }: DaysOfAgent,
): AgentTime[] {
  const { availability, availableSince } = agent
  const all = new Map(times.map((time) => [`${time.day}/${time.availability}`, time]))
  for (const { day, ms } of daysBetween(availableSince, now, daysIn(timeZone))) {
    if (day < first || day > last) continue
    const key = `${day}/${availability}`
    all.set(key, { day, availability, milliseconds: (all.get(key)?.milliseconds ?? 0) + ms })
  }
  return [...all.values()].sort((a, b) => (`${a.day}/${a.availability}` < `${b.day}/${b.availability}` ? -1 : 1))
}

/** By Little's law: whoever is at place n waits as long as it took lately until n had left the queue. */
async function readQueue(reader: Reader, first: number, now: Instant): Promise<Queue> {
  const [counted, placed, rows] = await Promise.all([
    reader.rows<{ total: string }>(
      sql<{ total: string }>`select count(*) as total from guichet_read.work_item where waiting`,
    ),
    reader.rows<{ tickets: string }>(
      sql<{ tickets: string }>`
        select coalesce(sum(tickets), 0) as tickets from guichet_read.placement
        where minute > ${later(now, -hour)}::timestamptz and minute <= ${now}::timestamptz`,
    ),
    reader.rows<QueueRecord>(
      sql<QueueRecord>`
        select id, waiting_since, item->'routing'->'queued'->>'reason' as reason, item->'routing'->'offer' is not null as offered,
          row_number() over (order by urgency desc, waiting_since, id) as place
        from guichet_read.work_item where waiting order by urgency desc, waiting_since, id limit ${first}`,
    ),
  ])
  const placedInTheLastHour = Number(placed[0]?.tickets ?? 0)
  return {
    total: Number(counted[0]?.total ?? 0),
    placedInTheLastHour,
    tickets: rows.map(({ id, place, waiting_since: since, reason, offered }) => ({
      ticketId: id,
      position: Number(place),
      waitingSince: instant(since),
      reason: offered ? undefined : (reason ?? undefined),
      expectedWait: placedInTheLastHour === 0 ? undefined : Math.round((Number(place) * hour) / placedInTheLastHour),
    })),
  }
}

/** The position is read before the rows, which may so be younger, never older. */
async function readKnown(reader: Reader): Promise<KnownWork> {
  const [checkpoint] = await reader.rows<{ position: Position | null }>(
    sql<{ position: Position | null }>`
      select position from guichet_projections.generations where projection = 'routing' and role = 'serving'`,
  )
  const agents = await reader.rows<{ id: string; version: number; state: AgentState }>(
    sql<{ id: string; version: number; state: AgentState }>`select id, version, state from guichet_read.agent`,
  )
  const tickets = await reader.rows<{ item: WorkItem }>(
    sql<{ item: WorkItem }>`select item from guichet_read.work_item where open`,
  )
  return { after: checkpoint?.position ?? undefined, agents, tickets: tickets.map(({ item }) => item) }
}
