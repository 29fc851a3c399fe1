import type { AgentEvent, AgentState, TicketEvent, WorkItem } from '@guichet/domain'
import { evolveAgent, evolveWorkItem, loadOf, priorities, isOngoing, waitsForAgent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import { changesImport, knownImports } from '../imports/known-imports.ts'
import type { Projection } from '../runner/projection.ts'
import { keptStates } from '../streams/kept-states.ts'
import type { FoldedBatch, KeptState } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { holdItems, releaseItems } from './held-items.ts'
import { createRoutingIndexes, createRoutingTables } from './tables.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

type Agents = FoldedBatch<AgentEvent, AgentState>
type Items = FoldedBatch<TicketEvent, WorkItem | undefined>

type IsHeld = (item: WorkItem) => boolean

/** The agents, what waits for one, how fast the queue moves, and the time that agents have spent in each availability. */
export function routingProjection(): Projection {
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
  return forgetsWithdrawn(
    {
      name: 'routing',
      version: 5,
      tables: ['agent', 'agent_time', 'work_item', 'placement', 'routing_ended_import'],
      createTables: createRoutingTables,
      createIndexes: createRoutingIndexes,
      project: async (events, { tx }) => {
        const agents = await foldAgents(events, (ids) => keptStates<AgentState>(tx, 'agent', ids))
        await Promise.all([agentTable.replace(tx, agentRows(agents)), timeTable.insert(tx, timeRows(agents))])
        for (const part of apart(events, changesImport)) {
          const items = await foldItems(part, (ids) => loadItems(tx, ids))
          const { ended, endedNow, resumedNow } = await knownImports(tx, part, 'routing_ended_import', importsOf(items))
          const isHeld = ({ importedBy }: WorkItem): boolean => importedBy !== undefined && !ended.has(importedBy)
          await releaseItems(tx, endedNow)
          await holdItems(tx, resumedNow)
          await Promise.all([
            itemTable.replace(tx, itemRows(items, isHeld)),
            placementTable.add(tx, placementRows(items, isHeld)),
          ])
        }
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { work_item: 'id' }),
  )
}

/** Of the tickets that a batch finds in the queue. */
const importsOf = ({ steps }: Items): readonly string[] => steps.flatMap(({ before }) => before?.importedBy ?? [])

async function loadItems(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<WorkItem>[]> {
  const { rows } = await sql<KeptState<WorkItem>>`
    select id, version, item as state from work_item where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

const agentTable = writtenTable('agent', 'id text', 'version integer, status text, tickets integer, state jsonb')
const timeTable = writtenTable(
  'agent_time',
  'agent_id text',
  'availability text, began_at timestamptz, ended_at timestamptz',
)
const itemTable = writtenTable(
  'work_item',
  'id text',
  'version integer, open boolean, waiting boolean, imported_by text, held boolean, urgency smallint, level smallint, waiting_since timestamptz, item jsonb',
)
const placementTable = writtenTable('placement', 'minute timestamptz, level smallint', 'tickets integer')

const agentRows = ({ ends }: Agents): readonly object[] =>
  ends.flatMap(({ id, version, state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, tickets: loadOf(state).ticket, state }],
  )

/** The time that each change of availability, or a retirement, has ended: in which days it lies is for readers to say. */
const timeRows = ({ steps }: Agents): readonly object[] =>
  steps.flatMap(({ id, envelope: { event }, before }) => {
    const ends = event.type === 'AvailabilityChanged' || event.type === 'AgentRetired'
    if (!ends || before.status !== 'active' || before.availableSince >= event.at) return []
    const { availability, availableSince } = before
    return [{ agent_id: id, availability, began_at: availableSince, ended_at: event.at }]
  })

const itemRows = ({ ends }: Items, isHeld: IsHeld): readonly object[] =>
  ends.flatMap(({ id, version, state }) => {
    if (state === undefined) return []
    const open = isOngoing(state)
    const held = open && isHeld(state)
    const is = { open, held, waiting: waitsForAgent({ ...state, held }), imported_by: state.importedBy }
    const urgency = priorities.indexOf(state.priority)
    return [{ id, version, ...is, urgency, level: state.level ?? 1, waiting_since: state.waitingSince, item: state }]
  })

/** Counts, by the minute and the level asked for, the tickets that left the queue with an agent. */
function placementRows({ steps }: Items, isHeld: IsHeld): readonly object[] {
  const placed = new Map<string, { minute: string; level: number; tickets: number }>()
  for (const { envelope, before } of steps) {
    if (envelope.event.type !== 'TicketAssigned' || before?.waitingSince === undefined || isHeld(before)) continue
    const minute = `${envelope.event.at.slice(0, 16)}:00.000Z`
    const { level = 1 } = before
    const { tickets } = placed.get(`${minute}/${level}`) ?? { tickets: 0 }
    placed.set(`${minute}/${level}`, { minute, level, tickets: tickets + 1 })
  }
  return [...placed.values()]
}
