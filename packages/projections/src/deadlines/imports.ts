import { importIdOf, parseStream } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RecordedEvent } from '../runner/projection.ts'

type CompletedImports = {
  /** The completed ones among the imports that a batch belongs to. */
  readonly completed: ReadonlySet<string>
  /** Those that the batch itself completes. */
  readonly completedNow: readonly string[]
}

/** Finds, and keeps, which imports are complete; asks the database only when a batch holds imported events. */
export async function completedImports(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
): Promise<CompletedImports> {
  const completedNow = importsCompletedBy(events)
  if (completedNow.length > 0) {
    await sql`
      insert into completed_import (id) select id from unnest(${completedNow}::text[]) id
      on conflict do nothing`.execute(tx)
  }
  const imports = new Set(events.flatMap(({ correlationId }) => importIdOf(correlationId) ?? []))
  if (imports.size === 0) return { completed: new Set(completedNow), completedNow }
  const { rows } = await sql<{ id: string }>`
    select id from completed_import where id = any(${[...imports]}::text[])`.execute(tx)
  return { completed: new Set(rows.map(({ id }) => id)), completedNow }
}

/** An abandoned import is as complete as it will ever be: it holds nothing any more. */
function importsCompletedBy(events: readonly RecordedEvent[]): string[] {
  return events.flatMap(({ event, stream }) =>
    event.type === 'ImportCompleted' || event.type === 'ImportAbandoned' ? [parseStream(stream).id] : [],
  )
}
