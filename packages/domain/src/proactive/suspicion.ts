import type { Instant } from '../kernel/time.ts'
import { days, earliest, elapsed, later } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { priorities } from '../kernel/values.ts'
import { activityFingerprint } from './activity.ts'
import { anyTrouble, atLeast, usualRates } from './base-rates.ts'
import type { AnalysedActivity, CountedActivities } from './counted-activities.ts'
import { countActivities, countedTexts, evidenceOf, isSearch, whereabouts } from './counted-activities.ts'
import type { ProactiveSettings } from './settings.ts'
import { analysedTime } from './settings.ts'

/** The rules by which trouble is suspected. */
export const suspicionRules = ['repeated', 'searches', 'rising'] as const

/**
 * A rule by which trouble is suspected: the same trouble again and again, searches without an opened article, or more
 * errors than usual (source: 002, « Déclencheurs Automatiques »).
 */
export type SuspicionRule = (typeof suspicionRules)[number]

/** The names of the reasons for a suspicion: its rule, and what else speaks for it. */
export const suspicionReasons = [...suspicionRules, 'other_trouble', 'organisation', 'tickets', 'plan'] as const

/**
 * Why trouble is suspected, or is pressing: a fact in numbers, without any text of a person. `expected` is what chance
 * brings. `plan` says that the customer's plan has raised the priority, and counts one.
 */
export type SuspicionReason = {
  readonly reason: (typeof suspicionReasons)[number]
  readonly count: number
  readonly expected?: number | undefined
}

/**
 * How many customers have a trouble: within the last day, and on a day as the desk has learned it; undefined where it
 * has learned that of too few days.
 */
export type Spread = { readonly lately: number; readonly usual: number | undefined }

/** A time in which a person had a trouble without a pause of seven days: when it came first and last. */
export type TroubleSpell = { readonly from: Instant; readonly to: Instant }

/** A spread of which the desk knows how many customers are usual. */
type LearnedSpread = Spread & { readonly usual: number }

/** The facts of a person that an analysis uses (source: 002, « Prompt optimisé pour analyse contextuelle »). */
export type SuspicionFacts = {
  /** The moment of the analysis. */
  readonly at: Instant
  /** The activities of the last seven days, in any order: those before `analysedSince` are ignored. */
  readonly activities: readonly AnalysedActivity[]
  /** The tickets that the person has opened in the last thirty days. */
  readonly tickets: readonly {
    readonly openedAt: Instant
    readonly isOpen: boolean
    /** Whether it was opened from a draft: it is about the trouble of that draft alone. */
    readonly isFromDraft?: boolean | undefined
  }[]
  readonly plan: string | undefined
  /**
   * How often trouble with a fingerprint happens to a person of the desk a day, as the desk has learned it, and of
   * `anyTrouble` how often any does; undefined where it has learned nothing.
   */
  rateOf(fingerprint: string): number | undefined
  /** How many others of the person's organisation have had the same trouble within the last day. */
  othersOfOrganisation(fingerprint: string): number
  /** How many people of the desk have the same trouble, this person included. */
  spreadOf(fingerprint: string): Spread
  /** Whether trouble is not to be suspected of the person: it is silent, or its draft or its ticket is open. */
  isExcluded(fingerprint: string): boolean
  /**
   * The spells in which the person had trouble with a fingerprint, as far back as the desk has counted it, the earliest
   * first: `activities` may begin later. The last one goes on. Without them trouble began with the activities.
   */
  readonly troubleSpells?: ((fingerprint: string) => readonly TroubleSpell[]) | undefined
  /** The activities as the settings count them (`countActivities`); without it each use counts them. */
  readonly counted?: CountedActivities | undefined
}

