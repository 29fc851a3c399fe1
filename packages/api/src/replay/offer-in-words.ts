import type { Instant, ShownCandidate, TicketEventOf } from '@guichet/domain'
import { shownCandidates } from '@guichet/domain'

type Offer = TicketEventOf<'TicketRouted'>

const mostCandidates = 5

/** Why a ticket was offered to whom it was, in a sentence. */
export function whyOffered(offer: Offer): string {
  const { strategy, agent, equals = [], candidatesLeftOut = 0 } = offer
  const candidates = shownCandidates(offer)
  const chosen = candidates.find(({ agentId }) => agentId === agent.id)
  const [first, second] = equals
  const byId = first?.lastGivenAt === second?.lastGivenAt ? ', then by id' : ''
  const tie = second === undefined ? '' : `; of equal ones whoever was given work longest ago${byId}`
  return `${strategy}${scoreInWords(offer, chosen)}, of ${candidates.length + candidatesLeftOut} who could take it${tie}`
}

function scoreInWords({ strategy }: Offer, chosen: ShownCandidate | undefined): string {
  if (strategy === 'score') return ` ${chosen?.score ?? '–'}`
  return chosen === undefined || chosen.parts.length === 0 ? '' : `, ${partsInWords(strategy, chosen)}`
}

/** The best candidates with what their scores are the sum of, and how many agents were none for which reason, in lines. */
export function candidateLines(offer: Offer): readonly string[] {
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
