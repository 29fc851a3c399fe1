import type { Desk, DomainEvent, EventStore, Instant, Position, StreamName } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import type { ProjectionRunnerOptions } from '../runner/create-runner.ts'
import { createProjectionRunner } from '../runner/create-runner.ts'
import type { Projection } from '../runner/projection.ts'
import type { ProjectionRunner } from '../runner/runner.ts'

/** The rows of a projection as readers see them, by table, in an order of their own. */
export type Rows = Readonly<Record<string, readonly unknown[]>>

/** Projections over a store, in a database of their own. */
export type ProjectionHarness = {
  readonly url: string
  readonly pool: pg.Pool
  readonly store: EventStore
  /** A desk over the store; its clock stands still, each command brings its own time. */
  readonly desk: Desk
  /** The runner over the given projections; it has not been started. */
  readonly runner: ProjectionRunner
  /** Another runner on the same store and database, as another process would have one; `drop` stops it. */
  runnerWith(options?: Partial<ProjectionRunnerOptions>): ProjectionRunner
  /** Appends events to the end of a stream as one command. @returns the position of the last one. */
  record(stream: StreamName, ...events: readonly DomainEvent[]): Promise<Position>
  /** Resolves when all that was appended has been projected, also what an open transaction still hides from readers. */
  settled(): Promise<void>
  rowsOf(projection: Projection): Promise<Rows>
  /** Rebuilds a projection that has caught up. @returns its rows before and after, for a test to compare. */
  rebuilt(projection: Projection): Promise<{ readonly live: Rows; readonly rebuilt: Rows }>
  drop(): Promise<void>
}

const standstill = '2026-03-27T09:00:00.000Z' as Instant

/** Opens a harness; `store` says where the events are kept, in memory by default. Needs the Postgres of the test run. */
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
      if (outcome.kind === 'conflict') throw new Error(`a conflict on ${stream} although any version will do`)
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
  return { store, newest: async () => (await store.lag()).newest }
}
