import pg from 'pg'
import type { TicketPolicy } from '@guichet/domain'
import { defaultTicketPolicy, defaultWording } from '@guichet/domain'
import type { DatabaseTemplate } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { DeadlineSink } from '../deadlines/clock-states.ts'
import type { NotificationSink } from '../inbox/model.ts'
import type { ReadModels } from '../read-models.ts'
import { projections, readModels } from '../read-models.ts'
import type { Projection, RecordedEvent } from '../runner/projection.ts'
import { openSession } from '../runner/session.ts'
import type { StreamHistory } from '../runner/stream-history.ts'

/** Read models of a history, in a database of their own. */
export type ProjectedHistory = {
  readonly models: ReadModels
  readonly pool: pg.Pool
  /** Projects more events, each batch in a transaction. */
  project(batches: readonly (readonly RecordedEvent[])[]): Promise<void>
  /** Calls `switched`, as the runner does when it switches readers to a generation. */
  switched(): Promise<void>
  /** Simulates a restart of the process: the next batch finds nothing in memory. */
  restart(): void
  /** Every row of every table, by table, in a stable order. */
  rows(): Promise<Readonly<Record<string, readonly unknown[]>>>
  /** The plans, line by line, of all statements of a query when sequential scans are disabled. */
  plansOf(reading: (models: ReadModels) => Promise<unknown>): Promise<readonly string[]>
  /** The plans of all statements of a query, with the actual rows of each node. */
  analysed(reading: (models: ReadModels) => Promise<unknown>): Promise<readonly AnalysedPlan[]>
  drop(): Promise<void>
}

/** A node of a plan, as Postgres reports it. */
export type AnalysedPlan = { readonly [key: string]: unknown; readonly Plans?: readonly AnalysedPlan[] }

const schema = 'rm_test'

/** All read models, with empty tables. */
const withReadModels: DatabaseTemplate = {
  name: 'projected_history',
  prepare: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    const session = await openSession(pool)
    const all = projections({ policy: defaultTicketPolicy, wording: defaultWording })
    await session.query(`create schema ${schema}`)
    await session.query('create schema guichet_read')
    await session.begin(`${schema}, public`)
    for (const projection of all) await projection.createTables(session.tx)
    for (const projection of all) await projection.createIndexes(session.tx)
    for (const table of all.flatMap(({ tables }) => tables)) {
      await session.query(`create view guichet_read.${table} as select * from ${schema}.${table}`)
    }
    await session.query('commit')
    await session.close()
    await pool.end()
  },
}

/** Opens a database with every read model and projects a history into it, without a runner. */
export async function projectHistory(
  batches: readonly (readonly RecordedEvent[])[],
  options: {
    readonly policy?: TicketPolicy
    readonly deadlineSink?: DeadlineSink
    readonly notificationSink?: NotificationSink
    readonly replaying?: boolean
  } = {},
): Promise<ProjectedHistory> {
  const { policy = defaultTicketPolicy, deadlineSink, notificationSink, replaying = false } = options
  const build = (): readonly Projection[] =>
    projections({ policy, wording: defaultWording, deadlineSink, notificationSink })
  let built = build()
  const database = await createTestDatabase(withReadModels)
  const pool = new pg.Pool({ connectionString: database.url, max: 2 })
  const session = await openSession(pool)
  const tables = built.flatMap((projection) => projection.tables)

  const transaction = async (work: () => Promise<unknown>): Promise<void> => {
    await session.begin(`${schema}, public`)
    try {
      await work()
      await session.query('commit')
    } catch (error) {
      await session.rollback()
      throw error
    }
  }

  const recorded: RecordedEvent[] = []
  const history = historyOfStreams(recorded)
  const project = async (more: readonly (readonly RecordedEvent[])[]): Promise<void> => {
    for (const events of more) {
      const from = recorded.at(-1)?.position
      recorded.push(...events)
      const context = { tx: session.tx, schema, replaying, from, history }
      await transaction(() => Promise.all(built.map((projection) => projection.project(events, context))))
    }
  }
  await project(batches)

  return {
    models: readModels(pool),
    pool,
    project,
    switched: () =>
      transaction(async () => {
        for (const projection of built) await projection.switched?.(session.tx)
      }),
    restart: () => {
      built = build()
    },
    rows: async () => {
      const read = tables.map(async (table) => {
        const { rows } = await pool.query<{ row: unknown }>(
          `select to_jsonb(t) as row from guichet_read.${table} t order by to_jsonb(t)::text collate "C"`,
        )
        return [table, rows.map(({ row }) => row)] as const
      })
      return Object.fromEntries(await Promise.all(read))
    },
    plansOf: (reading) => plansOf(pool, reading),
    analysed: (reading) => analysed(pool, reading),
    drop: async () => {
      await session.close()
      await pool.end()
      await database.drop()
    },
  }
}

/** The histories of the streams of recorded events, in the order of recording. */
function historyOfStreams(recorded: readonly RecordedEvent[]): StreamHistory {
  return {
    async *read(stream, end) {
      const last = 'position' in end ? recorded.findLastIndex(({ position }) => position === end.position) : Infinity
      yield recorded.filter((envelope, index) => {
        const isWithin = 'version' in end ? envelope.version <= end.version : index <= last
        return envelope.stream === stream && isWithin
      })
    },
  }
}

async function plansOf(pool: pg.Pool, reading: (models: ReadModels) => Promise<unknown>): Promise<readonly string[]> {
  const client = await pool.connect()
  const plans: string[] = []
  const explaining = {
    query: async (query: pg.QueryConfig) => {
      const explained = await client.query<{ 'QUERY PLAN': string }>(`explain ${query.text}`, query.values)
      plans.push(...explained.rows.map((row) => row['QUERY PLAN']))
      return client.query(query)
    },
  } as unknown as pg.Pool
  try {
    await client.query('set enable_seqscan = off')
    await reading(readModels(explaining))
  } finally {
    client.release(true)
  }
  return plans
}

async function analysed(
  pool: pg.Pool,
  reading: (models: ReadModels) => Promise<unknown>,
): Promise<readonly AnalysedPlan[]> {
  const plans: AnalysedPlan[] = []
  const analysing = {
    query: async ({ text, values }: pg.QueryConfig) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': readonly { readonly Plan: AnalysedPlan }[] }>(
        `explain (analyze, format json) ${text}`,
        values,
      )
      plans.push(...rows.flatMap((row) => row['QUERY PLAN'].map(({ Plan }) => Plan)))
      return pool.query(text, values)
    },
  } as unknown as pg.Pool
  await reading(readModels(analysing))
  return plans
}
