import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { CustomerRecord, Instant, Organisation, SharedWith } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { coalesced, readSchema } from '../reading/reader.ts'
import type { Condition, List } from '../reading/slice.ts'
import { allOf, byText, near, readSlice } from '../reading/slice.ts'
import { beginningOf, partsOf, withoutApostrophes } from '../search/words.ts'
import { isReference, longestTerm, quoted, sortName, tokensOf } from './model.ts'

/**
 * A customer with their history folded, without the reservations of their chats: `reservation` is undefined,
 * `reservations` is 0, and neither changes `updatedAt`.
 */
export type CustomerRow = { readonly id: string; readonly version: number; readonly customer: CustomerRecord }

/** An organisation with its history folded. */
export type OrganisationRow = { readonly id: string; readonly version: number; readonly organisation: Organisation }

/** Which customers, or organisations, are listed. All given conditions must hold; without any, all who are not merged. */
export type CustomerFilter = {
  /**
   * Words that names, addresses, ids and own fields begin with, all of which must be found, or digits of a telephone
   * number. Accents, case and the spelling of umlauts (`ü` or `ue`) do not matter.
   */
  readonly search?: string | undefined
  /** Members of this organisation. */
  readonly organisationId?: string | undefined
}

/** What a desk has done for a customer, also before merges. */
export type CustomerFigures = {
  /** The tickets: those that are open, those that are resolved or closed, and those of the last thirty days. */
  readonly open: number
  readonly past: number
  readonly lastThirtyDays: number
  /** The chats, likewise. */
  readonly openChats: number
  readonly pastChats: number
  readonly chatsLastThirtyDays: number
  /** The SLA targets of the tickets and chats: those that run and are not missed yet, those that were met, and those that were missed. */
  readonly promisesOpen: number
  readonly promisesKept: number
  readonly promisesMissed: number
}

/** A customer, and the instant that ends the last thirty days. */
type CustomerAt = { readonly id: string; readonly now: Instant }

