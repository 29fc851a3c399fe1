import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Ordering } from '../reading/ordering.ts'
import { byInstant, byNumber } from '../reading/ordering.ts'
import type { SearchTerms } from './filter.ts'
import {
  allOf,
  conjunctSearches,
  filterCondition,
  inHeading,
  inParts,
  inWords,
  meansParts,
  updatedAtSeen,
} from './filter.ts'
import type { TicketFilter, TicketOrder } from './ticket-query.ts'

/** A list of tickets as the lists it consists of, one after the other; nothing is in one that is undefined. */
type Arranged = { readonly ordering: Ordering; readonly parts: readonly (RawBuilder<unknown> | undefined)[] }

/**
 * Arranges the tickets of a filter. Priorities sort by urgency. By relevance, tickets with every searched word in
 * subject, customer's name or address come first, then those with some of them in messages only; then, in the same order,
 * those that hold some of them only as a part of a word. Within each, and without a search, the last updated ticket is the
 * most relevant. How many parts there are does not depend on what is found, for pages to go on where others ended.
 */
export function arrange(filter: TicketFilter, { by, direction }: TicketOrder, terms: SearchTerms): Arranged {
  const id = sql`t.id`
  const searches = conjunctSearches(filter)
  if (by === 'priority') {
    return { ordering: byNumber({ expression: sql`t.urgency`, id, direction }), parts: [all(filter, searches, terms)] }
  }
  const expression = sql.ref(by === 'openedAt' ? 't.opened_at' : updatedAtSeen(terms))
  const ordering = byInstant({ expression, id, direction })
  if (by !== 'relevance' || searches.length === 0) return { ordering, parts: [all(filter, searches, terms)] }
  const parts = byRelevance(filter, searches, terms)
  return { ordering, parts: direction === 'desc' ? parts : parts.reverse() }
}

function all(filter: TicketFilter, searches: readonly string[], terms: SearchTerms): RawBuilder<unknown> {
  if (!meansParts(searches, terms)) return filterCondition(filter, terms)
  return allOf([beside(searches, filter, terms), inParts(searches, 'anywhere', terms)])
}

function byRelevance(
  filter: TicketFilter,
  searches: readonly string[],
  terms: SearchTerms,
): Arranged['parts'][number][] {
  const others = beside(searches, filter, terms)
  const heading = inHeading(searches, terms)
  const whole = [allOf([others, heading]), allOf([others, inWords(searches, terms), sql`not ${heading}`])]
  if (!meansParts(searches, terms)) return [...whole, undefined, undefined]
  const parts = (['heading', 'elsewhere'] as const).map((place) => allOf([others, inParts(searches, place, terms)]))
  return [...whole, ...parts]
}

/** What a filter asks for beside some of its searches. */
const beside = (searches: readonly string[], filter: TicketFilter, terms: SearchTerms): RawBuilder<unknown> =>
  filterCondition(filter, { ...terms, met: new Set(searches) })
