import type { TermsTimeline } from '@guichet/domain'
import { importIdOf } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { apart, appliesConfiguration } from '../configuration/apart.ts'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import { knownImports } from '../imports/known-imports.ts'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { centresOf, followCentres, saysCentre } from './centres.ts'
import { endedTargets } from './ended-targets.ts'
import { holdTargets, releaseTargets } from './held-targets.ts'
import { moveTargets, moveTargetsOf } from './move-targets.ts'
import { runningTargets } from './running-targets.ts'
import type { FoldedSla, SlaClocks } from './sla-fold.ts'
import { assigneeOf, createSlaFolding, packed, unpacked } from './sla-fold.ts'
import { createSlaIndexes, createSlaTables, slaTables } from './tables.ts'
import { removeTargets, writeTargets } from './write-targets.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * What the desk promised on each ticket, and how it kept it. An applied configuration moves every target that runs, and an agent
 * who goes to another centre those of their tickets, at the place in history at which it happened, so that it makes no
 * difference how history is cut into batches.
 * @param basis what targets are computed from besides the events: another one rebuilds them.
 */
export function slaProjection(terms: TimelineKeeper, basis: string): Projection {
  const fold = createSlaFolding()
  return forgetsWithdrawn(
    {
      name: 'sla',
      version: 9,
      basis,
      tables: slaTables,
      createTables: async (tx) => {
        await createSlaTables(tx)
        await terms.createTables(tx)
      },
      createIndexes: createSlaIndexes,
      project: async (events, { tx }) => {
        const { ended, endedNow, resumedNow } = await knownImports(tx, events, 'sla_ended_import')
        for (const part of apart(events, movesTargets)) {
          const { timeline, changed } = await terms.follow(tx, part)
          const agents = await followCentres(tx, part)
          if (changed) await moveTargets(tx, timeline)
          else if (agents.length > 0) await moveTargetsOf(tx, timeline, agents)
          await write(tx, await fold(part, (ids) => loadClocks(tx, ids)), timeline, ended)
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
  { steps, ends }: FoldedSla,
  timeline: TermsTimeline,
  ended: ReadonlySet<string>,
): Promise<void> {
  if (ends.length === 0) return
  const imports = new Map(steps.map(({ id, envelope }) => [id, importIdOf(envelope.correlationId)]))
  const tickets = ends.map(({ id, version, state }) => {
    const imported_by = imports.get(id)
    const held_by = imported_by !== undefined && !ended.has(imported_by) ? imported_by : undefined
    return { id, version, state, running: runs(state), imported_by, held_by }
  })
  const centres = await centresOf(
    tx,
    [...ends.map(({ state }) => state), ...steps.map(({ before }) => before)].map(assigneeOf),
  )
  const running = tickets.flatMap(({ id, state, held_by }) =>
    runningTargets(id, state, timeline, centres, held_by !== undefined),
  )
  await writeTickets(
    tx,
    tickets.map(({ state, ...ticket }) => ({ ...ticket, state: packed(state) })),
  )
  await writeTargets(
    tx,
    tickets.map(({ id }) => id),
    running,
    endedTargets(steps, timeline, centres),
  )
}

const runs = ({ ticket }: SlaClocks): boolean =>
  ticket.status !== 'absent' && Object.values(ticket.clocks.targets).some((clock) => clock !== undefined)

async function writeTickets(tx: Transaction<unknown>, rows: readonly object[]): Promise<void> {
  await sql`
    insert into sla_ticket (id, version, state, running, imported_by, held_by)
    select id, version, state, running, imported_by, held_by
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (
      id text, version integer, state jsonb, running boolean, imported_by text, held_by text
    )
    on conflict (id) do update set
      version = excluded.version, state = excluded.state, running = excluded.running,
      imported_by = excluded.imported_by, held_by = excluded.held_by`.execute(tx)
}

type Kept = Omit<KeptState<unknown>, 'state'> & { readonly state: Parameters<typeof unpacked>[0] }

async function loadClocks(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<SlaClocks>[]> {
  const { rows } = await sql<Kept>`
    select id, version, state from sla_ticket where id = any(${[...ids]}::text[])`.execute(tx)
  return rows.map((row) => ({ ...row, state: unpacked(row.state) }))
}
