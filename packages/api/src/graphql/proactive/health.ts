import type { HealthReason, HealthSettings, HealthTerm, HealthTrend, Instant } from '@guichet/domain'
import { days, healthSettingsOf, healthTerms, instant, later, utcDay } from '@guichet/domain'
import type { AtRiskCount, AtRiskFilter, HealthSubject } from '@guichet/projections'
import { countDays } from '@guichet/projections'
import { accessToField } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { addChatType } from '../chat/chat.ts'
import { addCustomerType } from '../customer/customer.ts'
import { addOrganisationType, loadOrganisation } from '../customer/organisation.ts'
import { daysOf } from '../desk/reports.ts'
import { connectionOf, loadNodes, namesOf } from '../paging.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { enumOf } from '../vocabulary.ts'
import { addDraftType } from './draft.ts'

/** The instant of a score, and the settings by which it is measured. */
type Measure = { readonly at: Instant; readonly settings: HealthSettings }

type HealthView = HealthTrend & { readonly isAtRisk: boolean }

type AtRiskView = Measure & { readonly of: HealthSubject; readonly id: string }

type AtRiskDay = Omit<AtRiskCount, 'at'> & { readonly day: string }

const termNames: Readonly<Record<HealthTerm, string>> = {
  tickets: 'They have opened tickets.',
  breaches: 'SLA targets of their tickets were missed.',
  reopenings: 'Tickets of theirs were reopened.',
  suspicions: 'The desk suspects trouble that no ticket is about.',
  waits: 'Nobody has answered them for too long.',
  ratings: 'They have rated chats low.',
}

const subjectNames: Readonly<Record<HealthSubject, string>> = {
  customers: 'Customers of whom the desk has a record.',
  organisations: 'Organisations, by all of their members.',
}

/** The most days on which those at risk are counted. */
const mostDays = 31

