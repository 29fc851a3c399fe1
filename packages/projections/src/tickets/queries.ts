import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { TicketStatus } from '@guichet/domain'
import { priorities, ticketStatuses } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { coalesced, readParts, readSchema } from '../reading/reader.ts'
import type { Condition, List, Ordering } from '../reading/slice.ts'
import { allOf, among, amongOrNone, anyOf, byInstant, byNumber, near, readSlice, toInstant } from '../reading/slice.ts'
import { ofMembers, ofPersons, ofTerms } from '../reading/terms.ts'
import { foundInHeading, foundInTexts, foundWithParts } from '../search/search-conditions.ts'
import type { Meant, UnderstoodSearch } from '../search/understand.ts'
import { deskWords, ownWords, understandSearches } from '../search/understand.ts'
import { hasTarget, targetCondition } from '../sla/dashboard.ts'
import type { Visibility } from '../visibility.ts'
import { byInstantOrOpening, columnOf, during, mayBeMissing } from './instants.ts'
import { numbersIn, withoutNumbers } from './searched-numbers.ts'
import type {
  TicketCounters,
  TicketFields,
  TicketFilter,
  TicketOrder,
  TicketQueries,
  TicketRow,
} from './ticket-query.ts'
import { searchesOf } from './ticket-query.ts'

type SelectedRow = {
  readonly id: string
  readonly number: number
  readonly version: number
  readonly shown: TicketFields
  readonly public_updated_at: Date
}

/** Queries the live generation of the tickets. */
export function ticketQueries(reader: Reader, limits: TargetLimits = targetLimits): TicketQueries {
  const toRow = ({ id, number, version, shown: view, public_updated_at }: SelectedRow): TicketRow => ({
    id,
    number,
    version,
    publicUpdatedAt: toInstant(public_updated_at),
    ...view,
  })
  const columns = sql`t.id, t.number, t.version, t.shown, t.public_updated_at`
  const from = ticketsOf(undefined)

  const byIds = async (ids: readonly string[]): Promise<readonly (TicketRow | undefined)[]> => {
    const selected = await reader.rows(
      sql<SelectedRow>`select ${columns} from ${from} where t.id = any(${[...ids]}::text[])`,
    )
    const rowsById = new Map(selected.map((each) => [each.id, toRow(each)]))
    return ids.map((id) => rowsById.get(id))
  }
  const listByTargets = async (listed: Pick<List, 'where' | 'ordering'>, page: Page): Promise<Slice<TicketRow>> => {
    const walked = {
      ...listed,
      columns,
      from,
      where: sql`${listed.where} and ${near({ ...listed, from }, page, limits.walk)}`,
    }
    const first = await readSlice(reader, walked, page, toRow, 'ad hoc')
    if (first.rows.length === page.limit && (page.backward ? first.hasPrevious : first.hasNext)) return first
    const slice = await readSlice(reader, gathered(listed), page, ({ id }: Pick<SelectedRow, 'id'>) => id, 'ad hoc')
    const rows = await byIds(slice.rows.map(({ row }) => row))
    return {
      ...slice,
      rows: slice.rows.flatMap(({ keyset }, index) => (rows[index] ? [{ row: rows[index], keyset }] : [])),
    }
  }

  return {
    list: async (filter, order, page, visibility) => {
      const searches = [...searchesOf(filter), ...[numberedSearch(filter) ?? []].flat().map(withoutNumbers)]
      const lookUp = visibility === 'public' ? ownWords(reader, writersOf(filter)) : deskWords(reader)
      const few = await ticketsWithTargets(reader, filter, limits)
      const terms = { understood: await understandSearches(reader, searches, lookUp), visibility, few }
      const parts = orderTickets(filter, order, terms)
      const planning = isPlain(filter) && order.by !== 'due' ? 'prepared' : 'ad hoc'
      return readParts(parts.length, page, async (part, within) => {
        const ordered = parts[part]
        if (!ordered) return { rows: [], hasPrevious: false, hasNext: false }
        if (!few && filtersByTargets(filter) && order.by !== 'due' && !mayBeMissing(order.by))
          return listByTargets(ordered, within)
        return readSlice(reader, { columns, from: ticketsOf(few), ...ordered }, within, toRow, planning)
      })
    },

    byIds: coalesced(byIds),

    idsByNumber: async (numbers) => {
      const rows = await reader.rows(
        sql<
          Pick<SelectedRow, 'id' | 'number'>
        >`select t.id, t.number from ${from} where t.number = any(${[...numbers]}::integer[])`,
      )
      return new Map(rows.map(({ id, number }) => [number, id]))
    },

    count: async (filter, most, visibility) => {
      if (searchesOf(filter).length > 0) return undefined
      const few = await ticketsWithTargets(reader, filter, limits)
      const where = filterCondition(filter, { understood: new Map(), visibility, few })
      const counted = sql<{ count: string }>`
        select count(*) from (select from ${ticketsOf(few)} where ${where} limit ${most}) c`
      const [row] = await reader.rows(counted, isPlain(filter) ? 'prepared' : 'ad hoc')
      return Number(row?.count)
    },

    counters: async () => {
      const rows = await reader.rows(
        sql<{
          status: TicketStatus
          tickets: string
        }>`select status, tickets from ${sql.id(readSchema)}.ticket_counter`,
      )
      const tickets = new Map(rows.map((row) => [row.status, Number(row.tickets)]))
      const counted = ticketStatuses.map((status) => [status, tickets.get(status) ?? 0] as const)
      const total = counted.reduce((sum, [, count]) => sum + count, 0)
      return { ...(Object.fromEntries(counted) as Record<TicketStatus, number>), total } satisfies TicketCounters
    },
  }
}

