import type { TermsTimeline, TicketEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { apart, appliesConfiguration } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import { knownImports } from '../imports/known-imports.ts'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import type { Moved, StreamFolding } from '../streams/stream-folding.ts'
import { movedBy, within } from '../streams/stream-folding.ts'
import { writtenTable } from '../writing/written-table.ts'
import { centresOf, followCentres, saysCentre } from './centres.ts'
import { endedTargets } from './ended-targets.ts'
import { holdTargets, releaseTargets } from './held-targets.ts'
import { moveTargets, moveTargetsOf } from './move-targets.ts'
import { runningTargets } from './running-targets.ts'
import type { SlaClocks, SlaStep } from './sla-fold.ts'
import { assigneeOf } from './sla-fold.ts'
import { createSlaIndexes, createSlaTables, slaTables } from './tables.ts'
import { removeTargets, writeTargets } from './write-targets.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * What the desk promised on each ticket, and how it kept it. An applied configuration moves every target that runs, and an agent
 * who goes to another centre those of their tickets, at the place in history at which it happened, so that it makes no
 * difference how history is cut into batches.
 * @param basis what targets are computed from besides the events: another one rebuilds them.
 */
export function slaProjection(
  clocks: StreamFolding<TicketEvent, SlaClocks>,
  terms: TimelineKeeper,
  basis: string,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'sla',
      version: 10,
      basis,
      tables: slaTables,
      createTables: async (tx) => {
        await createSlaTables(tx)
        await terms.createTables(tx)
      },
      createIndexes: createSlaIndexes,
      project: async (events, context) => {
        const { tx } = context
        const { ended, endedNow, resumedNow } = await knownImports(tx, events, 'sla_ended_import')
        const steps = await clocks.steps(events, context)
        for (const part of apart(events, movesTargets)) {
          const { timeline, changed } = await terms.follow(tx, part)
          const agents = await followCentres(tx, part)
          const [first] = part
          if (first && (changed || agents.length > 0)) {
            const at = { clocks, position: first.position, context }
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

/** What moves targets comes first in each part: the others of it are all under one timeline, and in one centre. */
const movesTargets = (recorded: RecordedEvent): boolean => appliesConfiguration(recorded) || saysCentre(recorded)

async function write(
  tx: Transaction<unknown>,
  steps: readonly SlaStep[],
  timeline: TermsTimeline,
  ended: ReadonlySet<string>,
): Promise<void> {
  const moved = movedBy(steps)
  const holds = ({ importedBy }: SlaClocks): string | undefined =>
    importedBy !== undefined && !ended.has(importedBy) ? importedBy : undefined
  await ticketTable.replace(tx, ticketRows(moved, holds))
  const touched = moved.filter(movesClocks)
  const ids = new Set(touched.map(({ id }) => id))
  if (ids.size === 0) return
  const own = steps.filter(({ id }) => ids.has(id))
  const states = [...touched.map(({ after }) => after), ...own.map(({ before }) => before)]
  const centres = await centresOf(tx, states.map(assigneeOf))
  const running = touched.flatMap(({ id, after }) =>
    runningTargets(id, after, timeline, centres, holds(after) !== undefined),
  )
  await writeTargets(tx, [...ids], running, endedTargets(own, timeline, centres))
}

const ticketTable = writtenTable('sla_ticket', 'id text', 'running boolean, imported_by text, held_by text')

type Holds = (clocks: SlaClocks) => string | undefined

const ticketRows = (moved: readonly Moved<SlaClocks>[], holds: Holds): readonly object[] =>
  moved.flatMap(({ id, before, after }) => {
    const same = before.ticket.status !== 'absent' && runs(before) === runs(after)
    if (same && before.importedBy === after.importedBy) return []
    return [{ id, running: runs(after), imported_by: after.importedBy, held_by: holds(after) }]
  })

const runs = ({ ticket }: SlaClocks): boolean =>
  ticket.status !== 'absent' && Object.values(ticket.clocks.targets).some((clock) => clock !== undefined)

/** What the rows of targets follow from, beside the terms. */
const followsFrom = ['status', 'clocks', 'category', 'priority', 'plan', 'team', 'level', 'assignee'] as const

/** Whether anything has happened on a ticket that its targets follow from. */
function movesClocks({ before, after }: Moved<SlaClocks>): boolean {
  if (before.ticket.status === 'absent' || after.ticket.status === 'absent') return true
  if (before.marks !== after.marks || before.metWith !== after.metWith) return true
  const [was, is] = [before.ticket, after.ticket]
  return before.importedBy !== after.importedBy || followsFrom.some((each) => was[each] !== is[each])
}