/** Adds `Health`, with what takes points from it. */
function addHealthType({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const chat = use(addChatType)
  const { draft } = use(addDraftType)
  const term = enumOf(builder, 'HealthTerm', healthTerms, {
    description: 'What takes points from the score of a customer or an organisation.',
    describe: (word) => termNames[word],
  })
  const reason = builder.objectRef<HealthReason>('HealthReason').implement({
    description: 'Why a score is lower than 100.',
    fields: (t) => ({
      term: t.expose('term', { type: term, description: 'What it is.' }),
      points: t.exposeInt('points', { description: 'How many points it takes.' }),
      count: t.exposeInt('count', { description: 'How many cases there are.' }),
      tickets: t.field({
        type: [ticket],
        description: 'Their tickets, the latest first, 20 at most; none for other cases.',
        extensions: { cost: 20 },
        resolve: async (each, _, { loaders }) => {
          const tickets = await Promise.all(idsIn(each, ticketTerms).map((id) => loaders.ticket.load(id)))
          return tickets.filter((one) => one !== null)
        },
      }),
      drafts: t.field({
        type: [draft],
        description: 'The drafts about the suspected trouble, the latest first, 20 at most; none for other cases.',
        extensions: { cost: 20 },
        resolve: async (each, _, { read }) => {
          const drafts = await (await read('drafts')).byIds(idsIn(each, ['suspicions']))
          return drafts.filter((one) => one !== undefined)
        },
      }),
      chats: t.field({
        type: [chat],
        description: 'The chats that were rated, the latest first, 20 at most; none for other cases.',
        extensions: { cost: 20 },
        resolve: async (each, _, { loaders }) => {
          const chats = await Promise.all(idsIn(each, ['ratings']).map((id) => loaders.chat.load(id)))
          return chats.filter((one) => one !== null)
        },
      }),
    }),
  })
  return builder.objectRef<HealthView>('Health').implement({
    description:
      'How a customer or an organisation fares with the desk, by what they have met lately. It foretells nothing.',
    fields: (t) => ({
      score: t.exposeInt('score', { description: 'From 0 to 100: 100 less the points of the reasons.' }),
      isAtRisk: t.exposeBoolean('isAtRisk', { description: 'Whether the score is low, as the configuration says.' }),
      reasons: t.field({
        type: [reason],
        description: 'What takes points.',
        resolve: ({ reasons }) => reasons,
      }),
      sevenDaysAgo: t.exposeInt('sevenDaysAgo', { description: 'The score of seven days ago.' }),
      thirtyDaysAgo: t.exposeInt('thirtyDaysAgo', { description: 'The score of thirty days ago.' }),
    }),
  })
}

const ticketTerms: readonly HealthTerm[] = ['tickets', 'breaches', 'reopenings', 'waits']

const idsIn = ({ term, evidence }: HealthReason, terms: readonly HealthTerm[]): readonly string[] =>
  terms.includes(term) ? evidence : []

/** Adds `Customer.health`, `Organisation.health`, `atRisk` and `atRiskCounts`. */
export function addHealth({ builder, use }: SchemaParts): void {
  const health = use(addHealthType)
  const customer = use(addCustomerType)
  const organisation = use(addOrganisationType)
  const subject = enumOf(builder, 'HealthSubject', ['customers', 'organisations'], {
    description: 'Whose health.',
    describe: (word) => subjectNames[word],
  })
  builder.objectField(customer, 'health', (t) =>
    t.field({
      type: health,
      nullable: true,
      description: 'How they fare with the desk, with those who were merged into them; null if you may not read it.',
      extensions: { cost: 20 },
      resolve: async ({ id }, _, context) =>
        accessToField('Customer.health', context.principal) === 'none'
          ? null
          : readHealth({ of: 'customers', id, ...(await measureNow(context)) }, context),
    }),
  )
  builder.objectField(organisation, 'health', (t) =>
    t.field({
      type: health,
      nullable: true,
      description: 'How its members fare with the desk; null if you may not read it.',
      extensions: { cost: 50 },
      resolve: async ({ id }, _, context) =>
        accessToField('Organisation.health', context.principal) === 'none'
          ? null
          : readHealth({ of: 'organisations', id, ...(await measureNow(context)) }, context),
    }),
  )
  const atRisk = builder.objectRef<AtRiskView>('AtRisk')
  builder.node(atRisk, {
    description: 'A customer or an organisation at risk.',
    id: { description: 'The global id.', resolve: ({ of, id }) => `${of}/${id}` },
    loadMany: loadNodes('atRisk', loadAtRisk),
    fields: (t) => ({
      customer: t.field({
        type: customer,
        nullable: true,
        description: 'The customer; null for an organisation.',
        extensions: { cost: 5 },
        resolve: ({ of, id }, _, { loaders }) => (of === 'customers' ? loaders.customer.load(id) : null),
      }),
      organisation: t.field({
        type: organisation,
        nullable: true,
        description: 'The organisation; null for a customer.',
        extensions: { cost: 5 },
        resolve: ({ of, id }, _, context) => (of === 'organisations' ? loadOrganisation(id, context) : null),
      }),
      health: t.field({
        type: health,
        description: 'How they fare.',
        extensions: { cost: 20 },
        resolve: (view, _, context) => readHealth(view, context),
      }),
    }),
  })
  builder.queryField('atRisk', (t) =>
    t.connection(
      {
        type: atRisk,
        description: 'Who is at risk, the lowest score first.',
        args: {
          of: t.arg({ type: subject, defaultValue: 'customers', description: 'Customers unless given.' }),
          organisationId: t.arg.id({ description: 'Only the customers who are members of this organisation.' }),
        },
        extensions: { cost: 100 },
        resolve: async (_, { of, organisationId, ...args }, context) => {
          const filter = filterOf(of ?? 'customers', organisationId ?? undefined)
          const measure = await measureNow(context)
          return connectionOf<AtRiskView>(`at-risk:${filter.of}:${organisationId ?? ''}`, args, async (page) => {
            const slice = await (await context.read('health')).atRisk(filter, measure, page)
            const shared = { of: filter.of, ...measure }
            return { ...slice, rows: slice.rows.map(({ row: { id }, keyset }) => ({ row: { id, ...shared }, keyset })) }
          })
        },
      },
      ...namesOf('AtRisk'),
    ),
  )
  addAtRiskCounts({ builder, use })
}

/** Throws `malformed_input` for organisations that are members of one. */
function filterOf(of: HealthSubject, organisationId: string | undefined): AtRiskFilter {
  if (of === 'customers') return { of, organisationId }
  if (organisationId !== undefined)
    throw edgeError('malformed_input', 'organisationId selects customers: it goes with `of: CUSTOMERS` alone')
  return { of }
}

function addAtRiskCounts({ builder }: SchemaParts): void {
  const day = builder.objectRef<AtRiskDay>('AtRiskDay').implement({
    description: 'How many were at risk at the end of a day, or are now.',
    fields: (t) => ({
      day: t.expose('day', { type: 'Date', description: 'The day, in UTC.' }),
      customers: t.exposeInt('customers', { description: 'How many customers.' }),
      organisations: t.exposeInt('organisations', { description: 'How many organisations, by their present members.' }),
    }),
  })
  builder.queryField('atRiskCounts', (t) =>
    t.field({
      type: [day],
      description: `How many customers and organisations were at risk, day by day: ${mostDays} days at most.`,
      args: {
        from: t.arg({ type: 'Date', description: 'The first day, in UTC; 29 days before the last one unless given.' }),
        to: t.arg({ type: 'Date', description: 'The last day, in UTC; today unless given.' }),
      },
      extensions: { cost: 500 },
      resolve: async (_, period, context) => {
        const { at, settings } = await measureNow(context)
        const { from, to } = daysOf(period, mostDays, at)
        const beginning = instant(`${from}T00:00:00Z`)
        const starts = Array.from({ length: countDays(from, to) }, (__, index) => later(beginning, days(index)))
        const past = starts.filter((start) => start <= at)
        const ends = past.map((start) => (later(start, days(1)) < at ? later(start, days(1)) : at))
        const counts = await (await context.read('health')).countsAtRisk(ends, settings)
        return counts.map(({ at: _at, ...count }, index) => ({ ...count, day: utcDay(past[index] ?? beginning) }))
      },
    }),
  )
}

/** A customer or an organisation, as `customers/zoe`, while it is at risk. */
async function loadAtRisk(key: string, context: ApiContext): Promise<AtRiskView | undefined> {
  const of = key.startsWith('customers/') ? 'customers' : 'organisations'
  if (!key.startsWith(`${of}/`)) return undefined
  const view = { of, id: key.slice(of.length + 1), ...(await measureNow(context)) } as const
  return (await readHealth(view, context)).isAtRisk ? view : undefined
}

async function measureNow({ services: { desk } }: ApiContext): Promise<Measure> {
  return { at: desk.now(), settings: healthSettingsOf((await desk.configuration())?.proactive) }
}

async function readHealth({ of, id, at, settings }: AtRiskView, { read }: ApiContext): Promise<HealthView> {
  const queries = await read('health')
  const health =
    of === 'customers' ? await queries.ofCustomer(id, at, settings) : await queries.ofOrganisation(id, at, settings)
  return { ...health, isAtRisk: health.score <= settings.atRisk }
}
