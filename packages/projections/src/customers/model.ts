import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type {
  CustomerEvent,
  CustomerRecord,
  CustomerState,
  OrganisationEvent,
  OrganisationState,
} from '@guichet/domain'
import { domainOf, evolveCustomer, evolveOrganisation, otherFormOf } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import { beginningOf, foldText, searchable, spellingsOf } from '../search/words.ts'
import type { MovedStream } from '../streams/stream-folding.ts'
import { createStreamFolding, movedBy } from '../streams/stream-folding.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * The current state of every customer and every organisation, with the words that they are found by. Reservations of chats
 * are on the streams alone: of a customer who begins or ends a chat, nothing is written but the version.
 */
export function customersProjection(): Projection {
  const customers = createStreamFolding<CustomerEvent, CustomerState>({
    category: 'customer',
    initial: { status: 'absent' },
    evolve: (state, { event }) => (isReservation(event) ? state : evolveCustomer(state, event)),
  })
  const organisations = createStreamFolding<OrganisationEvent, OrganisationState>({
    category: 'organisation',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveOrganisation(state, event),
  })
  return {
    name: 'customers',
    version: 10,
    ...tablesOf(customerTable, termTable, organisationTable, domainTable),
    project: async (events, context) => {
      const { tx } = context
      const all = movedBy(await customers.steps(events, context))
      const moved = all.filter(({ before, after }) => before !== after)
      const organised = movedBy(await organisations.steps(events, context))
      await removeOrganisations(tx, organised)
      await organisationTable.replace(tx, organised.flatMap(organisationRow))
      await replaceDomains(tx, organised)
      await removeCustomers(tx, moved)
      const organisationOf = await organisationsByDomain(tx, moved)
      await customerTable.replace(
        tx,
        moved.flatMap((each) => customerRow(each, organisationOf)),
      )
      await replaceTerms(tx, moved)
      await updateVersions(
        tx,
        all.filter(({ before, after }) => before === after),
      )
    },
  }
}

const customerTable = writtenTable(
  'customer',
  `id text collate "C" primary key,
  version integer not null,
  sort_name text collate "C" not null,
  merged_into text collate "C",
  organisation_id text collate "C",
  member_of text collate "C",
  domains text[] not null,
  words tsvector not null,
  state json not null`,
  {
    fillfactor: 80,
    indexes: [
      'index on customer (sort_name, id)',
      'index on customer using gin (words)',
      'index on customer using gin (domains)',
      'index on customer (member_of, sort_name, id) where member_of is not null',
      'index on customer (merged_into) where merged_into is not null',
    ],
  },
)

const termTable = writtenTable(
  'customer_term',
  'term text collate "C" not null, id text collate "C" not null, primary key (id, term)',
  { indexes: ['unique index on customer_term (term, id)'] },
)

const organisationTable = writtenTable(
  'organisation',
  `id text collate "C" primary key,
  version integer not null,
  sort_name text collate "C" not null,
  words tsvector not null,
  state json not null`,
  { indexes: ['index on organisation (sort_name, id)', 'index on organisation using gin (words)'] },
)

const domainTable = writtenTable(
  'organisation_domain',
  `organisation_id text collate "C" not null, domain text collate "C" not null, primary key (organisation_id, domain)`,
  { indexes: ['index on organisation_domain (domain)'] },
)

function customerRow(
  { id, version, after: state }: MovedStream<CustomerState>,
  organisationOf: (domains: readonly string[]) => string | undefined,
): readonly object[] {
  if (state.status === 'absent') return []
  return [
    {
      id,
      version,
      sort_name: sortName(nameOf(state) ?? id),
      merged_into: state.mergedInto,
      organisation_id: state.details.organisationId,
      member_of: state.details.organisationId ?? organisationOf(domainsOf(state)),
      domains: domainsOf(state),
      words: vectorOf(termsOf(id, state)),
      state,
    },
  ]
}

const isReservation = ({ type }: CustomerEvent): boolean =>
  type === 'ChatReserved' || type === 'ChatReservationReleased'

