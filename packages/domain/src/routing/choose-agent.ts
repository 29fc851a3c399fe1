import type { Instant } from '../kernel/time.ts'
import { sinceEpoch } from '../kernel/time.ts'
import { belongsTo } from '../shift/plan.ts'
import { ticketLimits } from '../ticket/vocabulary.ts'
import type { Candidate, Equal } from '../ticket/candidates.ts'
import type { Colleague, Demand, Exclusion, RoutingTerms, AssignableWork } from './eligibility.ts'
import {
  answersIn,
  answersInTranslation,
  demandOf,
  exclusionOf,
  hasDeclined,
  isOf,
  isSpecialistFor,
  lacking,
  speaks,
} from './eligibility.ts'
import type { RoutingStrategy } from './settings.ts'

/** Why nobody can take a ticket now. */
export type QueueReason = 'no_suitable_agent' | 'nobody_available' | 'everybody_full' | 'everybody_declined'

type ExclusionCounts = Readonly<Partial<Record<Exclusion, number>>>

/** The agent who is offered a ticket with the reasons, or the reason why nobody is. */
export type Choice =
  | {
      readonly kind: 'chosen'
      readonly colleague: Colleague
      /** The names of the parts of each score. */
      readonly parts: readonly string[]
      /** All agents who could take the ticket, in the order in which they were passed. */
      readonly candidates: readonly Candidate[]
      /** When several have the best score: the first of them, in order. */
      readonly equals: readonly Equal[]
      readonly excluded: ExclusionCounts
    }
  | { readonly kind: 'nobody'; readonly reason: QueueReason; readonly excluded: ExclusionCounts }

/**
 * The assessment of an agent for a demand: a candidate, or the reason against it, and whether they would suit at
 * another time.
 */
type Assessment =
  | { readonly candidate: Candidate; readonly colleague: Colleague }
  | { readonly candidate: undefined; readonly exclusion: Exclusion; readonly suits: boolean }

/** For how many kinds of tickets a chooser caches its assessments. */
const mostDemands = 1_000

/** The key of tickets with the same requirements. */
export const kindOf = ({
  category,
  language,
  channel,
  workChannel,
  level,
  handedDown,
  towards,
}: Omit<AssignableWork, 'declined'>): string =>
  `${category ?? ''}\n${language}\n${channel}/${workChannel}\n${level ?? 1}${handedDown ? '-' : ''}\n${towards ? `${towards.kind}/${towards.name}` : ''}`

/** Chooses the agent for one ticket. The same agents in the same order lead to the same choice. */
export const chooseAgent = (
  work: AssignableWork,
  colleagues: Iterable<Colleague>,
  terms: RoutingTerms,
  at: Instant,
): Choice => createChooser(terms, at)(work, colleagues)

/**
 * Chooses agents for many tickets at one moment. An agent who has not changed is not assessed again for tickets with
 * the same requirements: five hundred agents and a thousand tickets are half a million pairs.
 */
export function createChooser(
  terms: RoutingTerms,
  at: Instant,
): (work: AssignableWork, colleagues: Iterable<Colleague>) => Choice {
  const demands = new Map<string, { readonly demand: Demand; readonly assess: Assess }>()
  const { parts } = strategies[terms.settings.strategy]

  const demandFor = (work: AssignableWork) => {
    const key = kindOf(work)
    const entry = demands.get(key)
    if (entry) return entry
    if (demands.size >= mostDemands) demands.clear()
    const demand = demandOf(work, terms, at)
    const made = { demand, assess: assessedOnce(demand) }
    demands.set(key, made)
    return made
  }

  return (work, colleagues) => {
    const { demand, assess } = demandFor(work)
    const excluded: Partial<Record<Exclusion, number>> = {}
    const exclude = (exclusion: Exclusion): void => void (excluded[exclusion] = (excluded[exclusion] ?? 0) + 1)
    const suitable = new Set<Exclusion>()
    const eligible: Eligible[] = []
    let index = 0
    for (const colleague of colleagues) {
      const assessment = assess(colleague, index++)
      if (assessment.candidate === undefined) {
        exclude(assessment.exclusion)
        if (assessment.suits) suitable.add(assessment.exclusion)
      } else if (hasDeclined(colleague, work.declined)) {
        exclude('declined')
        suitable.add('declined')
      } else eligible.push(assessment)
    }
    const candidates = preferred(eligible, demand, exclude)
    const chosen = highest(candidates)
    if (!chosen) return { kind: 'nobody', reason: reasonOf(suitable), excluded }
    return {
      kind: 'chosen',
      colleague: chosen.colleague,
      parts,
      candidates: candidates.map(({ candidate }) => candidate),
      equals: equalsOf(chosen, candidates),
      excluded,
    }
  }
}

type Eligible = Extract<Assessment, { readonly candidate: Candidate }>

type Assess = (colleague: Colleague, index: number) => Assessment

/**
 * Assesses agents for a demand, each again only when they or their index have changed. Equal scores share one list of
 * their parts.
 */
function assessedOnce(demand: Demand): Assess {
  const byIndex: { readonly colleague: Colleague; readonly assessment: Assessment }[] = []
  const shared = new Map<string, readonly number[]>()
  const partsOf = (colleague: Colleague): readonly number[] => {
    const parts = strategies[demand.terms.settings.strategy].score(colleague, demand)
    const key = parts.join(' ')
    const same = shared.get(key)
    if (!same) shared.set(key, parts)
    return same ?? parts
  }
  const assess = (colleague: Colleague): Assessment => {
    const exclusion = exclusionOf(colleague, demand)
    if (exclusion !== undefined) {
      return { candidate: undefined, exclusion, suits: lacking(colleague, demand) === undefined }
    }
    const parts = partsOf(colleague)
    return { colleague, candidate: { agentId: colleague.id, score: parts.reduce((sum, part) => sum + part, 0), parts } }
  }
  return (colleague, index) => {
    const before = byIndex[index]
    if (before?.colleague === colleague) return before.assessment
    const assessment = assess(colleague)
    byIndex[index] = { colleague, assessment }
    return assessment
  }
}

