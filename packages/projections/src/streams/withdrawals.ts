import { parseStream } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection, ProjectionContext, RecordedEvent } from '../runner/projection.ts'

type Part = { readonly events: readonly RecordedEvent[]; readonly withdrawn: readonly string[] }

/**
 * Wraps a read model of tickets so that it removes the tickets that are withdrawn with their import
 * (`TicketImportWithdrawn`). The read model receives every other event, and the ids of withdrawn tickets at their place
 * in the history. The same tickets may be imported anew later, and would count twice in a read model that does not
 * remove them. Rows therefore need the id of their ticket, also where they are sums.
 * @param remove deletes all data of these tickets in the transaction of the batch. Whatever it throws counts as a
 * failure of the batch.
 */
export function forgetsWithdrawn(
  projection: Projection,
  remove: (ids: readonly string[], context: ProjectionContext) => Promise<void>,
): Projection {
  return {
    ...projection,
    project: async (events, context) => {
      let { from } = context
      for (const part of partsOf(events)) {
        if (part.events.length > 0) await projection.project(part.events, { ...context, from })
        if (part.withdrawn.length > 0) await remove(part.withdrawn, context)
        from = part.events.at(-1)?.position ?? from
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

/** Caches the parts of a batch: they are the same for all read models, which share what they fold of them. */
const partsByBatch = new WeakMap<readonly RecordedEvent[], readonly Part[]>()

function partsOf(events: readonly RecordedEvent[]): readonly Part[] {
  if (!events.some(isWithdrawal)) return [{ events, withdrawn: [] }]
  const parts = partsByBatch.get(events) ?? cut(events)
  partsByBatch.set(events, parts)
  return parts
}

const isWithdrawal = ({ event }: RecordedEvent): boolean => event.type === 'TicketImportWithdrawn'

/** A part with withdrawals ends before another event of a ticket withdrawn in it, or of any import. */
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