/** Writes the versions of customers whose rows have not changed otherwise. */
async function updateVersions(tx: Transaction<unknown>, moved: readonly MovedStream<CustomerState>[]): Promise<void> {
  if (moved.length === 0) return
  const versions = moved.map(({ id, version }) => ({ id, version }))
  await sql`
    update customer c set version = r.version
    from json_to_recordset(${JSON.stringify(versions)}::json) as r (id text, version integer) where c.id = r.id`.execute(
    tx,
  )
}

function organisationRow({ id, version, after: state }: MovedStream<OrganisationState>): readonly object[] {
  if (state.status === 'absent') return []
  const texts = [state.name, state.industry ?? '', ...state.domains, id]
  const terms = spellingsOf(texts.join(' '))
  return [{ id, version, sort_name: sortName(state.name), words: vectorOf(terms), state }]
}

/** Removes the organisations whose import was taken back. */
async function removeOrganisations(
  tx: Transaction<unknown>,
  moved: readonly MovedStream<OrganisationState>[],
): Promise<void> {
  const gone = moved.flatMap(({ id, before, after }) =>
    before.status !== 'absent' && after.status === 'absent' ? [id] : [],
  )
  if (gone.length > 0) await sql`delete from organisation where id = any(${gone}::text[])`.execute(tx)
}

/** Removes the customers whose import was taken back. */
async function removeCustomers(tx: Transaction<unknown>, moved: readonly MovedStream<CustomerState>[]): Promise<void> {
  const gone = moved.flatMap(({ id, before, after }) =>
    before.status !== 'absent' && after.status === 'absent' ? [id] : [],
  )
  if (gone.length > 0) await sql`delete from customer where id = any(${gone}::text[])`.execute(tx)
}

/** The organisations of the domains of a batch. */
async function organisationsByDomain(tx: Transaction<unknown>, moved: readonly MovedStream<CustomerState>[]) {
  const domains = moved.flatMap(({ after }) => (after.status === 'absent' ? [] : domainsOf(after)))
  const { rows } =
    domains.length === 0
      ? { rows: [] }
      : await sql<{ domain: string; id: string }>`
          select domain, min(organisation_id) as id from organisation_domain
          where domain = any(${[...new Set(domains)]}::text[]) group by domain`.execute(tx)
  const organisations = new Map(rows.map(({ domain, id }) => [domain, id]))
  return (ownDomains: readonly string[]): string | undefined =>
    ownDomains.flatMap((domain) => organisations.get(domain) ?? []).sort()[0]
}

/** The members of organisations whose domains have changed. */
async function updateMembers(tx: Transaction<unknown>, domains: readonly string[]): Promise<void> {
  if (domains.length === 0) return
  await sql`
    update customer c set member_of = coalesce(c.organisation_id, (
      select min(d.organisation_id) from organisation_domain d where d.domain = any(c.domains)))
    where c.domains && ${[...domains]}::text[]`.execute(tx)
}

/** What separates a word from the name of its customer. */
const separator = '\u0001'

/** Writes the terms of the customers whose terms have changed. */
async function replaceTerms(tx: Transaction<unknown>, moved: readonly MovedStream<CustomerState>[]): Promise<void> {
  const changed = moved
    .map(({ id, before, after }) => ({ id, before: termsIn(id, before), after: termsIn(id, after) }))
    .filter(({ before, after }) => before.join('\n') !== after.join('\n'))
  const customerIds = changed.flatMap(({ id, before }) => (before.length > 0 ? [id] : []))
  if (customerIds.length > 0) await sql`delete from customer_term where id = any(${customerIds}::text[])`.execute(tx)
  await termTable.insert(
    tx,
    changed.flatMap(({ id, after }) => after.map((term) => ({ id, term }))),
  )
}

