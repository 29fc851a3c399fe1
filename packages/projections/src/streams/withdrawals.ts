import { parseStream } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'

type Part = { readonly events: readonly RecordedEvent[]; readonly withdrawn: readonly string[] }

/**
 * A read model of tickets that forgets those which are taken back with their import (`TicketImportWithdrawn`): it is given every other
 * event, and the ids of these at their place in the history. The same tickets may be imported anew after that, and would count
 * twice in a read model that does not forget them. Rows need the id of their ticket for that, also where they are sums.
 * @param remove deletes everything that the read model holds of these tickets, in the transaction of the batch. Whatever it throws
 *   counts as a failure of the batch.
 */
export function forgetsWithdrawn(
  projection: Projection,
  remove: (ids: readonly string[], context: ProjectionContext) => Promise<void>,
): Projection {
  return {
    ...projection,
    project: async (events, context) => {
      for (const part of partsOf(events)) {
        if (part.events.length > 0) await projection.project(part.events, context)
        if (part.withdrawn.length > 0) await remove(part.withdrawn, context)
      }
    },
  }
}

/** Deletes the rows of tickets from tables, by the column that holds the ticket's id. */
export async function removeRows(
  tx: Transaction<unknown>,
  ids: readonly string[],
  tables: Readonly<Record<string, string>>,
): Promise<void> {
  if (ids.length === 0) return
  for (const [table, column] of Object.entries(tables)) {
    await sql`delete from ${sql.table(table)} where ${sql.id(column)} = any(${[...ids]}::text[])`.execute(tx)
  }
}

/** The parts of a batch are the same for all read models, which share what they fold of them. */
const known = new WeakMap<readonly RecordedEvent[], readonly Part[]>()

function partsOf(events: readonly RecordedEvent[]): readonly Part[] {
  if (!events.some(isWithdrawal)) return [{ events, withdrawn: [] }]
  const parts = known.get(events) ?? cut(events)
  known.set(events, parts)
  return parts
}

const isWithdrawal = ({ event }: RecordedEvent): boolean => event.type === 'TicketImportWithdrawn'

/** A part ends before anything else happens on a ticket that was withdrawn in it, or to an import. */
function cut(events: readonly RecordedEvent[]): readonly Part[] {
  const parts: Part[] = []
  let part: RecordedEvent[] = []
  let withdrawn = new Set<string>()
  for (const recorded of events) {
    const { category, id } = parseStream(recorded.stream)
    if (isWithdrawal(recorded)) {
      withdrawn.add(id)
      continue
    }
    if (withdrawn.size > 0 && (category === 'import' || (category === 'ticket' && withdrawn.has(id)))) {
      parts.push({ events: part, withdrawn: [...withdrawn] })
      part = []
      withdrawn = new Set()
    }
    part.push(recorded)
  }
  return [...parts, { events: part, withdrawn: [...withdrawn] }]
}