/** Whether a filter has a recurring shape whose best plan does not depend on the searched words. */
function isPlain({ and, or, not, sla, search }: TicketFilter): boolean {
  return [and, or, not, sla, search].every((each) => each === undefined)
}

/** The parsed searches of a filter, and the reader's visibility. */
type SearchTerms = {
  readonly understood: ReadonlyMap<string, UnderstoodSearch>
  readonly visibility: Visibility
  /** Searches that every candidate ticket is known to meet. */
  readonly met?: ReadonlySet<string>
  /** The only candidate tickets, by the filter's conditions on targets. */
  readonly few?: TicketsWithTargets | undefined
}

/** A filter of any depth as one condition on the ticket `t`. */
function filterCondition(filter: TicketFilter, terms: SearchTerms): Condition {
  const {
    and,
    or,
    not,
    status,
    priority,
    idPrefix,
    assigneeId,
    tag,
    centre,
    customerId,
    person,
    memberOf,
    unread,
    proactive,
    sla,
    search,
  } = filter
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
    person && ofPersons(sql.ref('t.customer_id'), person),
    memberOf !== undefined && ofMembers(sql.ref('t.customer_id'), memberOf),
    during(filter, terms.visibility),
    unread !== undefined && (unread ? sql`t.unread_since is not null` : sql`t.unread_since is null`),
    proactive !== undefined && (proactive ? fromDraft : sql`not ${fromDraft}`),
    sla && !terms.few?.met.has(sla) ? hasTarget(ticketId, sla.target, sla.now) : undefined,
    search === undefined || terms.met?.has(search) ? undefined : inTicket(search, 'any', terms),
  ])
}

/** The customers whose words a search may stand for: those to whose tickets a filter restricts its list, if it does. */
function writersOf(filter: TicketFilter): Condition | undefined {
  const column = sql.ref('customer_id')
  const ids = customersOf(filter)
  const conditions = [
    ...(ids.length > 0 ? [among(column, ids)] : []),
    ...personsOf(filter).map((each) => ofPersons(column, each)),
    ...organisationsOf(filter).map((each) => ofMembers(column, each)),
  ]
  return conditions.length > 0 ? allOf(conditions) : undefined
}

/** The people to whose tickets a filter restricts its list. */
const personsOf = ({ and = [], person }: TicketFilter): readonly (readonly string[])[] => [
  ...(person === undefined ? [] : [person]),
  ...and.flatMap(personsOf),
]

/** The organisations to whose members' tickets a filter restricts its list. */
const organisationsOf = ({ and = [], memberOf }: TicketFilter): readonly string[] => [
  ...(memberOf === undefined ? [] : [memberOf]),
  ...and.flatMap(organisationsOf),
]

/** The customers to whose tickets a filter restricts its list; empty if it does not. */
function customersOf({ and, customerId }: TicketFilter): readonly string[] {
  const named = [customerId ?? [], ...(and ?? []).map(customersOf)].filter((ids) => ids.length > 0)
  const [first = [], ...others] = named
  return first.filter((id) => others.every((ids) => ids.includes(id)))
}

/** As a range, for the primary key's index: its collation compares bytes, and no id contains a greater character. */
const beginsWith = (prefix: string): Condition => sql`t.id >= ${prefix} and t.id < ${`${prefix}\u{10FFFF}`}`

/**
 * The ticket is assigned to an agent of one of these centres; `null` matches no agent, and an agent without a centre.
 */
