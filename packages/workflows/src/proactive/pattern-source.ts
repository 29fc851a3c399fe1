import type { Pool } from 'pg'
import type {
  Desk,
  DraftEvent,
  EventEnvelope,
  Instant,
  ProactiveSettings,
  Spread,
  TroubleOutcome,
  TroublePattern,
} from '@guichet/domain'
import {
  activityFingerprint,
  analysedSince,
  countActivities,
  days,
  elapsed,
  instant,
  later,
  notableTrouble,
  patternLimits,
  readHistory,
  unlessDeleted,
  utcDay,
} from '@guichet/domain'
import type { Page, ReadModels, TicketRow } from '@guichet/projections'
import { inParallel } from '../supervision.ts'
import { recentTroubles } from './analyse.ts'
import type { RecordedTrouble } from './trouble.ts'

/** The read models that patterns are read from. */
export type PatternModels = {
  readonly drafts: Pick<ReadModels['drafts'], 'list'>
  readonly tickets: Pick<ReadModels['tickets'], 'byIds' | 'list'>
}

/** Where patterns of trouble are read from. */
export type PatternSources = {
  readonly desk: Pick<Desk, 'store' | 'now'>
  readonly models: PatternModels
  readonly trouble: Pick<RecordedTrouble, 'activitiesOf' | 'rates' | 'spreadsAt'>
  /** A database that has `activitySchema`. */
  readonly pool: Pool
}

/** Within which time a ticket follows trouble, in milliseconds. */
export const followedWithin = days(3)

const pageSize = 200
const atOnce = 4

/** A draft of a person, and when it was suspected. */
type PersonMoment = { readonly personId: string; readonly at: Instant }

/**
 * Reads patterns from the history of a desk: half of them at most of drafts, by what became of them, and the others of
 * days on which a person had so many critical activities that they were analysed, and no draft. Those of drafts come
 * from all of history, those of days from the time that activities are stored for.
 * @throws the signal's reason.
 */
export async function readPatterns(
  sources: PatternSources,
  settings: ProactiveSettings,
  signal: AbortSignal,
): Promise<readonly TroublePattern[]> {
  const { patterns, moments } = await draftPatterns(sources, signal)
  return [...patterns, ...(await dayPatterns(sources, settings, moments, signal))]
}

const mostOfEach = patternLimits.mostExamples / 2

async function draftPatterns(
  sources: PatternSources,
  signal: AbortSignal,
): Promise<{ readonly patterns: readonly TroublePattern[]; readonly moments: readonly PersonMoment[] }> {
  const patterns: TroublePattern[] = []
  const moments: PersonMoment[] = []
  await inParallel(await peopleWithDrafts(sources, signal), atOnce, async (personId) => {
    signal.throwIfAborted()
    const history: readonly EventEnvelope<DraftEvent>[] = await unlessDeleted(
      readHistory(sources.desk.store, 'draft', personId),
      () => [],
    )
    const decided = history.map(({ event }) => event).filter(isDecision)
    const decisions = new Map(decided.map((event) => [event.number, event]))
    for (const { event } of history) {
      if (event.type !== 'TroubleSuspected') continue
      moments.push({ personId, at: event.at })
      const decision = decisions.get(event.number)
      const outcome = decision && (await outcomeOf(decision, personId, event.at, sources))
      if (outcome) patterns.push({ trouble: event.suspicion, outcome })
    }
  })
  return { patterns: patterns.slice(0, mostOfEach), moments }
}

/** The people with the newest drafts. */
async function peopleWithDrafts({ models }: PatternSources, signal: AbortSignal): Promise<readonly string[]> {
  const people = new Set<string>()
  let after: Page['after']
  let drafts = 0
  do {
    signal.throwIfAborted()
    const { rows, hasNext } = await models.drafts.list({}, { limit: pageSize, after })
    for (const { row } of rows) people.add(row.customerId)
    drafts += rows.length
    after = hasNext ? rows.at(-1)?.keyset : undefined
  } while (after !== undefined && drafts < mostOfEach)
  return [...people]
}

type DraftDecision = Extract<
  DraftEvent,
  { readonly type: 'DraftOpened' | 'DraftDismissed' | 'DraftReported' | 'DraftWithheld' | 'DraftLapsed' }
>

const isDecision = (event: DraftEvent): event is DraftDecision =>
  event.type === 'DraftOpened' ||
  event.type === 'DraftDismissed' ||
  event.type === 'DraftReported' ||
  event.type === 'DraftWithheld' ||
  event.type === 'DraftLapsed'

/**
 * What followed the trouble of a draft: a person has said so, or else the tickets of its customer do. Undefined while
 * one may follow.
 */
