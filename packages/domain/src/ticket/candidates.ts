import type { Instant } from '../kernel/time.ts'

/** A candidate with the parts of its score, in the strategy's order. */
export type Candidate = { readonly agentId: string; readonly score: number; readonly parts: readonly number[] }

/** A candidate whose score equals the best, with the time of their last work, if any. */
export type Equal = { readonly agentId: string; readonly lastGivenAt?: Instant | undefined }

/** How many candidates a decision lists. */
const mostListed = 500

/** The candidates that a decision lists: all, or the best ones including those of `first`. */
export function listedCandidates(candidates: readonly Candidate[], first: readonly string[]): readonly Candidate[] {
  if (candidates.length <= mostListed) return candidates
  const named = new Set(first)
  const ahead = candidates.filter(({ agentId }) => named.has(agentId))
  const others = candidates.filter(({ agentId }) => !named.has(agentId)).sort((a, b) => b.score - a.score)
  return [...ahead, ...others].slice(0, mostListed)
}

/**
 * Candidates as a text: the first line names the parts of a score; each other line holds the parts and, after tabs, the
 * ids of all candidates with them. An event with 500 candidates has some 6,000 characters.
 */
export function candidateTable(parts: readonly string[], candidates: readonly Candidate[]): string {
  const groups = new Map<Candidate['parts'], string[]>()
  for (const { parts: points, agentId } of candidates) {
    const group = groups.get(points)
    if (group) group.push(agentId)
    else groups.set(points, [agentId])
  }
  const rows = new Map<string, string[]>()
  for (const [points, ids] of groups) {
    const key = points.join(' ')
    rows.set(key, [...(rows.get(key) ?? [key]), ...ids])
  }
  return [parts.join(' '), ...[...rows.values()].map((row) => row.join('\t'))].join('\n')
}

/** A candidate for display: with its score's parts by name. */
export type CandidateScore = {
  readonly agentId: string
  readonly score: number
  readonly parts: readonly { readonly name: string; readonly points: number }[]
}

/** Parses the output of `candidateTable`: the highest score first; of equal ones those of `first`, then by id. */
export function readCandidateTable(table: string, first: readonly string[] = []): readonly CandidateScore[] {
  const [head = '', ...rows] = table.split('\n')
  const names = head.split(' ')
  const candidates = rows.flatMap((row) => {
    const [key = '', ...ids] = row.split('\t')
    const parts =
      key === '' ? [] : key.split(' ').map((points, n) => ({ name: names[n] ?? '', points: Number(points) }))
    const score = parts.reduce((sum, { points }) => sum + points, 0)
    return ids.map((agentId) => ({ agentId, score, parts }))
  })
  const ranks = new Map(first.map((agentId, index) => [agentId, index]))
  const rank = ({ agentId }: CandidateScore): number => ranks.get(agentId) ?? first.length
  return candidates.sort((a, b) => b.score - a.score || rank(a) - rank(b) || (a.agentId < b.agentId ? -1 : 1))
}

/** The candidates for an offered ticket in order: first the agent it was offered to. */
export const candidateScores = ({ candidates, equals = [], agent }: OfferFacts): readonly CandidateScore[] =>
  readCandidateTable(candidates, [agent.id, ...equals.slice(1).map(({ agentId }) => agentId)])

/** An offer of a ticket: the agent, the table of the candidates, and the first of those with the best score. */
type OfferFacts = {
  readonly agent: { readonly id: string }
  readonly candidates: string
  readonly equals?: readonly Equal[] | undefined
}

type ExplainedOffer = OfferFacts & {
  readonly strategy: string
  readonly candidatesLeftOut?: number | undefined
  /** How many agents were excluded, by the reason. */
  readonly excluded: Readonly<Record<string, number>>
}

/** How many candidates the description shows. */
const mostCandidates = 5

/** A sentence that explains why an agent was offered the ticket. */
export function whyOffered(offer: ExplainedOffer): string {
  const { strategy, agent, equals = [], candidatesLeftOut = 0 } = offer
  const candidates = candidateScores(offer)
  const chosen = candidates.find(({ agentId }) => agentId === agent.id)
  const [first, second] = equals
  const byId = first?.lastGivenAt === second?.lastGivenAt ? ', then by id' : ''
  const tie = second === undefined ? '' : `; among equals the one who got work longest ago${byId}`
  return `${strategy}${scoreInWords(strategy, chosen)}, of ${candidates.length + candidatesLeftOut} who could take it${tie}`
}

function scoreInWords(strategy: string, chosen: CandidateScore | undefined): string {
  if (strategy === 'score') return ` ${chosen?.score ?? '–'}`
  return chosen === undefined || chosen.parts.length === 0 ? '' : `, ${partsInWords(strategy, chosen)}`
}

/** The best candidates with the parts of their scores, and how many agents were excluded for which reason, as lines. */
export function candidateLines(offer: ExplainedOffer): readonly string[] {
  const candidates = candidateScores(offer)
  const noteByAgent = new Map(offer.equals?.map(({ agentId, lastGivenAt }) => [agentId, givenInWords(lastGivenAt)]))
  const excluded = Object.entries(offer.excluded).map(([reason, count]) => `${count} ${reason}`)
  return [
    ...candidates
      .slice(0, mostCandidates)
      .map((candidate) => `${candidateInWords(offer.strategy, candidate)}${noteByAgent.get(candidate.agentId) ?? ''}`),
    ...(candidates.length > mostCandidates ? [`… ${candidates.length - mostCandidates} more`] : []),
    ...(excluded.length > 0 ? [`not asked: ${excluded.join(', ')}`] : []),
  ]
}

const givenInWords = (at: Instant | undefined): string =>
  at === undefined ? ', never given work' : `, given work at ${at}`

function candidateInWords(strategy: string, candidate: CandidateScore): string {
  const { agentId, score, parts } = candidate
  if (parts.length === 0) return agentId
  const words = partsInWords(strategy, candidate)
  return strategy === 'least_loaded' ? `${agentId}: ${words}` : `${agentId} ${score} = ${words}`
}

/** The score of `least_loaded` counts against an agent, so its parts are shown with their sign removed. */
const partsInWords = (strategy: string, { parts }: CandidateScore): string =>
  parts.map(({ name, points }) => `${name} ${strategy === 'least_loaded' ? Math.abs(points) : points}`).join(' + ')