/** The trouble that a person probably has. */
export type Suspicion = {
  readonly rule: SuspicionRule
  readonly fingerprint: string
  /** The kind of what happened; of rising errors the most frequent one. */
  readonly kind: string
  /** Its code; empty where it has none, and for rising errors. */
  readonly code: string
  /** How often it happened within the time of the settings, repeats within a minute counted once. */
  readonly count: number
  /** When it began, or the first time within the time of the settings where it is older. */
  readonly since: Instant
  /** Where it happened, the most frequent first, three at most. */
  readonly pages: readonly string[]
  /** The versions of the product that it happened in, three at most. */
  readonly versions: readonly string[]
  readonly priority: Priority
  /** The share of what happened that chance does not explain, from 0 to 0.99. */
  readonly confidence: number
  /** Those of the rule first. */
  readonly reasons: readonly SuspicionReason[]
  /** All critical activities that were counted, by fingerprint, the most frequent first, 50 at most. */
  readonly evidence: CountedActivities['evidence']
  /** How many customers have the same trouble: what made it that of one person. Rising errors are no single trouble. */
  readonly spread?: { readonly lately: number; readonly usual?: number | undefined } | undefined
}

/** The greatest confidence: nothing that is suspected is certain. */
export const maxConfidence = 0.99

/** What trouble may be behind the activities of a person, and the probability that it is none but chance. */
export type SuspicionCandidate = { readonly suspicion: Suspicion; readonly chance: number }

/**
 * Trouble of so many customers that it is the product's: to be shown to the team, and declared as an incident. `since`
 * is when the first of them met it, on its day or the one before; pages and versions are those where several have.
 */
export type LikelyIncident = Pick<Suspicion, 'fingerprint' | 'kind' | 'code' | 'since' | 'pages' | 'versions'> &
  LearnedSpread

/** How improbable by chance something must be before it is suspected. */
const significance = 0.001

const mostTroubles = 10

/** How far back the tickets of a person count (source: 002, thirty days). */
const ticketTime = days(30)

/**
 * Suspects trouble behind the activities of a person, by rules that need nothing but counts: the same trouble so often
 * that chance does not explain it, repeated searches without an opened article, or more errors than in the person's own
 * week. What fails for everybody is expected, and suspects no single person; nor is suspected what is excluded, or what
 * the person has already opened a ticket about, as far as its moment says, while that is open and until it comes back.
 */
export const suspect = (facts: SuspicionFacts, settings: ProactiveSettings): Suspicion | undefined =>
  suspicionCandidates(facts, settings).find(({ chance }) => chance <= significance)?.suspicion

/** Whether the rules suspect trouble, by what a suspicion of it says, whoever has made it. */
export const isSuspectedByRules = ({ count, reasons }: Pick<Suspicion, 'count' | 'reasons'>): boolean =>
  atLeast(count, reasons[0]?.expected ?? 0) <= significance

/**
 * What a person's trouble may be: first what repeats itself, the most frequent before the others, then searches and
 * rising errors. None that is excluded, none below the threshold of the settings, nor while analyses are turned off.
 * Every analyser chooses among these.
 */
export function suspicionCandidates(facts: SuspicionFacts, settings: ProactiveSettings): readonly SuspicionCandidate[] {
  const counted = facts.counted ?? countActivities(facts.at, facts.activities, settings)
  if (!settings.enabled || counted.recent.length < settings.threshold) return []
  const troubles = [...counted.troubles].filter(([fingerprint]) => !facts.isExcluded(fingerprint))
  const candidates = [
    ...troubles.slice(0, mostTroubles).map(([, same]) => repeatedTrouble(same, counted, facts, settings)),
    unansweredSearches(counted, facts, settings),
    risingErrors(counted, facts, settings),
  ]
  return candidates
    .filter((each) => each !== undefined)
    .filter(({ suspicion }) => !facts.isExcluded(suspicion.fingerprint))
}

/**
 * Whether so many customers have a trouble that it is probably an incident, and no trouble of one person: at least as
 * many as the settings say, and three times as many as usual.
 */
export const isWidespread = (spread: Spread, { widespread }: ProactiveSettings): spread is LearnedSpread =>
  spread.usual !== undefined && spread.lately >= widespread && spread.lately >= 3 * spread.usual

/** Whether trouble is widespread, by the first of its activities. */
const isOfMany = (
  first: AnalysedActivity | undefined,
  { spreadOf }: Pick<SuspicionFacts, 'spreadOf'>,
  settings: ProactiveSettings,
): boolean => first !== undefined && isWidespread(spreadOf(activityFingerprint(first)), settings)