async function outcomeOf(
  decision: DraftDecision,
  personId: string,
  suspectedAt: Instant,
  sources: PatternSources,
): Promise<TroubleOutcome | undefined> {
  if (decision.type === 'DraftOpened' || decision.type === 'DraftReported') {
    const [ticket] = await sources.models.tickets.byIds([decision.ticketId])
    return ticket && isNone(ticket) ? { hasTicket: false } : { hasTicket: true, category: ticket?.category }
  }
  if (decision.type === 'DraftDismissed') return { hasTicket: false }
  if (decision.type === 'DraftWithheld' && decision.cause === 'review') return { hasTicket: false }
  if (elapsed(suspectedAt, sources.desk.now()) < followedWithin) return undefined
  return followingTicket(sources, personId, suspectedAt, suspectedAt)
}

/** Whether the desk says that a ticket is none: the trouble before it was not worth one. A duplicate or a merged one is. */
const isNone = ({ closeReason }: Pick<TicketRow, 'closeReason'>): boolean =>
  closeReason === 'spam' || closeReason === 'invalid'

/** Of how many tickets after trouble the first that is one is looked for. */
const mostFollowing = 10

/** The first ticket that a person has opened since trouble began, some days after it was to be seen at the latest. */
async function followingTicket(
  { models }: PatternSources,
  personId: string,
  since: Instant,
  at: Instant,
): Promise<TroubleOutcome> {
  const { rows } = await models.tickets.list(
    { person: [personId], openedAt: { from: since, to: later(at, followedWithin) } },
    { by: 'openedAt', direction: 'asc' },
    { limit: mostFollowing },
    'all',
  )
  const first = rows.find(({ row }) => !isNone(row))
  return first ? { hasTicket: true, category: first.row.category } : { hasTicket: false }
}

async function dayPatterns(
  sources: PatternSources,
  settings: ProactiveSettings,
  drafts: readonly PersonMoment[],
  signal: AbortSignal,
): Promise<readonly TroublePattern[]> {
  const { pool, trouble, desk } = sources
  const now = desk.now()
  const ends = withoutNeighbours(await readDays(pool, settings.threshold, now), drafts)
  const rates = await trouble.rates(now)
  const spreadsAt = spreadsOfDays(trouble)
  const patterns: TroublePattern[] = []
  await inParallel(ends, atOnce, async ({ personId, at }) => {
    signal.throwIfAborted()
    const activities = await trouble.activitiesOf([personId], analysedSince(at), at)
    const counted = countActivities(at, activities, settings)
    const spreads = await spreadsAt(recentTroubles(counted), later(at, -1))
    const suspicion = notableTrouble(
      {
        at,
        activities,
        counted,
        tickets: [],
        plan: undefined,
        rateOf: rates,
        othersOfOrganisation: () => 0,
        spreadOf: (fingerprint) => spreads.get(fingerprint) ?? { lately: 1, usual: undefined },
        isExcluded: () => false,
      },
      { ...settings, enabled: true },
    )
    if (!suspicion) return
    patterns.push({ trouble: suspicion, outcome: await followingTicket(sources, personId, suspicion.since, at) })
  })
  return patterns
}

/**
 * The ends of days on which people had enough critical activities, and long enough ago, the latest first: a sample of
 * all that are stored, in which each person and day has the same chance.
 */
async function readDays(pool: Pool, threshold: number, now: Instant): Promise<readonly PersonMoment[]> {
  const { rows } = await pool.query<{ personId: string; day: string }>(
    `select person_id as "personId", to_char(day, 'YYYY-MM-DD') as day from (
       select person_id, day from guichet_activity.active_person where critical >= $1 and day < $2::date
       order by md5(day || ' ' || person_id) limit $3
     ) sample order by sample.day desc, person_id`,
    [threshold, utcDay(later(now, -followedWithin)), mostOfEach],
  )
  return rows.map(({ personId, day }) => ({ personId, at: later(instant(`${day}T00:00:00.000Z`), days(1)) }))
}

/** The moments of people that are neither close to one of their drafts, nor to another one that counts. */
function withoutNeighbours(moments: readonly PersonMoment[], drafts: readonly PersonMoment[]): readonly PersonMoment[] {
  const counted = new Map<string, Instant[]>()
  for (const { personId, at } of drafts) counted.set(personId, [...(counted.get(personId) ?? []), at])
  return moments.filter(({ personId, at }) => {
    const others = counted.get(personId) ?? []
    if (others.some((other) => Math.abs(elapsed(other, at)) < followedWithin)) return false
    counted.set(personId, [...others, at])
    return true
  })
}

/** Reads how many customers had trouble at the ends of days, once for all who had the same. */
function spreadsOfDays({ spreadsAt }: Pick<RecordedTrouble, 'spreadsAt'>): RecordedTrouble['spreadsAt'] {
  const byEnd = new Map<Instant, Map<string, Spread>>()
  return async (troubles, at) => {
    const day = byEnd.get(at) ?? new Map<string, Spread>()
    byEnd.set(at, day)
    const missing = troubles.filter((trouble) => !day.has(activityFingerprint(trouble)))
    if (missing.length === 0) return day
    for (const [fingerprint, spread] of await spreadsAt(missing, at)) day.set(fingerprint, spread)
    return day
  }
}
