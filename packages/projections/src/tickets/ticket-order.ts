import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { allOf } from '../reading/condition.ts'
import type { Ordering } from '../reading/ordering.ts'
import { byInstant, byNumber } from '../reading/ordering.ts'
import { readSchema } from '../reading/reader.ts'
import type { SearchTerms } from './filter.ts'
import {
  conjunctSearches,
  filterCondition,
  inHeading,
  inParts,
  inWords,
  meansParts,
  numberIn,
  updatedAtSeen,
} from './filter.ts'
import type { TicketFilter, TicketOrder } from './ticket-query.ts'
import { ticketsOf } from './with-targets.ts'

/** A list that a list of tickets consists of; `from` where it is not the tickets alone. */
type Part = {
  readonly from?: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  readonly ordering: Ordering
}

/** A list of tickets as the lists it consists of, one after the other; nothing is in one that is undefined. */
type Arranged = readonly (Part | undefined)[]

/** Arranges the tickets of a filter, that whose number is searched for first. */
export function arrange(filter: TicketFilter, order: TicketOrder, terms: SearchTerms): Arranged {
  const arranged = arrangeByWords(filter, order, terms)
  const search = conjunctSearches(filter).find((each) => numberIn(each) !== undefined)
  if (search === undefined) return arranged
  const number = sql`t.number = ${numberIn(search)}`
  const numbered = {
    where: allOf([beside([search], filter, terms), number]),
    ordering: byNumber({ expression: sql`t.number`, id: sql`t.id`, direction: order.direction }),
  }
  const others = arranged.map((part) => part && { ...part, where: sql`${part.where} and not ${number}` })
  return order.by === 'relevance' && order.direction === 'asc' ? [...others, numbered] : [numbered, ...others]
}

/**
 * Arranges the tickets of a filter. Priorities sort by urgency. By relevance, tickets with every searched word in
 * subject, customer's name or address come first, then those with some of them in messages only; then, in the same order,
 * those that hold some of them only as a part of a word. Within each, and without a search, the last updated ticket is the
 * most relevant. By what is due, tickets come by the target of theirs that is due next. How many parts there are does not depend on what is found, for pages to go on where others ended.
 */
function arrangeByWords(filter: TicketFilter, { by, direction }: TicketOrder, terms: SearchTerms): Arranged {
  const id = sql`t.id`
  const searches = conjunctSearches(filter)
  if (by === 'due') return byDue(all(filter, searches, terms), direction, terms)
  if (by === 'priority') {
    const ordering = byNumber({ expression: sql`t.urgency`, id, direction })
    return [{ where: all(filter, searches, terms), ordering }]
  }
  const expression = sql.ref(by === 'openedAt' ? 't.opened_at' : updatedAtSeen(terms))
  const ordering = byInstant({ expression, id, direction })
  if (by !== 'relevance' || searches.length === 0) return [{ where: all(filter, searches, terms), ordering }]
  const parts = byRelevance(filter, searches, terms).map((where) => where && { where, ordering })
  return direction === 'desc' ? parts : parts.reverse()
}

/** The tickets with a target that runs, by the one of theirs that is due next, and those without one, by when they were opened. */
function byDue(where: RawBuilder<unknown>, direction: TicketOrder['direction'], { few }: SearchTerms): Arranged {
  const read = sql.id(readSchema)
  const running = sql`s.ticket_id = t.id and s.running and not s.held`
  const next = {
    from: sql`${ticketsOf(few)} join ${read}.sla_target s on ${running}`,
    where: sql`${where} and not exists (
      select from ${read}.sla_target o
      where o.ticket_id = s.ticket_id and o.running and (o.due_at, o.id) < (s.due_at, s.id))`,
    ordering: byInstant({ expression: sql`s.due_at`, id: sql`s.id`, direction }),
  }
  const none = {
    where: sql`${where} and not exists (select from ${read}.sla_target s where ${running})`,
    ordering: byInstant({ expression: sql`t.opened_at`, id: sql`t.id`, direction }),
  }
  return direction === 'asc' ? [next, none] : [none, next]
}

function all(filter: TicketFilter, searches: readonly string[], terms: SearchTerms): RawBuilder<unknown> {
  if (!meansParts(searches, terms)) return filterCondition(filter, terms)
  return allOf([beside(searches, filter, terms), inParts(searches, 'anywhere', terms)])
}

function byRelevance(
  filter: TicketFilter,
  searches: readonly string[],
  terms: SearchTerms,
): (RawBuilder<unknown> | undefined)[] {
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
