import type { AgentEvent, AgentState, TicketEvent, WorkItem } from '@guichet/domain'
import { evolveAgent, loadOf, priorities, isOngoing, waitsForAgent } from '@guichet/domain'
import { apart } from '../configuration/apart.ts'
import { changesImport, knownImports } from '../imports/known-imports.ts'
import type { Projection } from '../runner/projection.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding, movedBy, within } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { holdItems, releaseItems } from './held-items.ts'
import { createRoutingIndexes, createRoutingTables } from './tables.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

type AgentStep = Step<AgentEvent, AgentState>
type ItemStep = Step<TicketEvent, WorkItem | undefined>

type IsHeld = (item: WorkItem) => boolean

/** The agents, what waits for one, how fast the queue moves, and the time that agents have spent in each availability. */
export function routingProjection(items: StreamFolding<TicketEvent, WorkItem | undefined>): Projection {
  const agents = createStreamFolding<AgentEvent, AgentState>({
    category: 'agent',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveAgent(state, event),
  })
  return forgetsWithdrawn(
    {
      name: 'routing',
      version: 6,
      tables: ['agent', 'agent_time', 'work_item', 'placement', 'routing_ended_import'],
      createTables: createRoutingTables,
      createIndexes: createRoutingIndexes,
      project: async (events, context) => {
        const { tx } = context
        const ofAgents = await agents.steps(events, context)
        await Promise.all([agentTable.replace(tx, agentRows(ofAgents)), timeTable.insert(tx, timeRows(ofAgents))])
        const ofItems = await items.steps(events, context)
        for (const part of apart(events, changesImport)) {
          const own = within(part, ofItems)
          const { ended, endedNow, resumedNow } = await knownImports(tx, part, 'routing_ended_import', importsOf(own))
          const isHeld = ({ importedBy }: WorkItem): boolean => importedBy !== undefined && !ended.has(importedBy)
          await releaseItems(tx, endedNow)
          await holdItems(tx, resumedNow)
          await Promise.all([
            itemTable.replace(tx, itemRows(own, isHeld)),
            removeRows(tx, endedItems(own), { work_item: 'id' }),
            placementTable.add(tx, placementRows(own, isHeld)),
          ])
        }
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { work_item: 'id' }),
  )
}

/** Of the tickets that a batch finds in the queue. */
const importsOf = (steps: readonly ItemStep[]): readonly string[] =>
  steps.flatMap(({ before }) => before?.importedBy ?? [])

const agentTable = writtenTable('agent', 'id text', 'version integer, status text, tickets integer, state jsonb')
const timeTable = writtenTable(
  'agent_time',
  'agent_id text',
  'availability text, began_at timestamptz, ended_at timestamptz',
)
const itemTable = writtenTable(
  'work_item',
  'id text',
  'version integer, waiting boolean, imported_by text, held boolean, urgency smallint, level smallint, waiting_since timestamptz, item jsonb',
)
const placementTable = writtenTable('placement', 'minute timestamptz, level smallint', 'tickets integer')

const agentRows = (steps: readonly AgentStep[]): readonly object[] =>
  movedBy(steps).flatMap(({ id, version, after: state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, tickets: loadOf(state).ticket, state }],
  )

/** The time that each change of availability, or a retirement, has ended: in which days it lies is for readers to say. */
const timeRows = (steps: readonly AgentStep[]): readonly object[] =>
  steps.flatMap(({ id, envelope: { event }, before }) => {
    const ends = event.type === 'AvailabilityChanged' || event.type === 'AgentRetired'
    if (!ends || before.status !== 'active' || before.availableSince >= event.at) return []
    const { availability, availableSince } = before
    return [{ agent_id: id, availability, began_at: availableSince, ended_at: event.at }]
  })

const itemRows = (steps: readonly ItemStep[], isHeld: IsHeld): readonly object[] =>
  movedBy(steps).flatMap(({ id, version, after: item }) => {
    if (item === undefined || !isOngoing(item)) return []
    const held = isHeld(item)
    const is = { held, waiting: waitsForAgent({ ...item, held }), imported_by: item.importedBy }
    const urgency = priorities.indexOf(item.priority)
    return [{ id, version, ...is, urgency, level: item.level ?? 1, waiting_since: item.waitingSince, item }]
  })

/** The tickets that were open before a batch and are not any more. */
const endedItems = (steps: readonly ItemStep[]): readonly string[] =>
  movedBy(steps).flatMap(({ id, before, after }) =>
    before !== undefined && isOngoing(before) && !(after && isOngoing(after)) ? [id] : [],
  )

/** Counts, by the minute and the level asked for, the tickets that left the queue with an agent. */
function placementRows(steps: readonly ItemStep[], isHeld: IsHeld): readonly object[] {
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
