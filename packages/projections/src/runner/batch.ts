import type { Position } from '@guichet/domain'
import { isAftermath } from './failure.ts'
import type { Generation } from './generation.ts'
import { advanceStatement, schemaOf, searchPathOf } from './generation.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import type { StreamHistory } from './stream-history.ts'

/** A generation that is being written, with the code that writes it. */
export type Written = Pick<Generation, 'generation'> & { readonly projection: Projection }

export type Batch = {
  readonly events: readonly RecordedEvent[]
  /** Where all the checkpoints stand before it. */
  readonly from: Position | undefined
  /** Where they stand after it. */
  readonly to: Position
  readonly owner: string
  readonly replaying: boolean
  readonly history: StreamHistory
}

/**
 * Writes a batch to several generations that stand at one position: their rows and checkpoints in one transaction, all
 * or nothing. The projections' statements share the connection's round trips.
 * @throws what the first projection that failed threw; the transaction has been rolled back then.
 */
export async function writeBatch(session: Session, written: readonly Written[], batch: Batch): Promise<void> {
  const generations = written.map(named)
  try {
    const begun = session.begin(searchPathOf(generations))
    await allOrFirstCause([begun, ...foldings(session, written, batch)])
    await session.query(`${advanceStatement(generations, { ...batch, events: batch.events.length })}; commit`)
  } catch (error) {
    await session.rollback()
    throw error
  }
}

const named = ({ projection, generation }: Written): Pick<Generation, 'projection' | 'generation'> => ({
  projection: projection.name,
  generation,
})

const foldings = (session: Session, written: readonly Written[], batch: Batch): Promise<void>[] =>
  written.map(async (each) =>
    each.projection.project(batch.events, {
      tx: session.tx,
      schema: schemaOf(named(each)),
      replaying: batch.replaying,
      history: batch.history,
    }),
  )

/** Waits for all, so that nothing writes on after a failure, and tells a cause from what it set off. */
async function allOrFirstCause(work: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected')
  if (failures.length === 0) return
  const causes = failures.map(({ reason }) => reason as unknown)
  throw causes.find((cause) => !isAftermath(cause)) ?? causes[0]
}
