import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { AgentEvent, AgentState, TicketEvent, WorkItem } from '@guichet/domain'
import { evolveAgent, isOngoing, loadOf, priorities, takesWork, waitsForAgent } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import { splitAtChanges } from '../streams/configuration.ts'
import type { ImportFolding } from '../streams/imports.ts'
import { changesImport, findEndedImports } from '../streams/imports.ts'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding, movedBy, within } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

type AgentStep = Step<AgentEvent, AgentState>
type ItemStep = Step<TicketEvent, WorkItem | undefined>

type IsHeld = (item: WorkItem) => boolean

/**
 * The agents, the tickets that wait for one, the pace of the queue, and the time that agents have spent in each
 * availability.
 */
export function routingProjection(
  items: StreamFolding<TicketEvent, WorkItem | undefined>,
  imports: ImportFolding,
): Projection {
  const agents = createStreamFolding<AgentEvent, AgentState>({
    category: 'agent',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveAgent(state, event),
  })
  return forgetsWithdrawn(
    {
      name: 'routing',
      version: 8,
      ...tablesOf(agentTable, timeTable, itemTable, placementTable, endedImportTable),
      project: async (events, context) => {
        const { tx } = context
        const ofAgents = await agents.steps(events, context)
        await Promise.all([agentTable.replace(tx, agentRows(ofAgents)), timeTable.insert(tx, timeRows(ofAgents))])
        const ofItems = await items.steps(events, context)
        let { from } = context
        for (const part of splitAtChanges(events, changesImport)) {
          const partSteps = within(part, ofItems)
          const { ended, endedNow, resumedNow } = await findEndedImports(
            imports,
            part,
            { ...context, from },
            importsOf(partSteps),
          )
          from = part.at(-1)?.position ?? from
          const isHeld = ({ importedBy }: WorkItem): boolean => importedBy !== undefined && !ended.has(importedBy)
          await releaseItems(tx, endedNow)
          await holdItems(tx, resumedNow)
          await writeEnded(tx, endedNow, resumedNow)
          await Promise.all([
            itemTable.replace(tx, itemRows(partSteps, isHeld)),
            removeRows(tx, endedItems(partSteps), { work_item: 'id' }),
            placementTable.add(tx, placementRows(partSteps, isHeld)),
          ])
        }
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { work_item: 'id' }),
  )
}

/** The imports that a batch's tickets belonged to before it. */
const importsOf = (steps: readonly ItemStep[]): readonly string[] =>
  steps.flatMap(({ before }) => before?.importedBy ?? [])

const agentRows = (steps: readonly AgentStep[]): readonly object[] =>
  movedBy(steps).flatMap(({ id, version, after: state }) => {
    if (state.status === 'absent') return []
    const { ticket: tickets, chat: chats } = loadOf(state)
    const chat_places = takesWork(state) ? state.profile.capacity.chat : 0
    return [{ id, version, status: state.status, tickets, chats, chat_places, state }]
  })

/** The intervals that a change of availability or a retirement has ended. Readers divide them into days. */
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
    const isOnHold = isHeld(item)
    const is = { held: isOnHold, waiting: waitsForAgent({ ...item, held: isOnHold }), imported_by: item.importedBy }
    const urgency = priorities.indexOf(item.priority)
    return [{ id, version, ...is, urgency, level: item.level ?? 1, waiting_since: item.waitingSince, item }]
  })

/** The tickets that were open before a batch and no longer are. */
const endedItems = (steps: readonly ItemStep[]): readonly string[] =>
  movedBy(steps).flatMap(({ id, before, after }) =>
    before !== undefined && isOngoing(before) && !(after && isOngoing(after)) ? [id] : [],
  )

/** Counts the tickets that left the queue with an agent, by minute and requested level. */
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

/**
 * `agent` and, for open tickets, `work_item` hold the folded states and the columns that queries filter by; `chats` are
 * the chats that an agent has or is offered, `chat_places` those that they may have while they are available;
 * `agent_time` the ended intervals; `placement` sums by minute and requested level.
 */
const agentTable = writtenTable(
  'agent',
  `id text collate "C" primary key,
  version integer not null,
  status text not null,
  tickets integer not null,
  chats integer not null,
  chat_places integer not null,
  state jsonb not null`,
  { fillfactor: 70 },
)

const timeTable = writtenTable(
  'agent_time',
  `agent_id text collate "C" not null,
  availability text collate "C" not null,
  began_at timestamptz not null,
  ended_at timestamptz not null`,
  { indexes: ['index on agent_time (agent_id, ended_at, began_at)'] },
)

const itemTable = writtenTable(
  'work_item',
  `id text collate "C" primary key,
  version integer not null,
  waiting boolean not null,
  imported_by text,
  held boolean not null,
  urgency smallint not null,
  level smallint not null,
  waiting_since timestamptz,
  item jsonb not null`,
  {
    fillfactor: 70,
    indexes: [
      'index on work_item (urgency desc, waiting_since, id) where waiting',
      'index on work_item (imported_by) where imported_by is not null',
    ],
  },
)

const endedImportTable = writtenTable('routing_ended_import', 'id text collate "C" primary key')

const placementTable = writtenTable(
  'placement',
  'minute timestamptz not null, level smallint not null, tickets integer not null, primary key (minute, level)',
)

/** Writes for the router which imports have ended. */
async function writeEnded(
  tx: Transaction<unknown>,
  ended: readonly string[],
  resumed: readonly string[],
): Promise<void> {
  if (ended.length > 0) {
    await sql`
      insert into routing_ended_import (id) select id from unnest(${[...ended]}::text[]) id
      on conflict do nothing`.execute(tx)
  }
  await removeRows(tx, resumed, { routing_ended_import: 'id' })
}

/** Releases into the queue the open tickets that waited for imports that have ended now, in one statement. */
async function releaseItems(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await sql`
    update work_item set held = false, waiting = waiting_since is not null
    where imported_by = any(${[...imports]}::text[]) and held`.execute(tx)
}

/** Holds the open tickets whose last event came from imports that are resumed now, until these end. */
async function holdItems(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await sql`
    update work_item set held = true, waiting = false
    where imported_by = any(${[...imports]}::text[]) and not held`.execute(tx)
}
