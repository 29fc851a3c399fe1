import type { TicketPolicy, TicketState } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import type { TicketFolding } from '../tickets/ticket-states.ts'
import type { DeadlineSink } from './deadline-sink.ts'
import { knownImports } from './imports.ts'
import { changesOf, standings } from './standing.ts'
import { holdAgain, readStandingDeadlines, releaseHeld, writeStandings } from './write-standings.ts'

/** How many changes the sink is told of at once. */
const chunk = 1_000

/**
 * What falls due on each ticket. Within the projection's transaction the sink hears of every stream whose next due instant
 * has changed, or what operators filter its clock by while something is due: not while a rebuild replays, but of
 * everything that stands when readers are switched to it.
 */
export function deadlinesProjection(
  foldTickets: TicketFolding,
  policy: TicketPolicy,
  sink: DeadlineSink | undefined,
): Projection {
  return {
    name: 'deadlines',
    version: 4,
    basis: JSON.stringify(policy),
    tables: ['deadline', 'ended_import'],
    createTables,
    createIndexes: async (tx) => {
      await sql`create index on deadline (next_due) where next_due is not null`.execute(tx)
      await sql`analyze deadline`.execute(tx)
    },
    project: async (events, { tx, replaying }) => {
      const folded = await foldTickets(events, (ids) => loadStates(tx, ids))
      const { ended, endedNow, resumedNow } = await knownImports(tx, events)
      const standing = standings(folded, ended, policy)
      const before = await writeStandings(tx, standing)
      const released = await releaseHeld(tx, endedNow)
      const held = await holdAgain(tx, resumedNow)
      if (!sink || replaying) return
      const changes = [...changesOf(before, standing), ...released, ...held]
      for (let from = 0; from < changes.length; from += chunk) await sink(tx, changes.slice(from, from + chunk))
    },
    switched: async (tx) => {
      if (!sink) return
      for await (const changes of readStandingDeadlines(tx, chunk)) await sink(tx, changes)
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table deadline (
      stream text collate "C" primary key,
      version integer not null,
      state json not null,
      deadlines json not null,
      imported_by text,
      held_by text,
      next_due timestamptz
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create table ended_import (id text collate "C" primary key)`.execute(tx)
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<TicketState>[]> {
  const streams = ids.map((id) => streamName('ticket', id))
  const { rows } = await sql<KeptState<TicketState>>`
    select substr(stream, length('ticket-') + 1) as id, version, state
    from deadline where stream = any(${streams}::text[])`.execute(tx)
  return rows
}
