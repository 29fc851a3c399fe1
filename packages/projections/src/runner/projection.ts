import type { EventEnvelope, GuichetEvent, Position } from '@guichet/domain'
import type { Transaction } from 'kysely'
import type { StreamHistory } from './stream-history.ts'

/** A stored event as projections get it, with its stream, version and position. */
export type RecordedEvent = EventEnvelope<GuichetEvent>

/** What a projection writes with: a transaction whose search path finds the tables of the generation being written. */
export type ProjectionContext = {
  /** Other projections may write in the same transaction at the same time; statements keep their order. */
  readonly tx: Transaction<unknown>
  /** The Postgres schema of the generation being written. */
  readonly schema: string
  /** The checkpoint before the batch: the position of the last event before it, or undefined at the beginning. */
  readonly from: Position | undefined
  /** The events of single streams, including those before the batch. */
  readonly history: StreamHistory
  /** True while a rebuild catches up: a projection has no effects outside of its own tables then. */
  readonly replaying: boolean
}

/** How soon a projection follows the history. */
export type Pace = 'prompt' | 'relaxed' | 'separate'

/**
 * A read model as the runner knows it. Each generation has a Postgres schema of its own. Readers reach the live one
 * through views in the schema `guichet_read`, one view per table, with the table's name.
 */
export type Projection = {
  /** Lower case with underscores; unique. Names the checkpoint, the lease and the generation's schema. */
  readonly name: string
  /**
   * Raise it when the tables or the rows change: the runner then rebuilds the projection beside the live generation.
   * `unraisedVersions` of `@guichet/projections/testing` finds out in a test.
   */
  readonly version: number
  /** What else the rows depend on, such as the numbers of a policy. When it changes, the projection is rebuilt too. */
  readonly basis?: string
  /**
   * `prompt`: each event is projected immediately, since users wait to read what they have just written. `relaxed`, the
   * default: events are gathered for some milliseconds and written together, at a fraction of the cost. `separate`:
   * gathered too, but written in separate transactions, so that slow work in other read models does not delay the
   * effects of this one.
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
   * Folds a batch, in global order, into rows: loads what the batch touches once, folds in memory, writes each table
   * once. Runs in the transaction that moves the checkpoint; throwing rolls both back.
   */
  project(events: readonly RecordedEvent[], context: ProjectionContext): Promise<void>
  /**
   * Called in the transaction that switches readers to this generation: makes up for effects that were suppressed
   * during the rebuild.
   */
  switched?(tx: Transaction<unknown>): Promise<void>
}