type CustomersQueries = {
  /**
   * Customers by name; those whom words find by the word that begins with the longest of them (the last of equally long ones), then by name. Those who
   * were merged are found by a search only. A search that is blank is none; one of signs alone finds nobody.
   */
  list(filter: CustomerFilter, page: Page): Promise<Slice<CustomerRow>>
  /** The customers with these ids, in that order; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (CustomerRow | undefined)[]>
  /** The customers who survive the merges of these, in that order; undefined where there is none. */
  survivorsByIds(ids: readonly string[]): Promise<readonly (CustomerRow | undefined)[]>
  /** A customer, and all who were merged into them, over any number of merges. */
  withMerged(id: string): Promise<readonly string[]>
  /** The ids of the members of an organisation who are not merged: the first ones by name, at most so many. */
  membersOf(organisationId: string, limit: number): Promise<readonly string[]>
  /** The figures of customers and of all who were merged into them: one statement for all who are asked for at once. */
  figures(customers: readonly CustomerAt[]): Promise<readonly CustomerFigures[]>
  /** The organisations by name. */
  organisations(filter: Pick<CustomerFilter, 'search'>, page: Page): Promise<Slice<OrganisationRow>>
  /** The ids of the organisations of a name, at most two: accents and case do not matter. */
  organisationsNamed(name: string): Promise<readonly string[]>
  organisationsByIds(ids: readonly string[]): Promise<readonly (OrganisationRow | undefined)[]>
  /**
   * The organisations that these customers belong to: their own, else that of the domain of a verified address; of one
   * who was merged, that of the customer who survives. Those who belong to none are left out.
   */
  organisationsOf(customerIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** As `organisationsOf`, for one customer. */
  organisationOf(customerId: string): Promise<string | undefined>
  /**
   * The organisation whose members' tickets and chats a customer sees, as a member or as a manager of it; undefined
   * where they see their own alone.
   *
   * @param byDefault who sees them in an organisation that says nothing.
   */
  sharedWith(customerId: string, byDefault: SharedWith): Promise<string | undefined>
}

const from = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema)}.${sql.id(name)}`

type SelectedRow<S> = { readonly id: string; readonly version: number; readonly state: S }

const customers = sql`${from('customer')} c`
const byName = byText({ expression: sql`c.sort_name`, id: sql`c.id`, direction: 'asc' })

/** Queries the live generation of the customers and organisations. */
export function customersQueries(reader: Reader): CustomersQueries {
  const byIds = async <S>(table: string, ids: readonly string[]): Promise<readonly (SelectedRow<S> | undefined)[]> => {
    const rows = await reader.rows(sql<SelectedRow<S>>`
      select ${columns} from ${from(table)} c where c.id = any(${[...ids]}::text[])`)
    const rowsById = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => rowsById.get(id))
  }
  const organisationsOf = async (customerIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const rows = await reader.rows(sql<{ readonly id: string; readonly organisation: string }>`
      with recursive surviving as (
        select c.id as customer, c.merged_into, c.member_of from ${from('customer')} c
        where c.id = any(${[...customerIds]}::text[])
        union select s.customer, c.merged_into, c.member_of
        from ${from('customer')} c join surviving s on c.id = s.merged_into
      ) select customer as id, member_of as organisation from surviving
      where merged_into is null and member_of is not null`)
    return new Map(rows.map(({ id, organisation }) => [id, organisation]))
  }
  const organisationOf = coalesced(async (ids: readonly string[]) => {
    const organisations = await organisationsOf(ids)
    return ids.map((id) => organisations.get(id))
  })
  const merged = coalesced(async (ids: readonly string[]): Promise<readonly (readonly string[])[]> => {
    const rows = await reader.rows(sql<{ readonly root: string; readonly id: string }>`
      with recursive merged as (
        select c.id collate "C" as root, c.id collate "C" as id from unnest(${[...ids]}::text[]) c(id)
        union select m.root, c.id from ${from('customer')} c join merged m on c.merged_into = m.id
      ) select root, id from merged`)
    return ids.map((root) => rows.filter((row) => row.root === root).map(({ id }) => id))
  })
  return {
    list: async ({ search, organisationId }, page) => {
      const query = queryOf(search)
      const member = organisationId !== undefined && sql`c.member_of = ${organisationId}`
      if (query?.words.length === 0) return listByNumber(reader, query, member, page)
      if (query) return listByWords(reader, query, member, page)
      const where = allOf([sql`c.merged_into is null`, member])
      return readSlice(reader, { columns, from: customers, where, ordering: byName }, page, toCustomer, 'ad hoc')
    },
    byIds: coalesced(async (ids) =>
      (await byIds<CustomerRecord>('customer', ids)).map((row) => row && toCustomer(row)),
    ),
    survivorsByIds: async (ids) => {
      const rows = await reader.rows(sql<SelectedRow<CustomerRecord> & { readonly merged: string }>`
        with recursive surviving as (
          select c.id as merged, c.id, c.merged_into from ${from('customer')} c where c.id = any(${[...ids]}::text[])
          union select s.merged, c.id, c.merged_into
          from ${from('customer')} c join surviving s on c.id = s.merged_into
        ) select s.merged, ${columns} from surviving s join ${from('customer')} c on c.id = s.id
        where s.merged_into is null`)
      const survivors = new Map(rows.map((row) => [row.merged, toCustomer(row)]))
      return ids.map((id) => survivors.get(id))
    },
    withMerged: async (id) => (await merged([id]))[0] ?? [id],
    membersOf: async (organisationId, limit) => {
      const rows = await reader.rows(sql<{ readonly id: string }>`
        select c.id from ${from('customer')} c where c.member_of = ${organisationId} and c.merged_into is null
        order by c.sort_name, c.id limit ${limit}`)
      return rows.map(({ id }) => id)
    },
    figures: coalesced((customers) => figuresOf(reader, customers)),
    organisations: ({ search }, page) => {
      const query = queryOf(search)
      const where = query === undefined ? sql`true` : wordsOf(query)
      return readSlice(
        reader,
        { columns, from: sql`${from('organisation')} c`, where, ordering: byName },
        page,
        toOrganisation,
        'ad hoc',
      )
    },
    organisationsNamed: async (name) => {
      const rows = await reader.rows(sql<{ readonly id: string }>`
        select c.id from ${from('organisation')} c where c.sort_name = ${sortName(name)} order by c.id limit 2`)
      return rows.map(({ id }) => id)
    },
    organisationsByIds: coalesced(async (ids) =>
      (await byIds<Organisation>('organisation', ids)).map((row) => row && toOrganisation(row)),
    ),
    organisationsOf,
    organisationOf: async (id) => (await organisationOf([id]))[0],
    sharedWith: async (customerId, byDefault) => {
      const [row] = await reader.rows(sql<{ readonly id: string }>`
        with recursive surviving as (
          select c.id, c.merged_into, c.member_of from ${from('customer')} c where c.id = ${customerId}
          union select c.id, c.merged_into, c.member_of
          from ${from('customer')} c join surviving s on c.id = s.merged_into
        ), person as (
          select id from surviving where merged_into is null
          union select c.id from ${from('customer')} c join person p on c.merged_into = p.id
        )
        select o.id from surviving s join ${from('organisation')} o on o.id = s.member_of
        where s.merged_into is null and case coalesce(o.state->>'sharedWith', ${byDefault}::text)
          when 'members' then true
          when 'managers' then exists (
            select from json_array_elements_text(o.state->'managers') manager join person p on p.id = manager)
          else false end`)
      return row?.id
    },
  }
}

async function figuresOf(reader: Reader, customers: readonly CustomerAt[]): Promise<readonly CustomerFigures[]> {
  const ids = sql`${customers.map(({ id }) => id)}::text[]`
  const nows = sql`${customers.map(({ now }) => now)}::timestamptz[]`
  const closed = sql`t.status in ('resolved', 'closed')`
  return reader.rows(sql<CustomerFigures>`
    with recursive person as (
      select distinct c.id collate "C" as customer, c.id collate "C" as id from unnest(${ids}) c(id)
      union select p.customer, c.id from ${from('customer')} c join person p on c.merged_into = p.id
    )
    select tickets.*, chats.*, promises.* from unnest(${ids}, ${nows}) with ordinality as a(id, now, place)
    cross join lateral (
      select count(*) filter (where not ${closed})::integer as open, count(*) filter (where ${closed})::integer as past,
        count(*) filter (where t.opened_at > a.now - interval '30 days')::integer as "lastThirtyDays"
      from person p join ${from('ticket')} t on t.customer_id = p.id where p.customer = a.id
    ) tickets
    cross join lateral (
      select count(*) filter (where t.status <> 'closed')::integer as "openChats",
        count(*) filter (where t.status = 'closed')::integer as "pastChats",
        count(*) filter (where t.started_at > a.now - interval '30 days')::integer as "chatsLastThirtyDays"
      from person p join ${from('chat')} t on t.customer_id = p.id where p.customer = a.id
    ) chats
    cross join lateral (
      select count(*) filter (where s.running and s.outcome is null)::integer as "promisesOpen",
        count(*) filter (where s.outcome = 'met')::integer as "promisesKept",
        count(*) filter (where s.outcome = 'missed')::integer as "promisesMissed"
      from person p cross join lateral (
        select s.running, s.outcome from ${from('ticket')} t
        join ${from('sla_target')} s on s.ticket_id = t.id where t.customer_id = p.id
        union all select s.running, s.outcome from ${from('chat')} t
        join ${from('chat_target')} s on s.chat_id = t.id where t.customer_id = p.id
      ) s where p.customer = a.id
    ) promises
    order by a.place`)
}

/**
 * How many customers of the longest word are looked at for the other words before all with all words are gathered, and
 * how many customers of a number are gathered and sorted.
 */
const mostLookedAt = 2_000

/** How many customers are looked at, by name, for a number that many may have, before all who have it are gathered. */
const mostOfNumber = 500

const columns = sql`c.id, c.version, c.state`

const wordsOf = ({ text }: Query): Condition => (text === '' ? sql`false` : sql`c.words @@ ${text}::tsquery`)

/**
 * Lists the customers of a number by name. The index of the words gathers all of them before it gives any, so that the
 * list by name is followed instead where a number such as `+33 1` is that of many.
 */
async function listByNumber(
  reader: Reader,
  query: Query,
  member: Condition | false,
  page: Page,
): Promise<Slice<CustomerRow>> {
  const list = (listed: Pick<List, 'from' | 'where'>) =>
    readSlice(reader, { columns, ordering: byName, ...listed }, page, toCustomer, 'ad hoc')
  // `is true` keeps the planner from the index of the words.
  const passing = allOf([sql`(${wordsOf(query)}) is true`, member])
  const all = sql`(select * from ${customers} where ${allOf([member])}) c`
  if (member && (await atMost(reader, all, mostLookedAt))) return list({ from: customers, where: passing })
  const beginning = near({ from: all, ordering: byName }, page, mostOfNumber)
  const followed = await list({ from: customers, where: allOf([passing, beginning]) })
  if (isFull(followed, page)) return followed
  const hits = sql`(select * from ${customers} where ${allOf([wordsOf(query), member])} offset 0) c`
  return (await atMost(reader, hits, mostLookedAt))
    ? list({ from: hits, where: sql`true` })
    : list({ from: customers, where: passing })
}

/** Whether a page has as many rows as it may, and is known to be followed by others. */
const isFull = ({ rows, hasNext, hasPrevious }: Slice<CustomerRow>, { limit, backward }: Page): boolean =>
  rows.length === limit && (backward ? hasPrevious : hasNext)

/**
 * Lists the customers whom all words find, by the longest of them as it is in their record, then by name: of equally
 * long ones by the last, since family names come last, and are rarer than first names. The list of
 * that word is followed in the order of its index. Where it is long and the other words are rare in it, all customers
 * with all words are gathered instead, who are few then.
 */
async function listByWords(
  reader: Reader,
  query: Query,
  member: Condition | false,
  page: Page,
): Promise<Slice<CustomerRow>> {
  const [longest = '', ...others] = [...query.words].reverse().sort((a, b) => b.length - a.length)
  const terms = from('customer_term')
  /** True, or null: not `exists`, which the planner may turn into a join with all rows of a frequent word. */
  const one = (of: Condition): Condition => sql`(select true from ${terms} o where o.id = t.id and ${of} limit 1)`
  const range = sql`(select * from ${terms} t where ${beginningWith('t', longest)}) t`
  const ordering = byText({ expression: sql`t.term`, id: sql`t.id`, direction: 'asc' })
  const isWhole = (others.length === 0 && !member) || (await atMost(reader, range, mostLookedAt))
  const where = allOf([
    beginningWith('t', longest),
    sql`${one(sql`${beginningWith('o', longest)} and o.term < t.term`)} is null`,
    !isWhole && near({ from: range, ordering }, page, mostLookedAt),
    ...others.map((word) => one(beginningWith('o', word))),
    member,
  ])
  const joined = sql`${terms} t join ${from('customer')} c on c.id = t.id`
  const followed = await readSlice(reader, { columns, from: joined, where, ordering }, page, toCustomer, 'ad hoc')
  if (isWhole || isFull(followed, page)) return followed
  const gathered = sql`(
    select c.id, (select min(t.term) from ${terms} t where t.id = c.id and ${beginningWith('t', longest)}) as term
    from ${from('customer')} c where ${allOf([wordsOf(query), member])} offset 0
  ) t join ${from('customer')} c on c.id = t.id`
  return readSlice(reader, { columns, from: gathered, where: sql`true`, ordering }, page, toCustomer, 'ad hoc')
}

async function atMost(reader: Reader, rows: RawBuilder<unknown>, most: number): Promise<boolean> {
  const [counted] = await reader.rows(sql<{ readonly count: number }>`
    select count(*)::integer as count from (select from ${rows} limit ${most + 1}) counted`)
  return (counted?.count ?? 0) <= most
}

/** Matches the terms that begin with a word. */
const beginningWith = (alias: string, word: string): Condition =>
  sql`${sql.ref(`${alias}.term`)} >= ${word} and ${sql.ref(`${alias}.term`)} < ${`${word}\u{10ffff}`}`

const mostWords = 10

/** A search as a `tsquery`, empty if it finds nobody, and its words unless it is a number. */
type Query = { readonly text: string; readonly words: readonly string[] }

/**
 * All words of a search, each as the beginning of a term; undefined for a blank search. A name is searched for without its
 * apostrophes, as every record has it too. One word of digits may also be an id, as it is written.
 */
function queryOf(search: string | undefined): Query | undefined {
  if (!search?.trim()) return undefined
  const pasted = search.replace(/\p{Default_Ignorable_Code_Point}+/gu, '').replace(/^\s*tel:/i, '')
  const digits = pasted
    .replace(trunkPrefix, '$1')
    .replace(/[^0-9]/g, '')
    .replace(/^0+/, '')
  const words = tokensOf(withoutApostrophes(search))
    .flatMap((token) => (isReference(token) ? [token] : token.split(/[^\p{L}\p{M}\p{N}]+/u).flatMap(partsOf)))
    .filter((word) => word !== '')
    .map((word) => beginningOf(word, longestTerm))
  const searchWords = [...new Set(words)].slice(0, mostWords)
  if (/^[\s\d+()./-]+$/.test(pasted) && digits.length >= 4) {
    const either = searchWords.length === 1 ? [digits, ...searchWords] : [digits]
    return { text: [...new Set(either)].map(beginning).join(' | '), words: [] }
  }
  return { text: searchWords.map(beginning).join(' & '), words: searchWords }
}

/** The `(0)` after a country code, which is not dialled from abroad. */
const trunkPrefix = /^(\s*(?:\+|00)[\d\s./-]*)\(0\)/

const beginning = (word: string): string => `${quoted(word)}:*`

const toCustomer = ({ id, version, state }: SelectedRow<CustomerRecord>): CustomerRow => ({
  id,
  version,
  customer: state,
})

const toOrganisation = ({ id, version, state }: SelectedRow<Organisation>): OrganisationRow => ({
  id,
  version,
  organisation: state,
})
