import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  CustomerEvent,
  CustomerRecord,
  CustomerState,
  OrganisationEvent,
  OrganisationState,
} from '@guichet/domain'
import { evolveCustomer, evolveOrganisation } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import { foldText, searchable } from '../search/words.ts'
import type { Moved } from '../streams/stream-folding.ts'
import { createStreamFolding, movedBy } from '../streams/stream-folding.ts'
import { writtenTable } from '../written-table.ts'

/** The current state of every customer and every organisation, with the words that they are found by. */
export function customersProjection(): Projection {
  const customers = createStreamFolding<CustomerEvent, CustomerState>({
    category: 'customer',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveCustomer(state, event),
  })
  const organisations = createStreamFolding<OrganisationEvent, OrganisationState>({
    category: 'organisation',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveOrganisation(state, event),
  })
  return {
    name: 'customers',
    version: 1,
    tables: ['customer', 'organisation', 'organisation_domain'],
    createTables,
    createIndexes,
    project: async (events, context) => {
      const { tx } = context
      const moved = movedBy(await customers.steps(events, context))
      const organised = movedBy(await organisations.steps(events, context))
      await removeCustomers(tx, moved)
      await customerTable.replace(tx, moved.flatMap(customerRow))
      await organisationTable.replace(tx, organised.flatMap(organisationRow))
      await replaceDomains(tx, organised)
    },
  }
}

async function createTables(tx: Transaction<unknown>): Promise<void> {
  await sql`
    create table customer (
      id text collate "C" primary key,
      version integer not null,
      sort_name text collate "C" not null,
      merged_into text collate "C",
      organisation_id text collate "C",
      domains text[] not null,
      words tsvector not null,
      state json not null
    ) with (fillfactor = 80)`.execute(tx)
  await sql`
    create table organisation (
      id text collate "C" primary key,
      version integer not null,
      sort_name text collate "C" not null,
      words tsvector not null,
      state json not null
    )`.execute(tx)
  await sql`
    create table organisation_domain (
      organisation_id text collate "C" not null,
      domain text collate "C" not null,
      primary key (organisation_id, domain)
    )`.execute(tx)
}

async function createIndexes(tx: Transaction<unknown>): Promise<void> {
  await sql`create index on customer (sort_name, id)`.execute(tx)
  await sql`create index on customer using gin (words)`.execute(tx)
  await sql`create index on customer using gin (domains)`.execute(tx)
  await sql`create index on customer (organisation_id, sort_name, id) where organisation_id is not null`.execute(tx)
  await sql`create index on customer (merged_into) where merged_into is not null`.execute(tx)
  await sql`create index on organisation (sort_name, id)`.execute(tx)
  await sql`create index on organisation using gin (words)`.execute(tx)
  await sql`create index on organisation_domain (domain)`.execute(tx)
  await sql`analyze customer`.execute(tx)
  await sql`analyze organisation`.execute(tx)
}

const customerTable = writtenTable(
  'customer',
  'id text',
  'version integer, sort_name text, merged_into text, organisation_id text, domains text[], words tsvector, state json',
)

const organisationTable = writtenTable(
  'organisation',
  'id text',
  'version integer, sort_name text, words tsvector, state json',
)

const domainTable = writtenTable('organisation_domain', 'organisation_id text', 'domain text')

function customerRow({ id, version, after: state }: Moved<CustomerState>): readonly object[] {
  if (state.status === 'absent') return []
  return [
    {
      id,
      version,
      sort_name: sortName(nameOf(state) ?? id),
      merged_into: state.mergedInto,
      organisation_id: state.details.organisationId,
      domains: domainsOf(state),
      words: vectorOf(termsOf(id, state)),
      state,
    },
  ]
}

function organisationRow({ id, version, after: state }: Moved<OrganisationState>): readonly object[] {
  if (state.status === 'absent') return []
  const texts = [state.name, state.industry ?? '', ...state.domains, id]
  const terms = searchable(texts.join(' ')).words
  return [{ id, version, sort_name: sortName(state.name), words: vectorOf(terms), state }]
}

/** Removes the customers whose import was taken back. */
async function removeCustomers(tx: Transaction<unknown>, moved: readonly Moved<CustomerState>[]): Promise<void> {
  const gone = moved.flatMap(({ id, before, after }) =>
    before.status !== 'absent' && after.status === 'absent' ? [id] : [],
  )
  if (gone.length > 0) await sql`delete from customer where id = any(${gone}::text[])`.execute(tx)
}

async function replaceDomains(tx: Transaction<unknown>, moved: readonly Moved<OrganisationState>[]): Promise<void> {
  const changed = moved.filter(({ before, after }) => domainsIn(before).join() !== domainsIn(after).join())
  if (changed.length === 0) return
  const ids = changed.map(({ id }) => id)
  await sql`delete from organisation_domain where organisation_id = any(${ids}::text[])`.execute(tx)
  await domainTable.insert(
    tx,
    changed.flatMap(({ id, after }) => domainsIn(after).map((domain) => ({ organisation_id: id, domain }))),
  )
}

const domainsIn = (state: OrganisationState): readonly string[] => (state.status === 'absent' ? [] : state.domains)

/** The whole name of a customer, or what is known of it. */
export const nameOf = ({ details: { name, firstName, lastName } }: CustomerRecord): string | undefined =>
  name ?? ([firstName, lastName].filter((part) => part !== undefined).join(' ') || undefined)

/** Names sort by their folded beginning; the rest makes no difference to a reader. */
const sortName = (name: string): string => foldText(name).slice(0, 100)

/** The domains by which a customer belongs to an organisation: those of verified addresses. */
const domainsOf = ({ emails }: CustomerRecord): readonly string[] => [
  ...new Set(emails.flatMap(({ address, verified }) => (verified ? [domainOf(address)] : []))),
]

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** The shortest end of a number that it is found by, in digits. */
const shortestEnd = 4

/** The words that a customer is found by, each from its beginning; a number from any digit on, to its last four. */
function termsOf(id: string, { details, emails, phones, externalIds, fields }: CustomerRecord): readonly string[] {
  const { name = '', firstName = '', lastName = '' } = details
  const texts = [name, firstName, lastName, ...Object.values(fields).filter((value) => typeof value === 'string')]
  return [
    ...searchable(texts.join(' ')).words,
    ...searchable([id, ...externalIds.map((each) => each.id)].join(' ')).words,
    ...emails.flatMap(({ address }) => [foldText(address), ...searchable(address).words]),
    ...phones.flatMap(({ number }) => endsOf(number.slice(1))),
  ]
}

const endsOf = (digits: string): readonly string[] =>
  Array.from({ length: Math.max(1, digits.length - shortestEnd + 1) }, (_, from) => digits.slice(from))

/** The text of a `tsvector` of words, whose order and places do not matter. */
const vectorOf = (words: readonly string[]): string => [...new Set(words)].map(quoted).join(' ')

/** A word as `tsvector` and `tsquery` read it. */
export const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
