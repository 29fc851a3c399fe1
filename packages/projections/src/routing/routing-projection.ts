import type { AgentEvent, AgentState, TicketEvent, WorkItem } from '@guichet/domain'
import { evolveAgent, evolveWorkItem, loadOf, priorities, takesPlace, waitsForAgent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { DayOf } from '../daily-report/day.ts'
import { daysIn } from '../daily-report/day.ts'
import type { Projection } from '../runner/projection.ts'
import { keptStates } from '../streams/kept-states.ts'
import type { FoldedBatch, KeptState } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { createRoutingIndexes, createRoutingTables } from './tables.ts'
import { daysBetween } from './days-between.ts'

type Agents = FoldedBatch<AgentEvent, AgentState>
type Items = FoldedBatch<TicketEvent, WorkItem | undefined>

/** The agents, what waits for one, how fast the queue moves, and the time that agents have spent in each availability. */
export function routingProjection(timeZone: string): Projection {
  const foldAgents = createStreamFolding<AgentEvent, AgentState>({
    category: 'agent',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveAgent(state, event),
  })
  const foldItems = createStreamFolding<TicketEvent, WorkItem | undefined>({
    category: 'ticket',
    initial: undefined,
    evolve: evolveWorkItem,
  })
  const dayOf = daysIn(timeZone)
  return {
    name: 'routing',
    version: 1,
    basis: timeZone,
    tables: ['agent', 'agent_time', 'work_item', 'placement'],
    createTables: createRoutingTables,
    createIndexes: createRoutingIndexes,
    project: async (events, { tx }) => {
      const agents = await foldAgents(events, (ids) => keptStates<AgentState>(tx, 'agent', ids))
      const items = await foldItems(events, (ids) => loadItems(tx, ids))
      await Promise.all([
        agentTable.replace(tx, agentRows(agents)),
        timeTable.add(tx, timeRows(agents, dayOf)),
        itemTable.replace(tx, itemRows(items)),
        placementTable.add(tx, placementRows(items)),
      ])
    },
  }
}

async function loadItems(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<WorkItem>[]> {
  const { rows } = await sql<KeptState<WorkItem>>`
    select id, version, item as state from work_item where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

const agentTable = writtenTable('agent', 'id text', 'version integer, status text, tickets integer, state jsonb')
const timeTable = writtenTable('agent_time', 'agent_id text, day text, availability text', 'ms bigint')
const itemTable = writtenTable(
  'work_item',
  'id text',
  'version integer, open boolean, waiting boolean, urgency smallint, waiting_since timestamptz, item jsonb',
)
const placementTable = writtenTable('placement', 'minute timestamptz', 'tickets integer')

const agentRows = ({ ends }: Agents): readonly object[] =>
  ends.flatMap(({ id, version, state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, tickets: loadOf(state).ticket, state }],
  )

/** Adds up what each change of availability has ended, by the days of the desk's time zone. */
function timeRows({ steps }: Agents, dayOf: DayOf): readonly object[] {
  const spent = new Map<string, { agent_id: string; day: string; availability: string; ms: number }>()
  for (const { id, envelope } of steps) {
    const { event } = envelope
    if (event.type !== 'AvailabilityChanged') continue
    for (const { day, ms } of daysBetween(event.since, event.at, dayOf)) {
      const key = `${id}\n${day}\n${event.from}`
      const before = spent.get(key)?.ms ?? 0
      spent.set(key, { agent_id: id, day, availability: event.from, ms: before + ms })
    }
  }
  return [...spent.values()]
}

const itemRows = ({ ends }: Items): readonly object[] =>
  ends.flatMap(({ id, version, state }) => {
    if (state === undefined) return []
    const urgency = priorities.indexOf(state.priority)
    const is = { open: takesPlace(state), waiting: waitsForAgent(state) }
    return [{ id, version, ...is, urgency, waiting_since: state.waitingSince, item: state }]
  })

/** Counts, by the minute, the tickets that left the queue with an agent. */
function placementRows({ steps }: Items): readonly object[] {
  const placed = new Map<string, number>()
  for (const { envelope, before } of steps) {
    if (envelope.event.type !== 'TicketAssigned' || before?.waitingSince === undefined || before.held) continue
    const minute = `${envelope.event.at.slice(0, 16)}:00.000Z`
    placed.set(minute, (placed.get(minute) ?? 0) + 1)
  }
  return [...placed].map(([minute, tickets]) => ({ minute, tickets }))
}
