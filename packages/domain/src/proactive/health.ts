import { z } from 'zod'
import type { Instant } from '../kernel/time.ts'
import { days, durationSchema, hours, later } from '../kernel/time.ts'
import { compareTexts } from '../kernel/values.ts'

/** What takes points from a score, in the order in which reasons are listed. */
export const healthTerms = ['tickets', 'breaches', 'reopenings', 'suspicions', 'waits', 'ratings'] as const

/**
 * What takes points from a score: tickets, SLA targets that were missed, reopenings, suspected trouble that no ticket
 * is about, messages that nobody has answered, and low ratings of chats.
 */
export type HealthTerm = (typeof healthTerms)[number]

/** The score of a customer who has met nothing. */
const highest = 100

/** How long before the present one the scores of a trend are, in milliseconds. */
export const trendTimes = { sevenDaysAgo: days(7), thirtyDaysAgo: days(30) } as const

/** The most sources that a reason names. */
export const mostEvidence = 20

/** A term with the most points that it takes, and how many cases take all of them. */
const termSchema = (points: number, limit: number) =>
  z
    .strictObject({
      /** How many points it takes at most; none for 0. */
      points: z.int().min(0).max(highest).default(points),
      /** How many cases take all of them; fewer take their share. */
      limit: z.int().min(1).max(10_000).default(limit),
    })
    .prefault({})

/**
 * How the health of customers and organisations is measured. Durations are in milliseconds, `30d` as users write them.
 * The order of the weights is that of what tells best who comes back: tickets more than missed targets, and these more
 * than reopenings.
 */
export const healthSettingsSchema = z.strictObject({
  terms: z
    .strictObject({
      tickets: termSchema(30, 6),
      breaches: termSchema(20, 3),
      reopenings: termSchema(10, 2),
      suspicions: termSchema(15, 3),
      waits: termSchema(15, 2),
      ratings: termSchema(10, 2),
    })
    .refine(
      (terms) => Object.values(terms).reduce((sum, { points }) => sum + points, 0) <= highest,
      `all terms together take at most ${highest} points`,
    )
    .prefault({}),
  /** For how long a case counts; a message without an answer counts for as long as it has none. */
  within: durationSchema.default(days(30)),
  /** After how long without an answer a message counts. */
  waitsAfter: durationSchema.default(hours(24)),
  /** The highest rating of a chat, of 5, that counts as low. */
  lowRating: z.int().min(1).max(5).default(2),
  /** Customers and organisations with this score or a lower one are at risk. */
  atRisk: z.int().min(0).max(99).default(60),
  /** By how many points a score falls within seven days before the desk is alerted; and again by as many. */
  alertStep: z.int().min(1).max(highest).default(20),
  /** How many members of an organisation count as one customer: so many more cases take the same points. */
  membersPerCustomer: z.int().min(1).max(1_000_000).default(5),
})

/** How the health of customers and organisations is measured. */
export type HealthSettings = Readonly<z.infer<typeof healthSettingsSchema>>

/** A case that may take points: it happened at `at`, and counts until `until` at the latest. */
export type HealthSignal = {
  readonly term: HealthTerm
  /** The id of the ticket, the chat or the draft that it is of. */
  readonly source: string
  /** When it happened; of a wait, since when the customer waits. */
  readonly at: Instant
  /** When it ended: a wait with the answer, suspected trouble with its ticket or as a false alarm. */
  readonly until?: Instant | undefined
  /** The rating of a chat, from 1 to 5. */
  readonly rating?: number | undefined
}

/** The cases of a term that count at an instant. */
export type CountedCases = {
  /** How many cases there are. */
  readonly count: number
  /** The ids of the tickets, chats or drafts, each once, the latest first, then in their own order, 20 at most. */
  readonly evidence: readonly string[]
}

/** Why a score is lower than 100. */
export type HealthReason = CountedCases & {
  readonly term: HealthTerm
  /** How many points they take. */
  readonly points: number
}

/** A score from 0 to 100: 100 less the points of its reasons. It says how things are, and foretells nothing. */
export type Health = { readonly score: number; readonly reasons: readonly HealthReason[] }

