import type { Pool, PoolClient } from 'pg'
import type { Append, AppendOutcome, EventCatalogue, EventEnvelope, EventStore, Position } from '@guichet/domain'
import { StoreUnusable } from '../failure.ts'
import { createGroupRead } from '../group-read.ts'
import type { Storable } from './append.ts'
import { isLargerThan, sendAppends, toStorable } from './append.ts'
import { createGroupCommit } from './group-commit.ts'
import { concernsWholeBatch, isDatabaseAway, openPool } from './pool.ts'
import { migrate } from './prepare-events.ts'
import type { FromVersion, Lag } from './read.ts'
import {
  comparePositions,
  findCommand,
  head,
  identity,
  isAhead,
  isPosition,
  measureLag,
  newest,
  readAll,
  readStreams,
} from './read.ts'
import { postgresSnapshots } from './snapshots.ts'
import { createWakeUp } from './wake-up.ts'

/** How an event store in Postgres is opened. */
export type PostgresStoreOptions = {
  readonly catalogue: EventCatalogue
  /** The Postgres schema of the store; `guichet` by default. */
  readonly schema?: string
  /** Batches of appends under way at once; 2 by default: one is written while the other is gathered. */
  readonly maxBatchesInFlight?: number
  /** About how many events travel in one batch; 500 by default. */
  readonly maxBatchEvents?: number
  /** How many bytes the data of an append's events may have together; 16 MiB by default. */
  readonly maxAppendBytes?: number
} & (
  | {
      /** Stays open when the store is closed; `openPool` opens one that survives broken connections. */ readonly pool: Pool
    }
  | { readonly connectionString: string; /** 10 by default. */ readonly maxConnections?: number }
)

/** An event store in Postgres. */
export type PostgresStore = EventStore & {
  /**
   * Appends many commands, a few hundred events in one statement; those of one stream keep their order.
   * @returns the outcomes in the order of the appends, once all are known.
   * @throws the error of the first append that failed; the others are stored all the same.
   */
  appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]>
  /**
   * The position of the last event that is committed. Readers may not see it yet, while an older transaction of the server is
   * open; `head` is the last that they see.
   */
  newest(): Promise<Position | undefined>
  /** How far readers are behind writers, and the cause of the delay. */
  lag(): Promise<Lag>
}

/**
 * The event store in Postgres 14 or newer. Creates or migrates its schema first.
 *
 * Concurrent appends travel together in one transaction, each checked and answered separately. An append rejects with
 * AppendRejected (it can never be stored), StoreUnavailable (nothing was written) or AppendOutcomeUnknown (send it
 * again with the same command id).
 * @throws StoreUnusable when Postgres is too old, the schema too new, or restored events need `repairTransactionIds`.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const {
    catalogue,
    schema = 'guichet',
    maxBatchesInFlight = 2,
    maxBatchEvents = 500,
    maxAppendBytes = 16 * 1_048_576,
  } = options
  const pool = 'pool' in options ? options.pool : openPool(options)
  const release = async (): Promise<void> => {
    if (!('pool' in options)) await pool.end()
  }
  try {
    await migrate(pool, schema)
    await assertTransactionIds(pool, schema)
  } catch (error) {
    await release()
    throw error
  }

  const wakeUp = createWakeUp(pool, `${schema}_appended`)
  const snapshots = postgresSnapshots(pool, schema)
  const appends = createGroupCommit<Storable, AppendOutcome>({
    maxInFlight: maxBatchesInFlight,
    maxEvents: maxBatchEvents,
    concernsAll: concernsWholeBatch,
    send: async (batch) => {
      const outcomes = await sendAppends(pool, schema, batch)
      if (outcomes.some((outcome) => outcome !== 'busy' && outcome.kind === 'appended')) wakeUp.appended()
      return outcomes
    },
  })
  const read = createGroupRead<FromVersion, readonly EventEnvelope[]>({
    maxInFlight: 4,
    maxRequests: 32,
    concernsAll: isDatabaseAway,
    send: (requests) => readStreams({ pool, schema, catalogue }, requests),
  })
  const append = async (request: Append): Promise<AppendOutcome> => {
    const storable = toStorable(catalogue, request)
    if (isLargerThan(storable, maxAppendBytes)) return { kind: 'too_large', limit: maxAppendBytes }
    return appends.submit(storable)
  }

  return {
    append,
    appendMany: async (requests) => {
      const settled = await Promise.allSettled(requests.map(append))
      return settled.map((result) => {
        if (result.status === 'rejected') throw result.reason
        return result.value
      })
    },
    readStream: (stream, from = 1, limit) => read({ stream, from, limit }),
    readAll: (request) => readAll({ pool, schema, catalogue }, request),
    findCommand: (stream, commandId) => findCommand({ pool, schema }, stream, commandId),
    head: () => head({ pool, schema }),
    identity: () => identity({ pool, schema }),
    isPosition,
    isAhead: (position) => isAhead({ pool, schema }, position),
    comparePositions,
    onAppended: wakeUp.subscribe,
    newest: () => newest(pool, schema),
    lag: () => measureLag(pool, schema),
    snapshots,
    close: async () => {
      await appends.idle()
      await snapshots.idle()
      await wakeUp.close()
      await release()
    },
  }
}

/**
 * Checks that the stored transaction ids are below those that this server will assign. They are not when a dump was
 * restored into a server with a lower transaction counter: events would be invisible, or come in the wrong order.
 * @throws StoreUnusable with reason `transaction_ids_ahead`.
 */
async function assertTransactionIds(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ ahead: boolean }>(`select ${ahead(schema)} as ahead`)
  if (rows[0]?.ahead) {
    throw new StoreUnusable(
      'transaction_ids_ahead',
      `the events of schema ${schema} were written by a server that had counted more transactions than this one, ` +
        'as after restoring a dump; stop every program that uses them and run `guichet repair` (repairTransactionIds) once',
    )
  }
}

/**
 * Makes restored events readable: transaction ids of this server continue from the last stored one. History, positions
 * and checkpoints do not change. Run it while nothing else uses the store; it is harmless when nothing is wrong.
 * @returns whether a repair was needed.
 */
export async function repairTransactionIds(pool: Pool, schema = 'guichet'): Promise<boolean> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    if (!(await exists(client, schema))) return false
    // The owner of the events has revoked its own rights to change them, and a lock requires one.
    await client.query(`
      grant truncate on ${schema}.events to current_user;
      lock table ${schema}.events in access exclusive mode;
      revoke truncate on ${schema}.events from current_user`)
    const { rows } = await client.query<{ ahead: boolean; distance: string }>(
      `select ${ahead(schema)} as ahead, ${last(schema)} + 1 - pg_snapshot_xmin(pg_current_snapshot())::text::bigint as distance`,
    )
    const [row] = rows
    if (!row?.ahead) return false
    await client.query(
      `create or replace function ${schema}.transaction_offset() returns bigint
       language sql immutable parallel safe as 'select bigint ''${BigInt(row.distance)}'''`,
    )
    await client.query('commit')
    return true
  } finally {
    await client.query('rollback').catch(() => undefined)
    client.release()
  }
}

async function exists(client: PoolClient, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    `${schema}.events`,
  ])
  return rows[0]?.there === true
}

/** The last stored transaction. Postgres 14 has no `max` of transaction ids. */
const last = (schema: string): string =>
  `(select transaction_id::text::bigint from ${schema}.events order by events.transaction_id desc limit 1)`

const ahead = (schema: string): string => `coalesce(
  ${last(schema)} >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + ${schema}.transaction_offset(), false)`