const ofAgentAt = (centres: readonly (string | null)[]): Condition =>
  amongOrNone(sql`(select a.centre from ${sql.id(readSchema)}.sla_agent a where a.id = t.assignee_id)`, centres)

/** The ticket was opened from a draft: looked up among the drafts, so that tickets need neither column nor index. */
const fromDraft: Condition = sql`exists (select from ${sql.id(readSchema)}.draft d where d.ticket_id = t.id)`

/** Every word is somewhere in the ticket, not necessarily in one message. */
function inTicket(search: string, meant: Meant, { understood, visibility }: SearchTerms): Condition {
  const words = understood.get(search) ?? []
  if (words.length === 0) return sql`false`
  return allOf(foundInTexts(ticketId, words, meant, visibility))
}

/** Every word of every one of these searches is in the ticket as a whole word. */
function inWords(searches: readonly string[], terms: SearchTerms): Condition {
  return allOf(searches.map((search) => inTicket(search, 'whole', terms)))
}

/**
 * Every word of every one of these searches is, as a whole, in the ticket's subject or its customer's name or address.
 */
function inHeading(searches: readonly string[], { understood }: SearchTerms): Condition {
  return foundInHeading(
    ticketId,
    searches.map((search) => understood.get(search) ?? []),
  )
}

/** Every word of every one of these searches is in the ticket, possibly as a part of a word. */
function inParts(
  searches: readonly string[],
  place: 'heading' | 'elsewhere' | 'anywhere',
  { understood, visibility }: SearchTerms,
): Condition {
  const words = searches.map((search) => understood.get(search) ?? [])
  return foundWithParts(ticketId, words, place, visibility)
}

/** Whether these searches may match words that contain a searched one as a part. */
function meansParts(searches: readonly string[], { understood }: SearchTerms): boolean {
  const words = searches.map((search) => understood.get(search) ?? [])
  return words.every((each) => each.length > 0) && words.flat().some(({ whole, any }) => whole !== any)
}

/** The searches that every ticket of a filter's list meets. */
function conjunctSearches({ and, search }: TicketFilter): readonly string[] {
  return [...(search === undefined ? [] : [search]), ...(and ?? []).flatMap(conjunctSearches)]
}

const ticketId = sql.ref('t.id')

/** One of the lists that make up a list of tickets; `from` is set where it is not the tickets alone. */
type Part = {
  readonly from?: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
  readonly ordering: Ordering
}

/** The lists that make up a list of tickets, one after the other; an undefined one is empty. */
type OrderedParts = readonly (Part | undefined)[]

/** The first search with ticket numbers that every ticket of a filter's list meets. */
const numberedSearch = (filter: TicketFilter): string | undefined =>
  conjunctSearches(filter).find((each) => numbersIn(each).length > 0)

/** Orders the tickets of a filter, those whose numbers are searched for first. */
function orderTickets(filter: TicketFilter, order: TicketOrder, terms: SearchTerms): OrderedParts {
  const search = numberedSearch(filter)
  if (search === undefined) return orderByWords(filter, order, terms)
  const number = sql`t.number = any(${[...numbersIn(search)]}::integer[])`
  const numbered = {
    where: allOf([beside([search], filter, terms), number]),
    ordering: byNumber({ expression: sql`t.number`, id: sql`t.id`, direction: order.direction }),
  }
  const isReversed = order.by === 'relevance' && order.direction === 'asc'
  const ordered = besideNumbers(search, filter, order, terms)
  const others = ordered.map((part) => part && { ...part, where: sql`${part.where} and not ${number}` })
  return isReversed ? [...others, numbered] : [numbered, ...others]
}

/**
 * Orders the tickets with the words of a search beside its ticket numbers; by relevance, those that also contain the
 * numbers come first.
 */
function besideNumbers(search: string, filter: TicketFilter, order: TicketOrder, terms: SearchTerms): OrderedParts {
  const rest = withoutNumbers(search)
  const isRelevance = order.by === 'relevance'
  const whole = rest === search || isRelevance ? orderByWords(filter, order, terms) : []
  if (rest === search) return whole
  const understood = new Map(terms.understood).set(search, terms.understood.get(rest) ?? [])
  const others = orderByWords(filter, order, { ...terms, understood })
  if (!isRelevance) return others
  const hasAll = sql`(${all(filter, conjunctSearches(filter), terms)}) is true`
  const lacking = others.map((part) => part && { ...part, where: sql`${part.where} and not ${hasAll}` })
  return order.direction === 'desc' ? [...whole, ...lacking] : [...lacking, ...whole]
}

