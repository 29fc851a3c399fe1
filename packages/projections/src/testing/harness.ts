import { sql } from 'kysely'
import pg from 'pg'
import { afterEach } from 'vitest'
import type { Desk, DomainEvent, EventStore, GuichetEvent, Instant, Position, StreamName } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ProjectionRunnerOptions } from '../runner/create-runner.ts'
import { createProjectionRunner } from '../runner/create-runner.ts'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { ProjectionRunner } from '../runner/runner.ts'

/** The rows of a projection as readers see them, by table, in a stable order. */
export type Rows = Readonly<Record<string, readonly unknown[]>>

/** Projections over a store, in a database of their own. */
export type ProjectionHarness = {
  readonly url: string
  readonly pool: pg.Pool
  readonly store: EventStore
  /** A desk over the store. Its clock is fixed; each command has its own time. */
  readonly desk: Desk
  /** The runner over the given projections, not started. */
  readonly runner: ProjectionRunner
  /** Opens another runner on the same store and database, as in another process; `drop` stops it. */
  runnerWith(options?: Partial<ProjectionRunnerOptions>): ProjectionRunner
  /** Appends events to the end of a stream as one command. @returns the position of the last one. */
  record(stream: StreamName, ...events: readonly DomainEvent[]): Promise<Position>
  /**
   * Resolves when all appended events have been projected, including those that an open transaction still hides from
   * readers.
   */
  settled(): Promise<void>
  rowsOf(projection: Projection): Promise<Rows>
  /** Rebuilds a projection that has caught up. @returns its rows before and after, for a test to compare. */
  rebuilt(projection: Projection): Promise<{ readonly live: Rows; readonly rebuilt: Rows }>
  drop(): Promise<void>
}

const standstill = '2026-03-27T09:00:00.000Z' as Instant

/** Opens a harness; `store` selects the event store, in memory by default. Needs the Postgres of the test run. */
export async function createProjectionHarness(
  projections: readonly Projection[],
  {
    store: kind = 'memory',
    ...options
  }: { readonly store?: 'memory' | 'postgres' } & Partial<
    Omit<ProjectionRunnerOptions, 'store' | 'pool' | 'projections'>
  > = {},
): Promise<ProjectionHarness> {
  const database = await createTestDatabase()
  const pool = new pg.Pool({ connectionString: database.url })
  pool.on('error', () => undefined)
  const { store, newest } = await openStore(kind, pool)
  let ids = 0
  const newId = (): string => `command-${++ids}`
  const runners: ProjectionRunner[] = []

  const runnerWith = (more: Partial<ProjectionRunnerOptions> = {}): ProjectionRunner => {
    const runner = createProjectionRunner({ store, pool, projections, ...options, ...more })
    runners.push(runner)
    return runner
  }
  const rowsOf = async ({ tables }: Projection): Promise<Rows> => {
    const read = tables.map(async (table) => {
      const { rows } = await pool.query<{ row: unknown }>(
        `select to_jsonb(t) as row from guichet_read.${table} t order by to_jsonb(t)::text collate "C"`,
      )
      return [table, rows.map(({ row }) => row)] as const
    })
    return Object.fromEntries(await Promise.all(read))
  }
  const runner = runnerWith()
  const settled = async (): Promise<void> => {
    const last = await newest()
    if (last !== undefined && !(await runner.reached(last, 30_000)))
      throw new Error(`${last} is not reached after 30 s`)
    await runner.caughtUp()
  }

  return {
    url: database.url,
    pool,
    store,
    desk: createDesk({ store, now: () => standstill, newId, futureToleranceMs: Number.MAX_SAFE_INTEGER }),
    runner,
    runnerWith,
    async record(stream, ...events) {
      const outcome = await store.append({ stream, expectedVersion: 'any', commandId: newId(), events })
      if (!('position' in outcome)) throw new Error(`${stream}: ${outcome.kind} although any version will do`)
      return outcome.position
    },
    settled,
    rowsOf,
    async rebuilt(projection) {
      await settled()
      const live = await rowsOf(projection)
      await runner.rebuild(projection.name)
      return { live, rebuilt: await rowsOf(projection) }
    },
    async drop() {
      await Promise.all(runners.map((each) => each.stop()))
      await store.close()
      await pool.end()
      await database.drop()
    },
  }
}

async function openStore(
  kind: 'memory' | 'postgres',
  pool: pg.Pool,
): Promise<{ readonly store: EventStore; readonly newest: () => Promise<Position | undefined> }> {
  const catalogue = guichetEvents
  if (kind === 'memory') {
    const store = inMemoryStore({ catalogue })
    return { store, newest: store.head }
  }
  const store = await postgresStore({ catalogue, pool })
  return { store, newest: store.newest }
}

/** Opens harnesses for the tests of a file; each is dropped at the end of the test that opened it. */
export function harnessPerTest(): typeof createProjectionHarness {
  const opened: ProjectionHarness[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((harness) => harness.drop()))
  })
  return async (...options) => {
    const harness = await createProjectionHarness(...options)
    opened.push(harness)
    return harness
  }
}

/**
 * The smallest projection that detects duplicates, gaps and wrong order: each event's position and version, by stream.
 */
export function tallyProjection(
  options: {
    /** `tally` by default; its tables are `<name>` (one row per stream) and `<name>_events` (one per event). */
    readonly name?: string
    readonly version?: number
    readonly basis?: string
    /** `prompt` by default. */
    readonly pace?: Projection['pace']
    /** Called before each batch is written; may throw or wait. */
    readonly before?: (events: readonly RecordedEvent[], context: ProjectionContext) => unknown
    readonly switched?: Projection['switched']
  } = {},
): Projection {
  const { name = 'tally', version = 1, basis = '', pace = 'prompt', before, switched } = options
  const streams = sql.table(name)
  const entries = sql.table(`${name}_events`)
  return {
    name,
    version,
    basis,
    pace,
    tables: [name, `${name}_events`],
    async createTables(tx) {
      await sql`create table ${streams} (stream text primary key, events integer not null, version integer not null)`.execute(
        tx,
      )
      await sql`create table ${entries} (id text primary key, stream text not null, version integer not null)`.execute(
        tx,
      )
    },
    async createIndexes(tx) {
      await sql`create unique index on ${entries} (stream, version)`.execute(tx)
    },
    async project(events, context) {
      await before?.(events, context)
      const ids = events.map(({ id }) => id)
      const names = events.map(({ stream }) => stream)
      const versions = events.map((event) => event.version)
      await sql`insert into ${entries}
        select * from unnest(${ids}::text[], ${names}::text[], ${versions}::integer[])`.execute(context.tx)
      await sql`insert into ${streams} as known
        select stream, count(*), max(version)
        from unnest(${names}::text[], ${versions}::integer[]) as e (stream, version) group by stream
        on conflict (stream) do update
        set events = known.events + excluded.events, version = excluded.version`.execute(context.tx)
    },
    ...(switched && { switched }),
  }
}

/** A history cut into batches of the given sizes, over and over. */
export function inBatches<E>(events: readonly E[], sizes: readonly number[]): readonly (readonly E[])[] {
  const batches: (readonly E[])[] = []
  for (let from = 0, n = 0; from < events.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    batches.push(events.slice(from, from + size))
    from += size
  }
  return batches
}

/** An event that is valid on any ticket, for tests that only need some event. */
export function sampleEvent(tag = 'sample'): GuichetEvent {
  const at = '2026-03-27T09:00:00.000Z' as Instant
  return { type: 'TicketTagged', at, by: { kind: 'agent', id: 'agent-1' }, tag }
}
