import type { Instant } from '../kernel/instant.ts'
import type { Candidate, Colleague, Exclusion, Wanted } from './candidates.ts'
import type { Demand } from './eligibility.ts'
import { demandOf, exclusionOf, isOf, lacking, speaks } from './eligibility.ts'
import { strategies } from './strategies.ts'
import type { RoutingTerms } from './terms.ts'

/** Why nobody can take a ticket now. */
export type QueueReason = 'no_suitable_agent' | 'nobody_available' | 'everybody_full' | 'everybody_declined'

/** Who is offered a ticket and why, or why nobody is. */
export type Choice =
  | {
      readonly kind: 'chosen'
      readonly colleague: Colleague
      /** The names of the parts of each score. */
      readonly parts: readonly string[]
      /** Everybody who could take the ticket, in the order in which they were given. */
      readonly candidates: readonly Candidate[]
      readonly excluded: Readonly<Partial<Record<Exclusion, number>>>
    }
  | {
      readonly kind: 'nobody'
      readonly reason: QueueReason
      readonly excluded: Readonly<Partial<Record<Exclusion, number>>>
    }

/** Chooses the agent for a ticket. The same agents in the same order lead to the same choice. */
export function chooseAgent(wanted: Wanted, colleagues: Iterable<Colleague>, terms: RoutingTerms, at: Instant): Choice {
  const demand = demandOf(wanted, terms, at)
  const excluded: Partial<Record<Exclusion, number>> = {}
  const exclude = (exclusion: Exclusion): void => {
    excluded[exclusion] = (excluded[exclusion] ?? 0) + 1
  }
  const eligible: Colleague[] = []
  const lacks = new Set<Exclusion>()
  for (const colleague of colleagues) {
    const exclusion = exclusionOf(colleague, demand)
    if (exclusion === undefined) eligible.push(colleague)
    else {
      exclude(exclusion)
      if (lacking(colleague, demand) === undefined) lacks.add(exclusion)
    }
  }
  if (eligible.length === 0) return { kind: 'nobody', reason: reasonOf(lacks), excluded }
  const first = preferred(eligible, demand, exclude)
  const { parts, score } = strategies[terms.settings.strategy]
  let chosen: Colleague | undefined
  let highest = -Infinity
  const candidates = first.map((colleague): Candidate => {
    const values = score(colleague, demand)
    let sum = 0
    for (const value of values) sum += value
    if (sum > highest || (sum === highest && chosen && precedes(colleague, chosen))) {
      chosen = colleague
      highest = sum
    }
    return { agentId: colleague.id, score: sum, parts: values }
  })
  if (!chosen) return { kind: 'nobody', reason: 'no_suitable_agent', excluded }
  return { kind: 'chosen', colleague: chosen, parts, candidates, excluded }
}

/** Those who come first, where the settings put some first and one of them is there. */
function preferred(
  eligible: readonly Colleague[],
  { wanted, centreRule, terms }: Demand,
  exclude: (exclusion: Exclusion) => void,
): readonly Colleague[] {
  let left = eligible
  const narrow = (fits: (colleague: Colleague) => boolean, exclusion: Exclusion): void => {
    const fitting = left.filter(fits)
    if (fitting.length === 0) return
    for (let over = left.length - fitting.length; over > 0; over--) exclude(exclusion)
    left = fitting
  }
  if (centreRule) narrow(({ agent }) => isOf(centreRule, agent.profile.centre), 'centre')
  if (terms.settings.language === 'first')
    narrow(({ agent }) => speaks(agent.profile.languages, wanted.language), 'language')
  return left
}

/** Among equals: given work longer ago, then the smaller id. */
const precedes = (a: Colleague, b: Colleague): boolean =>
  a.lastGiven === b.lastGiven ? a.id < b.id : a.lastGiven < b.lastGiven

function reasonOf(suitable: ReadonlySet<Exclusion>): QueueReason {
  if (suitable.has('full')) return 'everybody_full'
  if (suitable.has('declined')) return 'everybody_declined'
  return suitable.size > 0 ? 'nobody_available' : 'no_suitable_agent'
}