/**
 * Orders the tickets of a filter. Priorities sort by urgency. By relevance, tickets with every searched word in
 * subject, customer's name or address come first, then those with some of them in messages only, then, in the same
 * order, those that contain some of them only as a part of a word; within each group, and without a search, the last
 * updated ticket comes first. By due instant, tickets are ordered by their target that is due next. The number of parts
 * does not depend on the results, so that pages can continue where others ended.
 */
function orderByWords(filter: TicketFilter, { by, direction }: TicketOrder, terms: SearchTerms): OrderedParts {
  const id = sql`t.id`
  const searches = conjunctSearches(filter)
  if (by === 'due') return byDue(all(filter, searches, terms), direction, terms)
  if (by === 'priority') {
    const ordering = byNumber({ expression: sql`t.urgency`, id, direction })
    return [{ where: all(filter, searches, terms), ordering }]
  }
  const { visibility } = terms
  if (by !== 'relevance') return byInstantOrOpening(by, direction, all(filter, searches, terms), visibility)
  const ordering = byInstant({ expression: sql.ref(columnOf('updatedAt', visibility)), id, direction })
  if (searches.length === 0) return [{ where: all(filter, searches, terms), ordering }]
  const parts = byRelevance(filter, searches, terms).map((where) => where && { where, ordering })
  return direction === 'desc' ? parts : parts.reverse()
}

/** The tickets with a running target, by the one that is due next, then those without one, by when they were opened. */
function byDue(where: RawBuilder<unknown>, direction: TicketOrder['direction'], { few }: SearchTerms): OrderedParts {
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

/** The conditions of a filter other than some of its searches. */
const beside = (searches: readonly string[], filter: TicketFilter, terms: SearchTerms): RawBuilder<unknown> =>
  filterCondition(filter, { ...terms, met: new Set(searches) })

/**
 * The maximum number of targets that are looked up before their tickets, and of tickets that a list in its order is
 * scanned for those with targets; beyond that, all tickets with targets are gathered first.
 */
const targetLimits = { few: 1_000, walk: 500 } as const

type TargetLimits = { readonly few: number; readonly walk: number }

/** The conditions of a filter on targets that every ticket of its list meets. */
type TargetConditions = NonNullable<TicketFilter['sla']>

/** The few candidate tickets of a list, by the conditions that were looked up for it. */
type TicketsWithTargets = { readonly ids: readonly string[]; readonly met: ReadonlySet<TargetConditions> }

/**
 * Looks up the tickets with a target that meets the filter, if they are few: a list in another order than that of the
 * targets would be scanned to its end to find them. Undefined if they are many, or the filter has no condition on
 * targets.
 */
async function ticketsWithTargets(
  reader: Reader,
  filter: TicketFilter,
  { few }: TargetLimits,
): Promise<TicketsWithTargets | undefined> {
  for (const conditions of conjunctTargets(filter)) {
    const rows = await reader.rows(
      sql<{ ticket_id: string }>`
        select s.ticket_id from ${sql.id(readSchema)}.sla_target s
        where ${targetCondition(conditions.target, conditions.now)} limit ${few + 1}`,
      'ad hoc',
    )
    if (rows.length <= few) {
      return { ids: [...new Set(rows.map(({ ticket_id }) => ticket_id))], met: new Set([conditions]) }
    }
  }
  return undefined
}

/** The tickets `t` of a list: the few candidates, read first, or all. */
function ticketsOf(few: TicketsWithTargets | undefined): RawBuilder<unknown> {
  const all = sql`${sql.id(readSchema)}.ticket`
  return few ? sql`(select * from ${all} where id = any(${[...few.ids]}::text[]) offset 0) t` : sql`${all} t`
}

/** Whether every ticket of a filter's list must have a target that meets a condition. */
const filtersByTargets = (filter: TicketFilter): boolean => conjunctTargets(filter).length > 0

/**
 * The ids of all tickets that meet a condition, gathered before sorting. Costs one join of tickets and targets,
 * wherever the matching tickets are in the order.
 */
function gathered({ where, ordering }: Pick<List, 'where' | 'ordering'>): List {
  const all = sql`${sql.id(readSchema)}.ticket t`
  return {
    columns: sql`g.id`,
    from: sql`(select t.id, ${ordering.expression} as key from ${all} where ${where} offset 0) g`,
    where: sql`true`,
    ordering: { ...ordering, expression: sql`g.key`, id: sql`g.id` },
  }
}

const conjunctTargets = ({ and = [], sla }: TicketFilter): readonly TargetConditions[] => [
  ...(sla ? [sla] : []),
  ...and.flatMap(conjunctTargets),
]
