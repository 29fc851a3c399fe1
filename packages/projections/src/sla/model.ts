import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { TermsTimeline, TicketEvent } from '@guichet/domain'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import type { TermsKeeper } from '../streams/configuration.ts'
import { appliesConfiguration } from '../streams/configuration.ts'
import type { ImportFolding } from '../streams/imports.ts'
import { findEndedImports } from '../streams/imports.ts'
import type { MovedStream, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import { tablesOf, writtenTable } from '../written-table.ts'
import type { SlaClocks, SlaStep } from './fold.ts'
import { assigneeOf, centresOf, followCentres, namesCentre } from './fold.ts'
import { endedTargets, runningTargets } from './targets.ts'
import {
  holdTargets,
  isHeld,
  moveTargets,
  moveTargetsOf,
  openTable,
  outcomeTable,
  releaseTargets,
  removeTargets,
  targetTable,
  termsTable,
  writeTargets,
} from './write-targets.ts'

/**
 * The desk's promises on each ticket, and how it kept them. An applied configuration moves every running target, and an
 * agent who moves to another centre those of their tickets, at its place in the history, so that the result does not
 * depend on how history is cut into batches.
 * @param basis what targets are computed from besides the events: another one rebuilds them.
 */
export function slaProjection(
  clocks: StreamFolding<TicketEvent, SlaClocks>,
  terms: TermsKeeper,
  imports: ImportFolding,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'sla',
      version: 11,
      basis,
      ...tables,
      createTables: createSlaTables,
      project: async (events, context) => {
        const { tx } = context
        const { ended, endedNow, resumedNow } = await findEndedImports(imports, events, context)
        const endedOf = async (ids: readonly string[]) => (await findEndedImports(imports, events, context, ids)).ended
        const steps = await clocks.steps(events, context)
        for (const { events: part, timeline, changed } of await terms.split(events, context, movesTargets)) {
          const agents = await followCentres(tx, part)
          const [first] = part
          if (first && (changed || agents.length > 0)) {
            const at = { clocks, position: first.position, context, endedOf }
            await (changed ? moveTargets(timeline, at) : moveTargetsOf(timeline, agents, at))
          }
          await write(tx, within(part, steps), timeline, ended)
        }
        await releaseTargets(tx, endedNow)
        await holdTargets(tx, resumedNow)
      },
    },
    async (ids, { tx }) => {
      await removeTargets(tx, ids)
      await removeRows(tx, ids, { sla_ticket: 'id' })
    },
  )
}

/**
 * Events that move targets come first in each part, so that the other events of a part share one timeline and one
 * centre per agent.
 */
const movesTargets = (recorded: RecordedEvent): boolean => appliesConfiguration(recorded) || namesCentre(recorded)

async function write(
  tx: Transaction<unknown>,
  steps: readonly SlaStep[],
  timeline: TermsTimeline,
  ended: ReadonlySet<string>,
): Promise<void> {
  const moved = movedBy(steps)
  await ticketTable.replace(tx, ticketRows(moved))
  const touched = moved.filter(movesClocks)
  const ids = new Set(touched.map(({ id }) => id))
  if (ids.size === 0) return
  const touchedSteps = steps.filter(({ id }) => ids.has(id))
  const states = [...touched.map(({ after }) => after), ...touchedSteps.map(({ before }) => before)]
  const centres = await centresOf(tx, states.map(assigneeOf))
  const running = touched.flatMap(({ id, after }) => runningTargets(id, after, timeline, centres, isHeld(after, ended)))
  await writeTargets(tx, [...ids], running, endedTargets(touchedSteps, timeline, centres))
}

const ticketRows = (moved: readonly MovedStream<SlaClocks>[]): readonly object[] =>
  moved.flatMap(({ id, before, after }) => {
    const same = before.ticket.status !== 'absent' && runs(before) === runs(after)
    if (same && before.importedBy === after.importedBy) return []
    return [{ id, running: runs(after), imported_by: after.importedBy }]
  })

const runs = ({ ticket }: SlaClocks): boolean =>
  ticket.status !== 'absent' && Object.values(ticket.clocks.targets).some((clock) => clock !== undefined)

/** What the rows of targets depend on besides the terms. */
const followsFrom = ['status', 'clocks', 'category', 'priority', 'plan', 'team', 'level', 'assignee'] as const

/** Whether a ticket has had an event that its targets depend on. */
function movesClocks({ before, after }: MovedStream<SlaClocks>): boolean {
  if (before.ticket.status === 'absent' || after.ticket.status === 'absent') return true
  if (before.marks !== after.marks || before.metWith !== after.metWith) return true
  const [was, is] = [before.ticket, after.ticket]
  return before.importedBy !== after.importedBy || followsFrom.some((each) => was[each] !== is[each])
}

/** Whether a target of a ticket runs. */
const ticketTable = writtenTable(
  'sla_ticket',
  'id text collate "C" primary key, running boolean not null, imported_by text',
  { fillfactor: 70 },
)

/** The centre of each agent. */
const agentTable = writtenTable('sla_agent', 'id text collate "C" primary key, centre text')

const tables = tablesOf(ticketTable, targetTable, termsTable, openTable, outcomeTable, agentTable)

async function createSlaTables(tx: Transaction<unknown>): Promise<void> {
  await tables.createTables(tx)
  await sql`create index on sla_ticket (id) where running`.execute(tx)
  await sql`create index on sla_target (assignee_id, due_at, id) where running and assignee_id is not null`.execute(tx)
}
