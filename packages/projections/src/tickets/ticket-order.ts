import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Ordering } from '../reading/ordering.ts'
import { byInstant, byNumber } from '../reading/ordering.ts'
import type { SearchTerms } from './filter.ts'
import { allOf, conjunctSearches, filterCondition, inHeading, updatedAtSeen } from './filter.ts'
import type { TicketFilter, TicketOrder } from './ticket-query.ts'

/** A list of tickets as the lists it consists of, one after the other. */
type Arranged = { readonly ordering: Ordering; readonly parts: readonly RawBuilder<unknown>[] }

/**
 * Arranges the tickets of a filter. Priorities sort by urgency. By relevance, tickets with every searched word in
 * subject, customer's name or address come first, then those with some of them in messages only; within both, and
 * without a search, the last updated ticket is the most relevant.
 */
export function arrange(filter: TicketFilter, { by, direction }: TicketOrder, terms: SearchTerms): Arranged {
  const condition = filterCondition(filter, terms)
  const id = sql`t.id`
  if (by === 'priority') {
    return { ordering: byNumber({ expression: sql`t.urgency`, id, direction }), parts: [condition] }
  }
  const expression = sql.ref(by === 'openedAt' ? 't.opened_at' : updatedAtSeen(terms))
  const ordering = byInstant({ expression, id, direction })
  const searches = by === 'relevance' ? conjunctSearches(filter) : []
  if (searches.length === 0) return { ordering, parts: [condition] }
  const heading = inHeading(searches, terms)
  const found = filterCondition(filter, { ...terms, met: new Set(searches) })
  const parts = [allOf([found, heading]), allOf([condition, sql`not ${heading}`])]
  return { ordering, parts: direction === 'desc' ? parts : parts.reverse() }
}
