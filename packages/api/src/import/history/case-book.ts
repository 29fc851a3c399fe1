import type { Desk, Instant, TicketAggregate } from '@guichet/domain'
import { LruCache } from '@guichet/domain'
import type { CaseHistory } from './case-history.ts'
import { historyAt, readStored, untold } from './case-history.ts'

/** What is kept of a case that has not been heard of for a while: enough to fold its state again. */
type Settled = { readonly version: number; readonly at: Instant | undefined; readonly toldUntil: Instant | undefined }

/** The histories of the cases of a log. Only the latest are kept in full; of the others about a hundred bytes remain. */
export type CaseBook = {
  open(ticketId: string): Promise<CaseHistory>
  keep(ticketId: string, history: CaseHistory): void
  /** The cases whose tickets exist, in the order they came up. */
  tickets(): Iterable<string>
}

/** `desk` reads histories again that have been put away; without one (a dry run) all are kept. */
export function createCaseBook(aggregate: TicketAggregate, desk: Desk | undefined, keepOpen = 1_000): CaseBook {
  const latest = new LruCache<string, CaseHistory>({ maxEntries: desk ? keepOpen : Infinity })
  const settled = new Map<string, Settled>()

  return {
    open: async (ticketId) => {
      const history = latest.get(ticketId)
      if (history) return history
      const put = settled.get(ticketId)
      if (!put || !desk) return untold()
      return { ...historyAt(aggregate, await readStored(desk, ticketId), put), toldUntil: put.toldUntil }
    },
    keep: (ticketId, history) => {
      latest.set(ticketId, history)
      const { version, at, toldUntil } = history
      settled.set(ticketId, { version, at, toldUntil })
    },
    tickets: function* () {
      for (const [ticketId, { version }] of settled) if (version > 0) yield ticketId
    },
  }
}