/** The preferred candidates, if the settings prefer some and one of them is available. */
function preferred(
  eligible: readonly Eligible[],
  { wanted: work, centreRule, terms }: Demand,
  exclude: (exclusion: Exclusion) => void,
): readonly Eligible[] {
  let left = eligible
  const narrow = (fits: (colleague: Colleague) => boolean, exclusion: Exclusion): void => {
    const fitting = left.filter(({ colleague }) => fits(colleague))
    if (fitting.length === 0) return
    for (let over = left.length - fitting.length; over > 0; over--) exclude(exclusion)
    left = fitting
  }
  if (work.handedDown) narrow(({ agent }) => agent.profile.level === work.level, 'level')
  const { language, strategy, translation } = terms.settings
  const isTranslated =
    translation !== undefined &&
    left.some(({ colleague }) => answersInTranslation(work.language, colleague.agent.profile, terms))
  if (language === 'first' || strategies[strategy].speakersFirst || isTranslated)
    narrow(({ agent }) => speaks(agent.profile.languages, work.language), 'language')
  if (isTranslated) narrow(({ agent }) => answersIn(work.language, agent.profile, terms), 'language')
  const { towards } = work
  if (towards) narrow(({ agent }) => belongsTo(towards, agent.profile), 'crew')
  if (terms.settings.levels === 'lowest_first') {
    const lowest = lowestLevelOf(left)
    narrow(({ agent }) => agent.profile.level === lowest, 'level')
  }
  if (centreRule) narrow(({ agent }) => isOf(centreRule, agent.profile.centre), 'centre')
  return left
}

/** The highest score; among equals the one whose last work is the longest ago, then the smaller id. */
function highest(candidates: readonly Eligible[]): Eligible | undefined {
  let best: Eligible | undefined
  for (const one of candidates) if (!best || precedes(one, best)) best = one
  return best
}

function equalsOf(best: Eligible, candidates: readonly Eligible[]): readonly Equal[] {
  const equals: Eligible[] = []
  for (const one of candidates) {
    const last = equals[ticketLimits.equals - 1]
    if (one.candidate.score !== best.candidate.score || (last && precedes(last, one))) continue
    if (last) equals.pop()
    const next = equals.findIndex((other) => precedes(one, other))
    equals.splice(next === -1 ? equals.length : next, 0, one)
  }
  if (equals.length === 1) return []
  return equals.map(({ colleague: { id: agentId, lastGiven } }) => ({
    agentId,
    ...(lastGiven > 0 && { lastGivenAt: sinceEpoch(lastGiven) }),
  }))
}

function precedes(a: Eligible, b: Eligible): boolean {
  if (a.candidate.score !== b.candidate.score) return a.candidate.score > b.candidate.score
  const [one, other] = [a.colleague, b.colleague]
  return one.lastGiven === other.lastGiven ? one.id < other.id : one.lastGiven < other.lastGiven
}

function reasonOf(suitable: ReadonlySet<Exclusion>): QueueReason {
  if (suitable.has('full')) return 'everybody_full'
  if (suitable.has('declined')) return 'everybody_declined'
  return suitable.size > 0 ? 'nobody_available' : 'no_suitable_agent'
}

function lowestLevelOf(eligible: readonly Eligible[]): number | undefined {
  let lowest: number | undefined
  for (const { colleague } of eligible) {
    const { level } = colleague.agent.profile
    if (lowest === undefined || level < lowest) lowest = level
  }
  return lowest
}

/**
 * The port of routing strategies: the parts of a candidate's score, whose sum is the score; the highest is chosen.
 * Among equals the one whose last work is the longest ago, then the smaller id.
 */
type Strategy = {
  /**
   * Whether speakers of the ticket's language come before all others, whatever their score, level, centre or crew; only
   * the level to which somebody has handed the ticket down takes precedence.
   */
  readonly speakersFirst?: true
  readonly parts: readonly string[]
  score(colleague: Colleague, demand: Demand): readonly number[]
}

/** Points for speciality, language, workload, rating; every candidate is online (source: 004, `calculateAgentScore`). */
const score: Strategy = {
  parts: ['speciality', 'language', 'workload', 'rating', 'online'],
  score: ({ agent: { profile }, tickets }, { wanted: work, terms }) => {
    const { points } = terms.settings
    return [
      isSpecialistFor(profile, { wanted: work, terms }) ? points.speciality : 0,
      speaks(profile.languages, work.language) ? points.language : 0,
      Math.max(0, points.workload - tickets),
      profile.rating * points.rating,
      points.online,
    ]
  },
}

/** Each strategy by its name. */
const strategies: Readonly<Record<RoutingStrategy, Strategy>> = {
  score,
  /**
   * Level, centre and score decide among the speakers of the language, or among all when there are none (source: 004,
   * `languageRouting`).
   */
  language_first: { ...score, speakersFirst: true },
  /** All equal, so that the one whose last work is the longest ago is next. */
  round_robin: { parts: [], score: () => [] },
  least_loaded: { parts: ['tickets'], score: ({ tickets }) => [-tickets] },
}
