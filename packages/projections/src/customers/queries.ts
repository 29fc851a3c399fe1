import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { CustomerRecord, Instant, Organisation } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { allOf, byText, readSlice } from '../reading/slice.ts'
import { foldText } from '../search/words.ts'
import { quoted } from './model.ts'

/** A customer with their history folded. */
export type CustomerRow = { readonly id: string; readonly version: number; readonly customer: CustomerRecord }

/** An organisation with its history folded. */
export type OrganisationRow = { readonly id: string; readonly version: number; readonly organisation: Organisation }

export type CustomerFilter = {
  /**
   * Words that names, addresses, ids and own fields begin with, all of which must be found, or digits of a telephone
   * number. Accents and case do not matter.
   */
  readonly search?: string | undefined
  /** Members of this organisation. */
  readonly organisationId?: string | undefined
}

/** What a desk has done for a customer, also before merges. */
export type CustomerFigures = {
  readonly open: number
  readonly past: number
  readonly lastThirtyDays: number
  readonly promisesKept: number
  readonly promisesMissed: number
}

type CustomersQueries = {
  /**
   * Customers by name; those whom one word finds by the word that begins with it, then by name. Those who were merged
   * are found by a search only.
   */
  list(filter: CustomerFilter, page: Page): Promise<Slice<CustomerRow>>
  /** The customers with these ids, in that order; undefined where there is none. */
  byIds(ids: readonly string[]): Promise<readonly (CustomerRow | undefined)[]>
  /** A customer, and all who were merged into them, over any number of merges. */
  withMerged(id: string): Promise<readonly string[]>
  /** The tickets of these people, and the promises on them. `now` ends the last thirty days. */
  figures(ids: readonly string[], now: Instant): Promise<CustomerFigures>
  /** The organisations by name. */
  organisations(filter: Pick<CustomerFilter, 'search'>, page: Page): Promise<Slice<OrganisationRow>>
  organisationsByIds(ids: readonly string[]): Promise<readonly (OrganisationRow | undefined)[]>
  /** The organisation that a customer belongs to: their own, else that of the domain of a verified address. */
  organisationOf(customerId: string): Promise<string | undefined>
}

const from = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema)}.${sql.id(name)}`

type Selected<S> = { readonly id: string; readonly version: number; readonly state: S }

/** Queries the live generation of the customers and organisations. */
export function customersQueries(reader: Reader): CustomersQueries {
  const ordering = byText({ expression: sql`c.sort_name`, id: sql`c.id`, direction: 'asc' })
  const columns = sql`c.id, c.version, c.state`
  const byIds = async <S>(table: string, ids: readonly string[]): Promise<readonly (Selected<S> | undefined)[]> => {
    const rows = await reader.rows(sql<Selected<S>>`
      select ${columns} from ${from(table)} c where c.id = any(${[...ids]}::text[])`)
    const found = new Map(rows.map((row) => [row.id, row]))
    return ids.map((id) => found.get(id))
  }
  return {
    list: ({ search, organisationId }, page) => {
      const query = search === undefined ? undefined : queryOf(search)
      const member = organisationId !== undefined && sql`c.member_of = ${organisationId}`
      const [word, ...others] = query?.words ?? []
      if (word !== undefined && others.length === 0 && !member) {
        const end = `${word}\u{10ffff}`
        const where = sql`t.term >= ${word} and t.term < ${end} and not exists (
          select from ${from('customer_term')} o where o.id = t.id and o.term >= ${word} and o.term < t.term)`
        const joined = sql`${from('customer_term')} t join ${from('customer')} c on c.id = t.id`
        const byWord = byText({ expression: sql`t.term`, id: sql`t.id`, direction: 'asc' })
        return readSlice(reader, { columns, from: joined, where, ordering: byWord }, page, toCustomer, 'ad hoc')
      }
      const where = allOf([
        query === undefined ? sql`c.merged_into is null` : sql`c.words @@ ${query.text}::tsquery`,
        member,
      ])
      return readSlice(
        reader,
        { columns, from: sql`${from('customer')} c`, where, ordering },
        page,
        toCustomer,
        'ad hoc',
      )
    },
    byIds: async (ids) => (await byIds<CustomerRecord>('customer', ids)).map((row) => row && toCustomer(row)),
    withMerged: async (id) => {
      const rows = await reader.rows(sql<{ readonly id: string }>`
        with recursive merged as (
          select ${id}::text collate "C" as id
          union select c.id from ${from('customer')} c join merged m on c.merged_into = m.id
        ) select id from merged`)
      return rows.map((row) => row.id)
    },
    figures: async (ids, now) => {
      const own = sql`t.customer_id = any(${[...ids]}::text[])`
      const closed = sql`t.status in ('resolved', 'closed')`
      const [tickets] = await reader.rows(sql<Pick<CustomerFigures, 'open' | 'past' | 'lastThirtyDays'>>`
        select count(*) filter (where not ${closed})::integer as open, count(*) filter (where ${closed})::integer as past,
          count(*) filter (where t.opened_at > ${now}::timestamptz - interval '30 days')::integer as "lastThirtyDays"
        from ${from('ticket')} t where ${own}`)
      const [promises] = await reader.rows(sql<Pick<CustomerFigures, 'promisesKept' | 'promisesMissed'>>`
        select count(*) filter (where s.outcome = 'met')::integer as "promisesKept",
          count(*) filter (where s.outcome = 'missed')::integer as "promisesMissed"
        from ${from('ticket')} t join ${from('sla_target')} s on s.ticket_id = t.id where ${own}`)
      return { open: 0, past: 0, lastThirtyDays: 0, promisesKept: 0, promisesMissed: 0, ...tickets, ...promises }
    },
    organisations: ({ search }, page) => {
      const query = search === undefined ? undefined : queryOf(search)
      const where = query === undefined ? sql`true` : sql`c.words @@ ${query.text}::tsquery`
      return readSlice(
        reader,
        { columns, from: sql`${from('organisation')} c`, where, ordering },
        page,
        toOrganisation,
        'ad hoc',
      )
    },
    organisationsByIds: async (ids) =>
      (await byIds<Organisation>('organisation', ids)).map((row) => row && toOrganisation(row)),
    organisationOf: async (customerId) => {
      const [row] = await reader.rows(sql<{ readonly id: string | null }>`
        select c.member_of as id from ${from('customer')} c where c.id = ${customerId}`)
      return row?.id ?? undefined
    },
  }
}

const mostWords = 10

/** A search as a `tsquery`, and its words unless it is a number. */
type Query = { readonly text: string; readonly words: readonly string[] }

/** All words of a search, each as the beginning of a term; undefined for a search without words. */
function queryOf(search: string): Query | undefined {
  const digits = search.replace(/[^0-9]/g, '').replace(/^0+/, '')
  if (/^[\s\d+()./-]+$/.test(search) && digits.length >= 4) return { text: `${quoted(digits)}:*`, words: [] }
  const words = foldText(search)
    .split(/[^\p{L}\p{N}._%+@-]+/u)
    .flatMap((word) => (word.includes('@') ? [word] : word.split(/[^\p{L}\p{N}]+/u)))
    .filter((word) => word !== '')
  const wanted = [...new Set(words)].slice(0, mostWords)
  if (wanted.length === 0) return undefined
  return { text: wanted.map((word) => `${quoted(word)}:*`).join(' & '), words: wanted }
}

const toCustomer = ({ id, version, state }: Selected<CustomerRecord>): CustomerRow => ({ id, version, customer: state })

const toOrganisation = ({ id, version, state }: Selected<Organisation>): OrganisationRow => ({
  id,
  version,
  organisation: state,
})