/** The health at an instant, with the scores of seven and thirty days before. */
export type HealthTrend = Health & { readonly sevenDaysAgo: number; readonly thirtyDaysAgo: number }

/** The scores of a customer or an organisation now, and seven days before. */
export type HealthScores = { readonly weekBefore: number; readonly now: number }

/**
 * The health that follows from the cases of each term that count.
 * @param size how many customers an organisation counts as; 1 for a customer.
 */
export function healthOf(
  cases: Readonly<Partial<Record<HealthTerm, CountedCases>>>,
  settings: HealthSettings,
  size = 1,
): Health {
  const reasons = healthTerms
    .flatMap((term) => {
      const counted = cases[term]
      return counted ? [{ term, ...counted, points: pointsOf(term, counted.count, settings, size) }] : []
    })
    .filter(({ points }) => points > 0)
  return { score: reasons.reduce((score, { points }) => score - points, highest), reasons }
}

/**
 * The health at an instant: a function of the dated cases and of nothing else, so that it changes as time passes
 * without any event. More cases of a term never raise it.
 * @param size how many customers an organisation counts as; 1 for a customer.
 */
export function healthAt(signals: readonly HealthSignal[], at: Instant, settings: HealthSettings, size = 1): Health {
  const counted = signals.filter((signal) => isCounted(signal, at, settings))
  const cases = healthTerms.map((term) => [term, casesOf(counted.filter((signal) => signal.term === term))] as const)
  return healthOf(Object.fromEntries(cases), settings, size)
}

/** The health at an instant with its trend. */
export const healthTrend = (
  signals: readonly HealthSignal[],
  at: Instant,
  settings: HealthSettings,
  size = 1,
): HealthTrend => ({
  ...healthAt(signals, at, settings, size),
  sevenDaysAgo: healthAt(signals, later(at, -trendTimes.sevenDaysAgo), settings, size).score,
  thirtyDaysAgo: healthAt(signals, later(at, -trendTimes.thirtyDaysAgo), settings, size).score,
})

/** How many customers an organisation counts as: at least one. */
export const organisationSize = (members: number, { membersPerCustomer }: HealthSettings): number =>
  Math.max(1, Math.ceil(members / membersPerCustomer))

/**
 * Whether a score has fallen by a step: within seven days, and since the desk was last alerted to a fall. When it is
 * looked at makes no difference: a fall that nobody has seen yet is one as long as it lasts.
 * @param alerted the score that was alerted to, or a higher one that it has had since; undefined for none.
 */
export const isFurtherFall = (
  { weekBefore, now }: HealthScores,
  alerted: number | undefined,
  { alertStep }: HealthSettings,
): boolean => Math.min(weekBefore, alerted ?? highest) - now >= alertStep

/**
 * What is to be remembered of a score so that each fall is alerted to once: it rises with the score, so that the next
 * fall is counted from where it begins. Undefined once the score is as high as it can be, and before any fall.
 */
export function alertedAfter(
  scores: HealthScores,
  alerted: number | undefined,
  settings: HealthSettings,
): number | undefined {
  const { now } = scores
  if (isFurtherFall(scores, alerted, settings)) return now
  return alerted === undefined || now >= highest ? undefined : Math.max(alerted, now)
}

function isCounted(
  { term, at: since, until, rating }: HealthSignal,
  at: Instant,
  { within, waitsAfter, lowRating }: HealthSettings,
): boolean {
  if (until !== undefined && until <= at) return false
  if (term === 'waits') return since <= later(at, -waitsAfter)
  return since <= at && since > later(at, -within) && (rating === undefined || rating <= lowRating)
}

function casesOf(signals: readonly HealthSignal[]): CountedCases {
  const sources = signals.toSorted(latestFirst).map(({ source }) => source)
  return { count: signals.length, evidence: [...new Set(sources)].slice(0, mostEvidence) }
}

const latestFirst = (one: HealthSignal, other: HealthSignal): number =>
  compareTexts(other.at, one.at) || compareTexts(one.source, other.source)

function pointsOf(term: HealthTerm, count: number, { terms }: HealthSettings, size: number): number {
  const { points, limit } = terms[term]
  const full = limit * size
  return Math.floor((Math.min(count, full) * points) / full)
}