/** How often something happens by chance within the time of the settings. */
const expectedOf = (rate: number, { within }: ProactiveSettings): number => (rate * within) / days(1)

function repeatedTrouble(
  same: readonly AnalysedActivity[],
  counted: CountedActivities,
  facts: SuspicionFacts,
  settings: ProactiveSettings,
): SuspicionCandidate | undefined {
  const [first] = same
  if (!first || same.length < 2 || isOfMany(first, facts, settings)) return undefined
  const fingerprint = activityFingerprint(first)
  const expected = expectedOf(facts.rateOf(fingerprint) ?? usualRates.one, settings)
  const priority = same.length >= 6 || first.kind === 'login_failed' ? 'high' : 'normal'
  return candidateOf(same, counted, facts, settings, {
    rule: 'repeated',
    fingerprint,
    kind: first.kind,
    code: first.code,
    priority,
    expected,
    otherTrouble: counted.recentErrors.length - same.length,
  })
}

function unansweredSearches(
  counted: CountedActivities,
  facts: SuspicionFacts,
  settings: ProactiveSettings,
): SuspicionCandidate | undefined {
  const { recent, recentErrors, hasOpened } = counted
  const same = recent.filter(isSearch)
  const [first] = same
  if (!first || same.length < settings.threshold || hasOpened) return undefined
  if (isOfMany(first, facts, settings)) return undefined
  const fingerprint = activityFingerprint(first)
  return candidateOf(same, counted, facts, settings, {
    rule: 'searches',
    fingerprint,
    kind: first.kind,
    code: first.code,
    priority: 'low',
    expected: expectedOf(facts.rateOf(fingerprint) ?? usualRates.one, settings),
    otherTrouble: recentErrors.length,
  })
}

/**
 * More errors than on a day of the person's own week before, which counts as a usual one at least. Those that many
 * others have too are the product's, and what is excluded does not come back as rising errors.
 */
function risingErrors(
  counted: CountedActivities,
  facts: SuspicionFacts,
  settings: ProactiveSettings,
): SuspicionCandidate | undefined {
  const { week, recentErrors, troubles } = counted
  const { within, threshold } = settings
  const isPersonal = ([fingerprint, [first]]: readonly [string, readonly AnalysedActivity[]]): boolean =>
    !facts.isExcluded(fingerprint) && !isOfMany(first, facts, settings)
  const personal = new Set([...troubles].filter(isPersonal).map(([fingerprint]) => fingerprint))
  const same = recentErrors.filter((activity) => personal.has(activityFingerprint(activity)))
  if (same.length <= threshold) return undefined
  const recently = later(facts.at, -within)
  const before = week.filter((activity) => !isSearch(activity) && activity.at <= recently)
  const daysBefore = Math.max(1, (analysedTime - within) / days(1))
  const usual = Math.max(before.length / daysBefore, facts.rateOf(anyTrouble) ?? usualRates.any)
  const [kind] = countedTexts(same.map((activity) => activity.kind))
  // What is said to have risen is not suspected beside it: searches and the trouble of many are none of it.
  return candidateOf(same, { ...counted, evidence: evidenceOf(same) }, facts, settings, {
    rule: 'rising',
    fingerprint: anyTrouble,
    kind: kind?.text ?? '',
    code: '',
    priority: 'normal',
    expected: expectedOf(usual, settings),
    otherTrouble: 0,
  })
}