/** The words of a customer, each with the name by which customers of one word are sorted. Numbers are found otherwise. */
function termsIn(id: string, state: CustomerState): readonly string[] {
  if (state.status === 'absent') return []
  const name = sortName(nameOf(state) ?? id)
  return [...new Set(wordsOf(id, state))].map((word) => `${word}${separator}${name}`)
}

async function replaceDomains(
  tx: Transaction<unknown>,
  moved: readonly MovedStream<OrganisationState>[],
): Promise<void> {
  const changed = moved.filter(({ before, after }) => domainsIn(before).join() !== domainsIn(after).join())
  if (changed.length === 0) return
  const ids = changed.map(({ id }) => id)
  await sql`delete from organisation_domain where organisation_id = any(${ids}::text[])`.execute(tx)
  await domainTable.insert(
    tx,
    changed.flatMap(({ id, after }) => domainsIn(after).map((domain) => ({ organisation_id: id, domain }))),
  )
  await updateMembers(
    tx,
    changed.flatMap(({ before, after }) => [...domainsIn(before), ...domainsIn(after)]),
  )
}

const domainsIn = (state: OrganisationState): readonly string[] => (state.status === 'absent' ? [] : state.domains)

/** The whole name of a customer, or what is known of it. */
export const nameOf = ({ details: { name, firstName, lastName } }: CustomerRecord): string | undefined =>
  name ?? ([firstName, lastName].filter((part) => part !== undefined).join(' ') || undefined)

/** Names sort by their folded beginning; the rest makes no difference to a reader. */
export const sortName = (name: string): string => beginningOf(foldText(name), 100)

/** The domains by which a customer belongs to an organisation: those of verified addresses. */
const domainsOf = ({ emails }: CustomerRecord): readonly string[] => [
  ...new Set(emails.flatMap(({ address, verified }) => (verified ? [domainOf(address)] : []))),
]

/** The shortest end of a number that it is found by, in digits. */
const shortestEnd = 4

/** Words, addresses and ids are found by their beginnings, in characters. */
export const longestTerm = 100

/** The words of a customer's names, addresses, ids and own fields. */
function wordsOf(id: string, { details, emails, externalIds, fields }: CustomerRecord): readonly string[] {
  const { name = '', firstName = '', lastName = '' } = details
  const texts = [name, firstName, lastName, ...Object.values(fields).filter((value) => typeof value === 'string')]
  const all = [...texts, id, ...externalIds.map((each) => each.id)].join(' ')
  const words = [
    ...spellingsOf(all),
    ...tokensOf(all).filter(isReference),
    ...emails.flatMap(({ address }) => [
      foldText(address),
      ...searchable(address).words,
      ...[domainOf(address)].filter(isReference),
    ]),
  ]
  return words.map((word) => beginningOf(word, longestTerm))
}

/** The folded tokens of a text, which spaces and signs other than those within addresses and ids separate. */
export const tokensOf = (text: string): readonly string[] => foldText(text).split(/[^\p{L}\p{M}\p{N}._%+@-]+/u)

/** Whether a token is searched for as one word although it has signs in it: an address, or an id such as `c-77`. */
export const isReference = (token: string): boolean =>
  /@|\p{N}[._%+-]{1,9}[\p{L}\p{N}]|\p{L}[._%+-]{1,9}\p{N}/u.test(token)

/** All that a customer is found by, each from its beginning; a number from any digit on, to its last four. */
const termsOf = (id: string, customer: CustomerRecord): readonly string[] => [
  ...wordsOf(id, customer),
  ...customer.phones.flatMap(({ number }) =>
    [number, otherFormOf(number) ?? number].flatMap((form) => endsOf(form.slice(1))),
  ),
]

const endsOf = (digits: string): readonly string[] =>
  Array.from({ length: Math.max(1, digits.length - shortestEnd + 1) }, (_, from) => digits.slice(from))

/** The text of a `tsvector` of words, whose order and places do not matter. */
const vectorOf = (words: readonly string[]): string => [...new Set(words)].map(quoted).join(' ')

/** A word as `tsvector` and `tsquery` read it. */
export const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
