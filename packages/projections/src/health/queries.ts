import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { HealthScores, HealthSettings, HealthTerm, HealthTrend, Instant } from '@guichet/domain'
import { days, healthOf, later, mostEvidence, organisationSize, trendTimes } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { coalesced } from '../reading/reader.ts'
import { anyOf, byNumber, readSlice, toInstant } from '../reading/slice.ts'
import type { HealthSubject, Moment } from './scores.ts'
import { before, isCounted, moment, scoresOf, view } from './scores.ts'

/** A customer or an organisation, and their score. */
export type AtRiskRow = { readonly id: string; readonly score: number }

/** Whose scores are listed: those of customers, of the members of one organisation alone, or of organisations. */
export type AtRiskFilter =
  { readonly of: 'customers'; readonly organisationId?: string | undefined } | { readonly of: 'organisations' }

/** How many customers and organisations were at risk at an instant. */
export type AtRiskCount = { readonly at: Instant; readonly customers: number; readonly organisations: number }

/** The scores of a customer or an organisation whose score has fallen, or was alerted to before. */
export type HealthFall = HealthScores & { readonly of: HealthSubject; readonly id: string }

/** The instant of a score, and the settings by which it is measured. */
type Measure = { readonly at: Instant; readonly settings: HealthSettings }

type HealthQueries = {
  /** The health of a customer, with what happened to all who were merged into them. */
  ofCustomer(id: string, at: Instant, settings: HealthSettings): Promise<HealthTrend>
  /** The health of an organisation: of its present members. */
  ofOrganisation(id: string, at: Instant, settings: HealthSettings): Promise<HealthTrend>
  /** Who is at risk at an instant, the lowest score first. Of customers, those of whom the desk has a record. */
  atRisk(filter: AtRiskFilter, measure: Measure, page: Page): Promise<Slice<AtRiskRow>>
  /** How many were at risk at instants, in their order, by the present members of organisations. */
  countsAtRisk(instants: readonly Instant[], settings: HealthSettings): Promise<readonly AtRiskCount[]>
  /**
   * The scores of the customers and organisations whose score is lower by a step than seven days before, and of others,
   * unless nothing of theirs counts at either moment: then they have 100 points.
   */
  falls(
    at: Instant,
    settings: HealthSettings,
    others: readonly Pick<HealthFall, 'of' | 'id'>[],
  ): Promise<readonly HealthFall[]>
}

type HealthRequest = Measure & { readonly id: string }

/** Its number tells a request from the others that are read at once. */
type NumberedRequest = HealthRequest & { readonly number: number }

/** How many cases of a term there are for a request: now, and at the moments of the trend. */
type SelectedCases = Readonly<Record<keyof typeof trendTimes, number>> & {
  readonly number: number
  readonly term: HealthTerm
  readonly now: number
  /** Null where there is none now. */
  readonly evidence: readonly string[] | null
}

/** Queries the live generation of the cases that health follows from. */
export function healthQueries(reader: Reader): HealthQueries {
  const customers = coalesced((requests: readonly HealthRequest[]) =>
    measured(reader, requests, customersAsked, async () => new Map<string, number>()),
  )
  const organisations = coalesced((requests: readonly HealthRequest[]) =>
    measured(reader, requests, membersAsked, (ids) => membersOf(reader, ids)),
  )
  return {
    ofCustomer: async (id, at, settings) => one(await customers([{ id, at, settings }])),
    ofOrganisation: async (id, at, settings) => one(await organisations([{ id, at, settings }])),
    atRisk: (filter, { at, settings }, page) => {
      const organisationId = filter.of === 'customers' ? filter.organisationId : undefined
      const scores = scoresOf(filter.of, { score: moment(at) }, settings, organisationId)
      const list = {
        columns: sql`h.id, h.score`,
        from: sql`(${scores}) h`,
        where: sql`h.score <= ${settings.atRisk}::integer`,
        ordering: byNumber({ expression: sql`h.score`, id: sql`h.id`, direction: 'asc' }),
      }
      return readSlice(reader, list, page, ({ id, score }: AtRiskRow) => ({ id, score }), 'ad hoc')
    },
    countsAtRisk: async (instants, settings) => {
      const at: Moment = sql`i.at`
      const count = (of: HealthSubject): RawBuilder<unknown> => sql`(
        select count(*)::integer from (${scoresOf(of, { score: at }, settings)}) h
        where h.score <= ${settings.atRisk}::integer)`
      const rows = await reader.rows(
        sql<{ readonly at: Date; readonly customers: number; readonly organisations: number }>`
          select i.at, ${count('customers')} as customers, ${count('organisations')} as organisations
          from unnest(${[...instants]}::timestamptz[]) with ordinality as i(at, number) order by i.number`,
        'ad hoc',
      )
      return rows.map((row) => ({ ...row, at: toInstant(row.at) }))
    },
    falls: async (at, settings, others) => {
      const moments = { now: moment(at), weekBefore: moment(later(at, -days(7))) }
      const fallsOf = async (of: HealthSubject): Promise<readonly HealthFall[]> => {
        const ids = others.flatMap((each) => (each.of === of ? [each.id] : []))
        const rows = await reader.rows(
          sql<HealthScores & { readonly id: string }>`
            select h.id, h."weekBefore", h.now from (${scoresOf(of, moments, settings)}) h
            where h."weekBefore" - h.now >= ${settings.alertStep}::integer or h.id = any(${ids}::text[])
            order by h.id`,
          'ad hoc',
        )
        return rows.map((row) => ({ ...row, of }))
      }
      return (await Promise.all([fallsOf('customers'), fallsOf('organisations')])).flat()
    },
  }
}

