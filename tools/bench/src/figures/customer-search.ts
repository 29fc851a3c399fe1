import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Append, CustomerEvent, Instant, OrganisationEvent } from '@guichet/domain'
import { defaultWording, guichetEvents, instant, later } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { CustomerFilter } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import { unconfigured } from '@guichet/desk/configuration'
import type { Bench, Figure } from '../bench.ts'
import { figure, slowest } from '../bench.ts'
import type { Ground } from '../ground.ts'

const customers = 200_000
const organisations = 2_000
const target = 20
const atOnce = 2_000

/** The names of a made-up country: some first names are as frequent as the commonest real ones. */
const firstNames = (
  'Marie Jean Martine Michel Manon Mathieu Mathilde Marc Margaux Max Sophie Lucas Léa Emma Hugo Louis Chloé Camille Inès ' +
  'Jules Sarah Paul Zoé Adam Nora Omar Fatima Ahmed Leïla Youssef Anna Peter Julia Thomas Laura Felix Hannah Jonas'
).split(' ')
const syllables = 'ma ra le du pon ber lan si ko ve mo tin da ro che gau nel vi fer ra bou dé lo sa ri'.split(' ')

/** What a desk types into the search of its customers, by the kind of question. */
const questions: Readonly<Record<string, readonly CustomerFilter[]>> = {
  'full-name': [{ search: 'Marie Durale' }, { search: 'zoe mara' }, { search: 'Hugo Bertin' }],
  'first-name': [{ search: 'Marie' }, { search: 'jean' }, { search: 'omar' }],
  'two-letters': [{ search: 'ma' }, { search: 'du' }, { search: 'lé' }],
  'four-letters': [{ search: 'mari' }, { search: 'dura' }, { search: 'ponb' }],
  'two-prefixes': [{ search: 'ma du' }, { search: 'le be' }, { search: 'ze xy' }],
  address: [{ search: 'customer.77@org-77.example' }, { search: 'customer.150000@' }],
  number: [{ search: '01 00 12 34 56' }, { search: '+33 1 00 00 77' }, { search: '4321' }],
  'short-number': [{ search: '+33 1 0' }, { search: '+33 1 00 1' }, { search: '1000' }],
  organisation: [{ organisationId: 'org-0' }, { organisationId: 'org-77' }, { organisationId: 'org-0', search: 'ma' }],
  'external-id': [{ search: 'C-77' }, { search: 'C-150000' }],
}

/**
 * Measures the 95th percentile of each kind of search for a page of 25 among 200,000 customers, in milliseconds, and what
 * the read model writes for a customer.
 */
export async function customerSearch({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const desk = await openCustomers(ground, quick ? customers / 40 : customers)
  const { customers: queries } = readModels(desk.pool)
  const figures: Figure[] = [figure('customer-wal', 'kB', desk.walPerCustomer / 1_024)]
  for (const [kind, filters] of Object.entries(questions)) {
    const p95 = await slowest(quick ? 5 : 30, filters, (filter) => queries.list(filter, { limit: 25 }))
    figures.push(figure(`customers-${kind}-p95`, 'ms', p95, { target }))
  }
  await desk.close()
  return figures
}

/** Registers customers in a new database, and waits until their read model has them. */
async function openCustomers(ground: Ground, count: number) {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  await seedCustomers(store, count)
  const pool = openPool({ connectionString })
  const all = projections({ policy: unconfigured, wording: defaultWording })
  const models = all.filter(({ name }) => name === 'customers')
  const written = async (): Promise<number> => {
    const { rows } = await pool.query<{ bytes: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`)
    return Number(rows[0]?.bytes)
  }
  const catchUp = async (): Promise<void> => {
    const runner = createProjectionRunner({ store, pool, projections: models })
    await runner.start()
    await runner.caughtUp()
    await runner.stop()
  }
  await catchUp()
  // What a live read model writes, with all its indexes: a rebuild adds them at the end.
  const more = count / 20
  await seedCustomers(store, more, count)
  const before = await written()
  await catchUp()
  const walPerCustomer = ((await written()) - before) / more
  await pool.query('vacuum analyze')
  return {
    pool,
    walPerCustomer,
    close: async () => {
      await store.close()
      await pool.end()
    },
  }
}

const began = instant('2026-01-05T08:00:00Z')
const by = { kind: 'agent', id: 'agent-1' } as const

async function seedCustomers(store: PostgresStore, count: number, first = 0): Promise<void> {
  if (first === 0) await store.appendMany(Array.from({ length: organisations }, (_, n) => organisationHistory(n)))
  for (let from = first; from < first + count; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, first + count - from) }, (_, n) => from + n)
    await store.appendMany(numbers.map(customerHistory))
  }
}

function organisationHistory(number: number): Append<OrganisationEvent> {
  const events: OrganisationEvent[] = [
    { type: 'OrganisationRegistered', at: began, by, name: `Organisation ${number}` },
    { type: 'OrganisationDomainAdded', at: began, by, domain: `org-${number}.example` },
  ]
  return { stream: `organisation-org-${number}`, expectedVersion: 'no_stream', commandId: `o-${number}`, events }
}

const random = xoroshiro128plus(1)
const share = (): number => uniformInt(random, 0, 0x3fffffff) / 0x40000000
const one = (words: readonly string[], at: number): string => words[Math.floor(words.length * at)] ?? ''
const syllable = (): string => one(syllables, share())

/** A tenth of all customers belong to the first organisation. */
function customerHistory(number: number): Append<CustomerEvent> {
  const at: Instant = later(began, number)
  const firstName = one(firstNames, share() ** 2)
  const lastName = syllable() + syllable() + (share() < 0.5 ? syllable() : '')
  const organisation = number % 10 === 0 ? 0 : number % organisations
  const events: CustomerEvent[] = [
    { type: 'CustomerRegistered', at, by, name: `${firstName} ${lastName}`, firstName, lastName, country: 'FR' },
    { type: 'CustomerEmailAdded', at, by, address: `customer.${number}@org-${organisation}.example`, verified: true },
    { type: 'CustomerPhoneAdded', at, by, number: `+331${String(number).padStart(8, '0')}`, verified: true },
    { type: 'CustomerExternalIdAdded', at, by, system: 'crm', id: `C-${number}` },
  ]
  return { stream: `customer-person-${number}`, expectedVersion: 'no_stream', commandId: `c-${number}`, events }
}
