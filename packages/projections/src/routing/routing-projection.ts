import type { AgentEvent, AgentState, TicketEvent, WorkItem } from '@guichet/domain'
import { evolveAgent, evolveWorkItem, loadOf, priorities, takesPlace, waitsForAgent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart } from '../configuration/apart.ts'
import { changesImport, knownImports } from '../deadlines/imports.ts'
import type { Projection } from '../runner/projection.ts'
import type { FoldedBatch, KeptState } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'
import { holdItems, releaseItems } from './held-items.ts'
import { createRoutingIndexes, createRoutingTables } from './tables.ts'

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
  return {
    name: 'routing',
    version: 2,
    tables: ['agent', 'agent_time', 'work_item', 'placement', 'routing_ended_import'],
    createTables: createRoutingTables,
    createIndexes: createRoutingIndexes,
    project: async (events, { tx }) => {
      const agents = await foldAgents(events, (ids) => loadAgents(tx, ids))
      await Promise.all([writeAgents(tx, agents), writeTimes(tx, agents)])
      for (const part of apart(events, changesImport)) {
        const items = await foldItems(part, (ids) => loadItems(tx, ids))
        const { ended, endedNow, resumedNow } = await knownImports(tx, part, 'routing_ended_import', importsOf(items))
        const isHeld = ({ importedBy }: WorkItem): boolean => importedBy !== undefined && !ended.has(importedBy)
        await releaseItems(tx, endedNow)
        await holdItems(tx, resumedNow)
        await Promise.all([writeItems(tx, items, isHeld), writePlacements(tx, items, isHeld)])
      }
    },
  }
}

/** Of the tickets that a batch finds in the queue. */
const importsOf = ({ steps }: Items): readonly string[] => steps.flatMap(({ before }) => before?.importedBy ?? [])

async function loadAgents(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<AgentState>[]> {
  const { rows } = await sql<KeptState<AgentState>>`
    select id, version, state from agent where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

async function loadItems(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<WorkItem>[]> {
  const { rows } = await sql<KeptState<WorkItem>>`
    select id, version, item as state from work_item where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}

async function writeAgents(tx: Transaction<unknown>, { ends }: Agents): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) =>
    state.status === 'absent' ? [] : [{ id, version, status: state.status, tickets: loadOf(state).ticket, state }],
  )
  if (rows.length === 0) return
  await sql`
    insert into agent (id, version, status, tickets, state)
    select id, version, status, tickets, state
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, status text, tickets integer, state jsonb)
    on conflict (id) do update set
      version = excluded.version, status = excluded.status, tickets = excluded.tickets, state = excluded.state`.execute(
    tx,
  )
}

/** Adds the time that each change of availability has ended: in which days it lies is for readers to say. */
async function writeTimes(tx: Transaction<unknown>, { steps }: Agents): Promise<void> {
  const spent = steps.flatMap(({ id, envelope: { event } }) =>
    event.type === 'AvailabilityChanged' && event.since < event.at
      ? [{ agent_id: id, availability: event.from, began_at: event.since, ended_at: event.at }]
      : [],
  )
  if (spent.length === 0) return
  await sql`
    insert into agent_time (agent_id, availability, began_at, ended_at)
    select agent_id, availability, began_at, ended_at
    from json_to_recordset(${JSON.stringify(spent)}::json) as r (
      agent_id text, availability text, began_at timestamptz, ended_at timestamptz)`.execute(tx)
}

async function writeItems(tx: Transaction<unknown>, { ends }: Items, isHeld: IsHeld): Promise<void> {
  const rows = ends.flatMap(({ id, version, state }) =>
    state === undefined
      ? []
      : [
          {
            id,
            version,
            open: takesPlace(state),
            waiting: waitsForAgent({ ...state, held: isHeld(state) }),
            imported_by: state.importedBy,
            held: takesPlace(state) && isHeld(state),
            urgency: priorities.indexOf(state.priority),
            waiting_since: state.waitingSince,
            item: state,
          },
        ],
  )
  if (rows.length === 0) return
  await sql`
    insert into work_item (id, version, open, waiting, imported_by, held, urgency, waiting_since, item)
    select id, version, open, waiting, imported_by, held, urgency, waiting_since, item
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, open boolean, waiting boolean, imported_by text, held boolean, urgency smallint,
      waiting_since timestamptz, item jsonb)
    on conflict (id) do update set
      version = excluded.version, open = excluded.open, waiting = excluded.waiting,
      imported_by = excluded.imported_by, held = excluded.held, urgency = excluded.urgency,
      waiting_since = excluded.waiting_since, item = excluded.item`.execute(tx)
}

/** Counts, by the minute, the tickets that left the queue with an agent. */
async function writePlacements(tx: Transaction<unknown>, { steps }: Items, isHeld: IsHeld): Promise<void> {
  const placed = new Map<string, number>()
  for (const { envelope, before } of steps) {
    if (envelope.event.type !== 'TicketAssigned' || before?.waitingSince === undefined || isHeld(before)) continue
    const minute = `${envelope.event.at.slice(0, 16)}:00.000Z`
    placed.set(minute, (placed.get(minute) ?? 0) + 1)
  }
  if (placed.size === 0) return
  const rows = [...placed].map(([minute, tickets]) => ({ minute, tickets }))
  await sql`
    insert into placement as kept (minute, tickets)
    select minute, tickets from json_to_recordset(${JSON.stringify(rows)}::json) as r (minute timestamptz, tickets integer)
    on conflict (minute) do update set tickets = kept.tickets + excluded.tickets`.execute(tx)
}