function one([health]: readonly HealthTrend[]): HealthTrend {
  if (!health) throw new Error('each request has its health')
  return health
}

/** The people of each requested customer: themselves. */
const customersAsked: RawBuilder<unknown> = sql`select r.id as subject, r.id from request r`

/** The people of each requested organisation: its members. */
const membersAsked: RawBuilder<unknown> = sql`
  select c.member_of as subject, c.id from request r join ${view('customer')} c on c.member_of = r.id
  where c.merged_into is null`

/**
 * The health of each request. Cases are counted where they are stored: an organisation may have any number of them.
 * @param people selects the first people of each requested subject; those who were merged into them are added.
 * @param members how many there are, where the size of a subject depends on it.
 */
async function measured(
  reader: Reader,
  requests: readonly HealthRequest[],
  people: RawBuilder<unknown>,
  members: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>,
): Promise<readonly HealthTrend[]> {
  const groups = new Map<string, NumberedRequest[]>()
  for (const [number, request] of requests.entries()) {
    const key = JSON.stringify(request.settings)
    const group = groups.get(key) ?? []
    group.push({ ...request, number })
    groups.set(key, group)
  }
  const [counted, sizes] = await Promise.all([
    Promise.all([...groups.values()].map((group) => countCases(reader, group, people))),
    members([...new Set(requests.map(({ id }) => id))]),
  ])
  const cases = requests.map((): SelectedCases[] => [])
  for (const row of counted.flat()) cases[row.number]?.push(row)
  return requests.map(({ id, settings }, number) =>
    toTrend(cases[number] ?? [], settings, organisationSize(sizes.get(id) ?? 1, settings)),
  )
}

/** Counts the cases of requests with the same settings, and selects the latest sources of those that count now. */
async function countCases(
  reader: Reader,
  requests: readonly NumberedRequest[],
  people: RawBuilder<unknown>,
): Promise<readonly SelectedCases[]> {
  const [first] = requests
  if (!first) return []
  const at: Moment = sql`r.at`
  const moments = Object.entries({ now: 0, ...trendTimes }).map(([name, time]) => ({
    name: sql.id(name),
    counts: isCounted(before(at, time), first.settings),
  }))
  const columns = moments.map(({ name, counts }) => sql`${counts} as ${name}`)
  const sums = moments.map(({ name }) => sql`count(*) filter (where c.${name})::integer as ${name}`)
  const requestsJson = JSON.stringify(requests.map(({ number, id, at: when }) => ({ number, id, at: when })))
  return reader.rows(sql<SelectedCases>`
    with recursive request as materialized (
      select q.number, q.id collate "C" as id, q.at
      from jsonb_to_recordset(${requestsJson}::jsonb) as q (number integer, id text, at timestamptz)
    ), person as (
      ${people}
      union select p.subject, c.id from ${view('customer')} c join person p on c.merged_into = p.id
    ), counted as materialized (
      select r.number, s.term, s.source, s.at, ${sql.join(columns)}
      from request r join person p on p.subject = r.id join ${view('health_signal')} s on s.customer_id = p.id
      where ${anyOf(moments.map(({ counts }) => counts))}
    ), ranked as (
      select c.number, c.term, c.source,
        row_number() over (partition by c.number, c.term order by max(c.at) desc, c.source) as rank
      from counted c where c.now group by c.number, c.term, c.source
    ), latest as (
      select e.number, e.term, array_agg(e.source order by e.rank) as evidence
      from ranked e where e.rank <= ${mostEvidence}::bigint group by e.number, e.term
    )
    select c.number, c.term, l.evidence, ${sql.join(sums)}
    from counted c left join latest l on l.number = c.number and l.term = c.term
    group by c.number, c.term, l.evidence`)
}

function toTrend(cases: readonly SelectedCases[], settings: HealthSettings, size: number): HealthTrend {
  const scoreAt = (time: keyof typeof trendTimes): number => {
    const counts = cases.map((row) => [row.term, { count: row[time], evidence: [] }] as const)
    return healthOf(Object.fromEntries(counts), settings, size).score
  }
  const counted = cases.map(({ term, now, evidence }) => [term, { count: now, evidence: evidence ?? [] }] as const)
  return {
    ...healthOf(Object.fromEntries(counted), settings, size),
    sevenDaysAgo: scoreAt('sevenDaysAgo'),
    thirtyDaysAgo: scoreAt('thirtyDaysAgo'),
  }
}

async function membersOf(reader: Reader, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await reader.rows(sql<{ readonly id: string; readonly members: number }>`
    select c.member_of as id, count(*)::integer as members from ${view('customer')} c
    where c.member_of = any(${[...ids]}::text[]) and c.merged_into is null group by c.member_of`)
  return new Map(rows.map(({ id, members }) => [id, members]))
}
