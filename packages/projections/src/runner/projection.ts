import type { EventEnvelope, GuichetEvent } from '@guichet/domain'
import type { Transaction } from 'kysely'
import type { StreamHistory } from './stream-history.ts'

export type RecordedEvent = EventEnvelope<GuichetEvent>

/** What a projection writes with: a transaction whose search path finds the tables of the generation being written. */
export type ProjectionContext = {
  /** Other projections may write in the same transaction at the same time; statements keep their order. */
  readonly tx: Transaction<unknown>
  /** The Postgres schema of the generation being written. */
  readonly schema: string
  /** What happened on single streams, also before the batch. */
  readonly history: StreamHistory
  /** True while a rebuild catches up: effects outside the projection's own tables stay silent. */
  readonly replaying: boolean
}

/** How soon a projection follows the history. */
export type Pace = 'prompt' | 'relaxed' | 'apart'

/**
 * A read model as the runner knows it. Each generation of it lives in a Postgres schema of its own; readers reach the
 * live one through views in the schema `guichet_read`, one view per table, with the table's name.
 */
export type Projection = {
  /** Lower case with underscores; unique. The checkpoint, the lease and the generation's schema carry it. */
  readonly name: string
  /** Raise it when the tables or the fold change: the runner then rebuilds the projection beside the old one. */
  readonly version: number
  /** What else the rows follow from, such as the numbers of a policy: when it changes, the projection is rebuilt too. */
  readonly basis?: string
  /**
   * `prompt`: people wait to read what they have just written, so each event is projected at once. `relaxed`, the
   * default: events are gathered for some milliseconds and written together, at a fraction of the cost. `splitAtChanges`: gathered too,
   * in transactions of their own, so that nothing that takes long in other read models delays what follows from this one.
   */
  readonly pace?: Pace
  /** The tables that readers see; their names are unique among all projections. */
  readonly tables: readonly string[]
  /**
   * Creates the tables, without the indexes that only readers need. Unqualified names: the search path is the
   * generation's schema, then `public`, where extensions belong.
   */
  createTables(tx: Transaction<unknown>): Promise<void>
  /** Creates what only readers need, after a rebuild has loaded the rows. */
  createIndexes(tx: Transaction<unknown>): Promise<void>
  /**
   * Folds a batch, in global order, into rows: load what the batch touches once, fold in memory, write each table once.
   * Runs in the transaction that moves the checkpoint; throwing rolls both back.
   */
  project(events: readonly RecordedEvent[], context: ProjectionContext): Promise<void>
  /** Called in the transaction that switches readers to this generation: the place to make up for silenced effects. */
  switched?(tx: Transaction<unknown>): Promise<void>
}