/** What may be suspected because of some activities; undefined where the person has reported their trouble. */
function candidateOf(
  same: readonly AnalysedActivity[],
  { week, evidence }: CountedActivities,
  facts: SuspicionFacts,
  settings: ProactiveSettings,
  trouble: Pick<Suspicion, 'rule' | 'fingerprint' | 'kind' | 'code' | 'priority'> & {
    readonly expected: number
    readonly otherTrouble: number
  },
): SuspicionCandidate | undefined {
  const first = same[0]?.at ?? facts.at
  const spells = spellsOf(same, facts)
  const begin = beginOf(same, week, spells) ?? first
  if (isReported(begin, spells.flat(), same, facts, settings)) return undefined
  const since = begin > later(facts.at, -settings.within) ? begin : first
  const { rule, fingerprint, kind, code, priority, expected, otherTrouble } = trouble
  const count = same.length
  const colleagues = facts.othersOfOrganisation(fingerprint)
  const tickets = facts.tickets.filter(({ openedAt }) => elapsed(openedAt, facts.at) < ticketTime).length
  const beforePlan = raised(priority, colleagues >= 2)
  const afterPlan = raised(beforePlan, facts.plan !== undefined && settings.raisedPlans.includes(facts.plan))
  const further: readonly SuspicionReason[] = [
    { reason: 'other_trouble', count: otherTrouble },
    { reason: 'organisation', count: colleagues },
    { reason: 'tickets', count: tickets },
    { reason: 'plan', count: afterPlan === beforePlan ? 0 : 1 },
  ]
  return {
    chance: atLeast(count, expected),
    suspicion: {
      rule,
      fingerprint,
      kind,
      code,
      count,
      since,
      ...whereabouts(same),
      priority: afterPlan,
      confidence: rounded(Math.max(0, Math.min(maxConfidence, (count - expected) / count))),
      reasons: [{ reason: rule, count, expected: rounded(expected) }, ...further.filter((each) => each.count > 0)],
      evidence,
      ...(fingerprint !== anyTrouble && { spread: numbersOf(facts.spreadOf(fingerprint)) }),
    },
  }
}

const numbersOf = ({ lately, usual }: Spread): NonNullable<Suspicion['spread']> => ({
  lately,
  ...(usual !== undefined && { usual: rounded(usual) }),
})

/** The spells of each trouble among some activities. */
const spellsOf = (
  same: readonly AnalysedActivity[],
  { troubleSpells }: Pick<SuspicionFacts, 'troubleSpells'>,
): readonly (readonly TroubleSpell[])[] =>
  [...new Set(same.map(activityFingerprint))].map((fingerprint) => troubleSpells?.(fingerprint) ?? [])

/**
 * When the trouble of some activities began: with the first one that is the same as any of them, of the week or of the
 * last spells that the desk has counted.
 */
function beginOf(
  same: readonly AnalysedActivity[],
  week: readonly AnalysedActivity[],
  spells: readonly (readonly TroubleSpell[])[],
): Instant | undefined {
  const fingerprints = new Set(same.map(activityFingerprint))
  const first = week.find((activity) => fingerprints.has(activityFingerprint(activity)))?.at
  const moments = [first, ...spells.map((each) => each.at(-1)?.from)]
  return moments.reduce((one, other) => (one && other ? earliest(one, other) : (one ?? other)), undefined)
}

/**
 * A person who has opened a ticket since their trouble began has probably reported it: while that ticket is open, and
 * after that until the trouble has come back as often as makes an analysis due. So has one whose ticket is still open
 * that was opened in an earlier spell of the trouble, or before seven days had passed without it. A ticket from a draft
 * says nothing of other trouble than that draft's, which is excluded.
 */
const isReported = (
  beganAt: Instant,
  spells: readonly TroubleSpell[],
  same: readonly AnalysedActivity[],
  { tickets }: SuspicionFacts,
  { threshold }: ProactiveSettings,
): boolean =>
  tickets.some(({ openedAt, isOpen, isFromDraft }) => {
    if (isFromDraft) return false
    if (elapsed(beganAt, openedAt) >= 0) return isOpen || same.filter(({ at }) => at > openedAt).length < threshold
    return isOpen && spells.some(({ from, to }) => from <= openedAt && openedAt <= later(to, analysedTime))
  })

/** A priority that is higher by one where it is raised, up to `high`: what is urgent, only people say. */
function raised(priority: Priority, isRaised: boolean): Priority {
  const index = Math.min(priorities.indexOf(priority) + (isRaised ? 1 : 0), priorities.indexOf('high'))
  return priorities[index] ?? priority
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000
