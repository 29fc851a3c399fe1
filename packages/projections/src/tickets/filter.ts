import { priorities } from '@guichet/domain'
import { sql } from 'kysely'
import type { Condition } from '../reading/condition.ts'
import { allOf, among, amongOrNone, anyOf } from '../reading/condition.ts'
import type { TimeRange } from '../reading/page.ts'
import { readSchema } from '../reading/reader.ts'
import { hasTarget } from '../sla/sla-conditions.ts'
import { foundInHeading, foundInTexts, foundWithParts } from '../search/search-conditions.ts'
import type { Meant, UnderstoodSearch } from '../search/understand.ts'
import { ofTerms } from '../terms/terms-conditions.ts'
import type { Visibility } from '../visibility/shown-to-customers.ts'
import type { TicketFilter } from './ticket-query.ts'
import type { TicketsWithTargets } from './with-targets.ts'

/** What the searches of a filter were understood as, and whose eyes they look with. */
export type SearchTerms = {
  readonly understood: ReadonlyMap<string, UnderstoodSearch>
  readonly visibility: Visibility
  /** Searches that every ticket in question is known to meet. */
  readonly met?: ReadonlySet<string>
  /** The tickets that alone are looked at, because of what the filter asks of their targets. */
  readonly few?: TicketsWithTargets | undefined
}

/** A filter of any depth as one condition on the ticket `t`. */
export function filterCondition(filter: TicketFilter, terms: SearchTerms): Condition {
  const { and, or, not, status, priority, idPrefix, assigneeId, tag, centre, customerId, sla, search } = filter
  return allOf([
    ...(and ?? []).map((each) => filterCondition(each, terms)),
    or && anyOf(or.map((each) => filterCondition(each, terms))),
    not && sql`(${filterCondition(not, terms)}) is not true`,
    status && among(sql.ref('t.status'), status),
    priority && sql`t.urgency = any(${priority.map((each) => priorities.indexOf(each))}::smallint[])`,
    ofTerms('t', filter),
    centre && ofAgentAt(centre),
    idPrefix !== undefined && beginsWith(idPrefix),
    assigneeId && amongOrNone(sql.ref('t.assignee_id'), assigneeId),
    tag && sql`t.tags && ${[...tag]}::text[]`,
    customerId && among(sql.ref('t.customer_id'), customerId),
    during('t.opened_at', filter.openedAt),
    during(updatedAtSeen(terms), filter.updatedAt),
    sla && !terms.few?.met.has(sla) ? hasTarget(ticketId, sla.target, sla.now) : undefined,
    search === undefined || terms.met?.has(search) ? undefined : found(search, 'any', terms),
  ])
}

/** The column of `updatedAt` as a reader is shown it. */
export const updatedAtSeen = ({ visibility }: SearchTerms): string =>
  visibility === 'public' ? 't.public_updated_at' : 't.updated_at'

/** Whether a filter asks about targets of SLA policies or centres of agents, at whatever depth: `slaModels` keep them. */
export const asksSlaModels = ({ and = [], or = [], not, sla, centre }: TicketFilter): boolean =>
  sla !== undefined || centre !== undefined || [...and, ...or, ...(not ? [not] : [])].some(asksSlaModels)

/** Every text that a filter searches for, at whatever depth. */
export function searchesOf(filter: TicketFilter): readonly string[] {
  const nested = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])]
  return [...(filter.search === undefined ? [] : [filter.search]), ...nested.flatMap(searchesOf)]
}

/** The customers whose tickets alone a filter's list can hold; none when it does not say. */
export function customersOf({ and, customerId }: TicketFilter): readonly string[] {
  const named = [customerId ?? [], ...(and ?? []).map(customersOf)].filter((ids) => ids.length > 0)
  const [first = [], ...others] = named
  return first.filter((id) => others.every((ids) => ids.includes(id)))
}

/** As a range, which the primary key answers: its collation compares bytes, and no text has a greater last one. */
const beginsWith = (prefix: string): Condition => sql`t.id >= ${prefix} and t.id < ${`${prefix}\u{10FFFF}`}`

/** The ticket is with an agent of one of these centres; `null` stands for nobody, and for an agent of none. */
const ofAgentAt = (centres: readonly (string | null)[]): Condition =>
  amongOrNone(sql`(select a.centre from ${sql.id(readSchema)}.sla_agent a where a.id = t.assignee_id)`, centres)

/** Every word is somewhere in the ticket, not necessarily in one message. */
function found(search: string, meant: Meant, { understood, visibility }: SearchTerms): Condition {
  const words = understood.get(search) ?? []
  if (words.length === 0) return sql`false`
  return allOf(foundInTexts(ticketId, words, meant, visibility))
}

/** Every word of every one of these searches is in the ticket as a word, not as a part of one alone. */
export function inWords(searches: readonly string[], terms: SearchTerms): Condition {
  return allOf(searches.map((search) => found(search, 'whole', terms)))
}

/** Every word of every one of these searches is, as a whole, in the ticket's subject or its customer's name or address. */
export function inHeading(searches: readonly string[], { understood }: SearchTerms): Condition {
  return foundInHeading(
    ticketId,
    searches.map((search) => understood.get(search) ?? []),
  )
}

/** Every word of every one of these searches is in the ticket, be it as a part of a word. */
export function inParts(
  searches: readonly string[],
  place: 'heading' | 'elsewhere' | 'anywhere',
  { understood, visibility }: SearchTerms,
): Condition {
  const words = searches.map((search) => understood.get(search) ?? [])
  return foundWithParts(ticketId, words, place, visibility)
}

/** Whether these searches may find words that hold a searched one as a part. */
export function meansParts(searches: readonly string[], { understood }: SearchTerms): boolean {
  const words = searches.map((search) => understood.get(search) ?? [])
  return words.every((each) => each.length > 0) && words.flat().some(({ whole, any }) => whole !== any)
}

/** The number that a search for nothing but a number means: `1042` or `#1042`. */
export const numberIn = (search: string): number | undefined => {
  const [, digits] = /^\s*#?([1-9]\d{0,8})\s*$/.exec(search) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The searches that every ticket of a filter's list meets. */
export function conjunctSearches({ and, search }: TicketFilter): readonly string[] {
  return [...(search === undefined ? [] : [search]), ...(and ?? []).flatMap(conjunctSearches)]
}

const ticketId = sql.ref('t.id')

function during(column: string, range: TimeRange | undefined): Condition {
  return allOf([
    range?.from && sql`${sql.ref(column)} >= ${range.from}::timestamptz`,
    range?.to && sql`${sql.ref(column)} < ${range.to}::timestamptz`,
  ])
}
