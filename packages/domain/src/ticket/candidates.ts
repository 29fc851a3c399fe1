import type { Instant } from '../kernel/time.ts'

/** A candidate with what its score is the sum of, in the order in which the strategy names its parts. */
export type Candidate = { readonly agentId: string; readonly score: number; readonly parts: readonly number[] }

/** A candidate whose score equals the best: when they were last given work, unless they never were. */
export type Equal = { readonly agentId: string; readonly lastGivenAt?: Instant | undefined }

/** How many candidates a decision names. */
const mostListed = 500

/** The candidates that a decision names: everybody, or the best, with those of `first` among them. */
export function listedCandidates(candidates: readonly Candidate[], first: readonly string[]): readonly Candidate[] {
  if (candidates.length <= mostListed) return candidates
  const named = new Set(first)
  const ahead = candidates.filter(({ agentId }) => named.has(agentId))
  const others = candidates.filter(({ agentId }) => !named.has(agentId)).sort((a, b) => b.score - a.score)
  return [...ahead, ...others].slice(0, mostListed)
}

/**
 * Candidates as a text: the first line names the parts of a score, each other one holds the parts and, after tabs, the ids of all who
 * have them. An event with 500 candidates stays at some 6,000 characters.
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

/** A candidate as it is shown: with its score's parts by name. */
export type ShownCandidate = {
  readonly agentId: string
  readonly score: number
  readonly parts: readonly { readonly name: string; readonly points: number }[]
}

/** Reads what `candidateTable` has written: the highest score first, of equal ones those of `first`, then the smaller id. */
export function readCandidateTable(table: string, first: readonly string[] = []): readonly ShownCandidate[] {
  const [head = '', ...rows] = table.split('\n')
  const names = head.split(' ')
  const candidates = rows.flatMap((row) => {
    const [key = '', ...ids] = row.split('\t')
    const parts =
      key === '' ? [] : key.split(' ').map((points, n) => ({ name: names[n] ?? '', points: Number(points) }))
    const score = parts.reduce((sum, { points }) => sum + points, 0)
    return ids.map((agentId) => ({ agentId, score, parts }))
  })
  const places = new Map(first.map((agentId, place) => [agentId, place]))
  const place = ({ agentId }: ShownCandidate): number => places.get(agentId) ?? first.length
  return candidates.sort((a, b) => b.score - a.score || place(a) - place(b) || (a.agentId < b.agentId ? -1 : 1))
}

/** Who could take a ticket that was offered, in the order in which they come: whoever it was offered to first. */
export const shownCandidates = ({ candidates, equals = [], agent }: Offered): readonly ShownCandidate[] =>
  readCandidateTable(candidates, [agent.id, ...equals.slice(1).map(({ agentId }) => agentId)])

/** An offer of a ticket: to whom, the table of the candidates, and the first of those who share the best score. */
type Offered = {
  readonly agent: { readonly id: string }
  readonly candidates: string
  readonly equals?: readonly Equal[] | undefined
}

type ExplainedOffer = Offered & {
  readonly strategy: string
  readonly candidatesLeftOut?: number | undefined
  /** How many agents were no candidates, by the reason. */
  readonly excluded: Readonly<Record<string, number>>
}

/** How many candidates are told of in words. */
const mostCandidates = 5

/** Why a ticket was offered to whom it was, in a sentence. */
export function whyOffered(offer: ExplainedOffer): string {
  const { strategy, agent, equals = [], candidatesLeftOut = 0 } = offer
  const candidates = shownCandidates(offer)
  const chosen = candidates.find(({ agentId }) => agentId === agent.id)
  const [first, second] = equals
  const byId = first?.lastGivenAt === second?.lastGivenAt ? ', then by id' : ''
  const tie = second === undefined ? '' : `; of equal ones whoever was given work longest ago${byId}`
  return `${strategy}${scoreInWords(strategy, chosen)}, of ${candidates.length + candidatesLeftOut} who could take it${tie}`
}

function scoreInWords(strategy: string, chosen: ShownCandidate | undefined): string {
  if (strategy === 'score') return ` ${chosen?.score ?? '–'}`
  return chosen === undefined || chosen.parts.length === 0 ? '' : `, ${partsInWords(strategy, chosen)}`
}

/** The best candidates with what their scores are the sum of, and how many agents were none for which reason, in lines. */
export function candidateLines(offer: ExplainedOffer): readonly string[] {
  const candidates = shownCandidates(offer)
  const given = new Map(offer.equals?.map(({ agentId, lastGivenAt }) => [agentId, givenInWords(lastGivenAt)]))
  const excluded = Object.entries(offer.excluded).map(([reason, count]) => `${count} ${reason}`)
  return [
    ...candidates
      .slice(0, mostCandidates)
      .map((candidate) => `${candidateInWords(offer.strategy, candidate)}${given.get(candidate.agentId) ?? ''}`),
    ...(candidates.length > mostCandidates ? [`… ${candidates.length - mostCandidates} more`] : []),
    ...(excluded.length > 0 ? [`not asked: ${excluded.join(', ')}`] : []),
  ]
}

const givenInWords = (at: Instant | undefined): string =>
  at === undefined ? ', never given work' : `, given work at ${at}`

function candidateInWords(strategy: string, candidate: ShownCandidate): string {
  const { agentId, score, parts } = candidate
  if (parts.length === 0) return agentId
  const words = partsInWords(strategy, candidate)
  return strategy === 'least_loaded' ? `${agentId}: ${words}` : `${agentId} ${score} = ${words}`
}

/** The score of `least_loaded` is what counts against an agent: it is told as what it is. */
const partsInWords = (strategy: string, { parts }: ShownCandidate): string =>
  parts.map(({ name, points }) => `${name} ${strategy === 'least_loaded' ? Math.abs(points) : points}`).join(' + ')
