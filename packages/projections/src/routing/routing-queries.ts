import type { Agent, AgentState, Crew, Position, WorkItem } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { byText } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import { readTimes } from './agent-times.ts'
import { readQueue, readQueued } from './queue.ts'
import type { AgentRow, Conversation, KnownWork, RoutingQueries } from './routing-query.ts'

/** How many tickets are read at once for a router that begins. */
const portion = 1_000

const read = sql.id(readSchema)

type AgentRecord = { id: string; version: number; state: Agent }

/** Asks who works at the desk and what waits for them. */
export function routingQueries(reader: Reader): RoutingQueries {
  return {
    agents: ({ retired = false, availability }, page) => {
      const present = sql`(a.status = 'active' or ${retired}::boolean)`
      const available = availability && sql`and a.state->>'availability' = any(${[...availability]}::text[])`
      const listed = {
        columns: sql`a.id, a.version, a.state`,
        from: sql`${read}.agent a`,
        where: sql`${present} ${available ?? sql``}`,
        ordering: byText({ expression: sql`a.id`, id: sql`a.id`, direction: 'asc' }),
      }
      return readSlice(reader, listed, page, toAgent)
    },
    agent: async (id) => {
      const [row] = await reader.rows(sql<AgentRecord>`select id, version, state from ${read}.agent where id = ${id}`)
      return row && toAgent(row)
    },
    timesOf: (ids, days) => readTimes(reader, ids, days),
    queue: (page, now) => readQueue(reader, page, now),
    queuedTicket: (ticketId, now) => readQueued(reader, ticketId, now),
    conversationsOf: (crews) => {
      const named = (kind: Crew['kind']) => crews.flatMap((crew) => (crew.kind === kind ? crew.name : []))
      return readConversations(
        reader,
        sql`a.state->'profile'->>'centre' = any(${named('centre')}::text[])
          or a.state->'profile'->>'shift' = any(${named('shift')}::text[])`,
      )
    },
    conversationsOn: (tickets) => readConversations(reader, sql`w.id = any(${[...tickets]}::text[])`),
    known: () => readKnown(reader),
  }
}

const toAgent = ({ id, version, state }: AgentRecord): AgentRow => ({ id, version, agent: state })

const readConversations = (reader: Reader, chosen: RawBuilder<unknown>): Promise<readonly Conversation[]> =>
  reader.rows<Conversation>(
    sql<Conversation>`
      select w.id as "ticketId", a.id as "agentId",
        json_build_object('centre', a.state->'profile'->'centre', 'shift', a.state->'profile'->'shift') as placed
      from ${read}.agent a join ${read}.work_item w on w.item->'assignee'->>'id' = a.id
      where not w.held and a.status = 'active' and (${chosen})
      order by w.id`,
  )

/** The position is read before the rows, which may so be younger, never older. */
async function readKnown(reader: Reader): Promise<KnownWork> {
  const [checkpoint] = await reader.rows<{ position: Position | null }>(
    sql`select position from guichet_projections.generations where projection = 'routing' and role = 'serving'`,
  )
  const agents = await reader.rows<{ id: string; version: number; state: AgentState }>(
    sql`select id, version, state from ${read}.agent`,
  )
  const imports = await reader.rows<{ id: string }>(sql`select id from ${read}.routing_ended_import order by id`)
  const endedImports = imports.map(({ id }) => id)
  return { after: checkpoint?.position ?? undefined, agents, endedImports, tickets: readOpen(reader) }
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
