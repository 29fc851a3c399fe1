import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { holdsTickets, importIdOf, parseStream } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

type KnownImports = {
  /** The imports that have ended among those of the batch and `others`; they hold no tickets. */
  readonly ended: ReadonlySet<string>
  /** The imports that the batch itself ends: completed, or abandoned and so never to be completed. */
  readonly endedNow: readonly string[]
  /** The abandoned imports that are resumed by the end of the batch. */
  readonly resumedNow: readonly string[]
}

/**
 * Stores and looks up which imports have ended; queries the database only when needed for imported events.
 * @param table of the read model's own, with a primary key `id`.
 * @param others further imports to look up.
 */
export async function knownImports(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
  table: string,
  others: readonly string[] = [],
): Promise<KnownImports> {
  const name = sql.table(table)
  const changed = changesOfImports(events)
  const endedNow = [...changed].flatMap(([id, change]) => (change === 'ended' ? [id] : []))
  const resumedNow = [...changed].flatMap(([id, change]) => (change === 'resumed' ? [id] : []))
  if (endedNow.length > 0) {
    await sql`
      insert into ${name} (id) select id from unnest(${endedNow}::text[]) id
      on conflict do nothing`.execute(tx)
  }
  if (resumedNow.length > 0) await sql`delete from ${name} where id = any(${resumedNow}::text[])`.execute(tx)
  const imports = new Set([...others, ...events.flatMap(({ correlationId }) => importIdOf(correlationId) ?? [])])
  if (imports.size === 0) return { ended: new Set(endedNow), endedNow, resumedNow }
  const { rows } = await sql<{ id: string }>`
    select id from ${name} where id = any(${[...imports]}::text[])`.execute(tx)
  return { ended: new Set(rows.map(({ id }) => id)), endedNow, resumedNow }
}

/** Whether an event ends or resumes an import. */
export const changesImport = ({ event }: RecordedEvent): boolean => holdsTickets(event) !== undefined

/** The last change of each import. */
function changesOfImports(events: readonly RecordedEvent[]): ReadonlyMap<string, 'ended' | 'resumed'> {
  const changes = new Map<string, 'ended' | 'resumed'>()
  for (const { event, stream } of events) {
    const holds = holdsTickets(event)
    if (holds !== undefined) changes.set(parseStream(stream).id, holds ? 'resumed' : 'ended')
  }
  return changes
}
