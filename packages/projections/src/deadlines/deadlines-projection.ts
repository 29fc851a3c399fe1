import { streamName } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { TimelineKeeper } from '../configuration/timeline-keeper.ts'
import type { Projection } from '../runner/projection.ts'
import type { CategoryClock } from './clock-of.ts'
import type { DeadlineSink } from './deadline-sink.ts'
import { knownImports } from '../imports/known-imports.ts'
import { recompute } from './recompute.ts'
import { changesOf } from './standing.ts'
import type { StreamStanding } from './standing.ts'
import { holdAgain, readClocked, releaseHeld, removeStreams, writeStandings } from './write-standings.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'

/** How many changes the sink is told of at once. */
const chunk = 1_000

/** How many streams are worked out anew at once when the terms change. */
const portion = 200

/**
 * What falls due on each stream of the categories that have clocks. Within the projection's transaction the sink hears of every stream whose next due instant
 * has changed, or what operators filter its clock by while something is due or outstanding: not while a rebuild replays, but of
 * everything that stands when readers are switched to it.
 * @param basis what deadlines are computed from besides the events: another one rebuilds them.
 */
export function deadlinesProjection(
  clocks: readonly CategoryClock[],
  terms: TimelineKeeper,
  basis: string,
  sink: DeadlineSink | undefined,
): Projection {
  return forgetsWithdrawn(
    {
      name: 'deadlines',
      version: 11,
      pace: 'apart',
      basis,
      tables: ['deadline', 'ended_import'],
      createTables: async (tx) => {
        await createTables(tx)
        await terms.createTables(tx)
      },
      createIndexes: async (tx) => {
        await sql`create index on deadline (stream) where open`.execute(tx)
        await sql`create index on deadline (next_due) where next_due is not null`.execute(tx)
        await sql`analyze deadline`.execute(tx)
      },
      project: async (events, context) => {
        const { tx, replaying } = context
        const { ended, endedNow, resumedNow } = await knownImports(tx, events, 'ended_import')
        const { timeline, changed } = await terms.follow(tx, events)
        const standing: StreamStanding[] = []
        for (const clock of clocks) {
          const moved = await clock.standings(events, context, ended, timeline)
          standing.push(...moved.filter(({ changed: isChanged, relabelled }) => isChanged || relabelled))
        }
        const before = await writeStandings(tx, standing)
        const released = await releaseHeld(tx, endedNow)
        const held = await holdAgain(tx, resumedNow)
        const tell = sink && !replaying ? sink : async () => undefined
        const changes = [...changesOf(before, standing), ...released, ...held]
        for (let from = 0; from < changes.length; from += chunk) await tell(tx, changes.slice(from, from + chunk))
        const last = events.at(-1)
        if (changed && last) {
          const terms = { previous: changed.previous, timeline }
          const at = { position: last.position, context }
          for await (const moved of recompute(clocks, terms, at, portion)) await tell(tx, moved)
        }
      },
      switched: async (tx) => {
        if (!sink) return
        for await (const changes of readClocked(tx, chunk)) await sink(tx, changes)
      },
    },
    async (ids, { tx, replaying }) => {
      const removed = await removeStreams(
        tx,
        ids.map((id) => streamName('ticket', id)),
      )
      if (sink && !replaying) await sink(tx, removed)
    },
  )
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table deadline (
      stream text collate "C" primary key,
      deadlines json not null,
      open boolean not null,
      outstanding boolean not null,
      imported_by text,
      held_by text,
      next_due timestamptz
    ) with (fillfactor = 70)`.execute(tx)
  await sql`create table ended_import (id text collate "C" primary key)`.execute(tx)
}
