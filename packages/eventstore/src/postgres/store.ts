import type { Append, AppendOutcome, EventCatalogue, EventEnvelope, EventStore } from '@guichet/domain'
import type { Pool } from 'pg'
import { sendAppends } from './append-statement.ts'
import { concernsWholeBatch, isDatabaseAway } from './errors.ts'
import { createGroupCommit } from './group-commit.ts'
import type { Lag } from './lag.ts'
import { measureLag } from './lag.ts'
import { migrate } from './migrate.ts'
import { openPool } from './open-pool.ts'
import { comparePositions, isPosition } from './position.ts'
import { createGroupRead } from '../grouping/index.ts'
import type { FromVersion } from './read.ts'
import { findCommand, head, identity, isAhead, readAll, readStreams } from './read.ts'
import type { Storable } from './storable.ts'
import { toStorable } from './storable.ts'
import { assertTransactionIds } from './transaction-ids.ts'
import { createWakeUp } from './wake-up.ts'

export type PostgresStoreOptions = {
  readonly catalogue: EventCatalogue
  /** The Postgres schema of the store; `guichet` by default. */
  readonly schema?: string
  /** Batches of appends under way at once; 2 by default: one is written while the other is gathered. */
  readonly maxBatchesInFlight?: number
  /** About how many events travel in one batch; 500 by default. */
  readonly maxBatchEvents?: number
} & (
  | {
      /** Stays open when the store is closed; `openPool` opens one that survives broken connections. */ readonly pool: Pool
    }
  | { readonly connectionString: string; /** 10 by default. */ readonly maxConnections?: number }
)

export type PostgresStore = EventStore & {
  /**
   * Appends many commands, a few hundred events in one statement; those of one stream keep their order.
   * @returns the outcomes in the order of the appends, once every one is known.
   * @throws what the first append that failed failed with; the others are stored all the same.
   */
  appendMany(appends: readonly Append[]): Promise<readonly AppendOutcome[]>
  /** How far readers are behind writers, and what holds them up. */
  lag(): Promise<Lag>
}

/**
 * The event store in Postgres 14 or newer. Creates or updates its schema first.
 *
 * Concurrent appends travel together in one transaction, each checked and answered on its own. An append rejects with
 * AppendRejected (it can never be stored), StoreUnavailable (nothing was written) or AppendOutcomeUnknown (send it
 * again with the same command id).
 * @throws StoreUnusable when Postgres is too old, the schema too new, or restored events need `repairTransactionIds`.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { catalogue, schema = 'guichet', maxBatchesInFlight = 2, maxBatchEvents = 500 } = options
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
    send: (wanted) => readStreams({ pool, schema, catalogue }, wanted),
  })
  const append = async (request: Append): Promise<AppendOutcome> => appends.submit(toStorable(catalogue, request))

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
    lag: () => measureLag(pool, schema),
    close: async () => {
      await appends.idle()
      await wakeUp.close()
      await release()
    },
  }
}
