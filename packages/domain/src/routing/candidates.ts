import type { Agent } from '../agent/state.ts'
import type { WorkChannel } from '../agent/vocabulary.ts'
import type { Instant } from '../kernel/instant.ts'
import type { SupportLevel } from '../level/settings.ts'
import type { Crew } from '../shift/crew.ts'
import type { Priority } from '../ticket/vocabulary.ts'
import type { Decline } from '../ticket/routing.ts'

/** What is looked for an agent for. */
export type Wanted = {
  readonly category: string | undefined
  readonly language: string
  readonly channel: string
  /** The least support level; 1 without it. */
  readonly level?: SupportLevel | undefined
  /** Whether agents of that very level come first. */
  readonly handedDown?: boolean | undefined
  /** The crew whose agents come first: those who take over from a shift that has ended. */
  readonly towards?: Crew | undefined
  readonly priority: Priority
  readonly declined: readonly Decline[]
}

/** An agent as routing sees them: as last heard of, with what has been promised them since. */
export type Colleague = {
  readonly id: string
  readonly version: number
  readonly agent: Agent
  /** How many places of each channel are taken or promised. */
  readonly load: Readonly<Record<WorkChannel, number>>
  /** How many places are, of all channels together. */
  readonly tickets: number
  /** When work was last given or promised to them, in milliseconds of the epoch; 0 when it never was. */
  readonly lastGiven: number
}

/** Why an agent is no candidate for a ticket. */
export const exclusions = [
  'unavailable',
  'off_shift',
  'full',
  'declined',
  'level',
  'skill',
  'speciality',
  'language',
  'centre',
  'crew',
] as const
export type Exclusion = (typeof exclusions)[number]

/** A candidate with what its score is the sum of, in the order in which the strategy names its parts. */
export type Candidate = { readonly agentId: string; readonly score: number; readonly parts: readonly number[] }

/** A candidate whose score equals the best: when they were last given work, unless they never were. */
export type Equal = { readonly agentId: string; readonly lastGivenAt?: Instant | undefined }

/** Whether an agent could not take the ticket, as far as is known of them. */
export const hasDeclined = ({ id, version }: Colleague, declined: readonly Decline[]): boolean =>
  declined.some(({ agentId, agentVersion }) => agentId === id && agentVersion >= version)

/** How many candidates a decision names. */
export const mostListed = 500

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

type Offered = {
  readonly agent: { readonly id: string }
  readonly candidates: string
  readonly equals?: readonly Equal[] | undefined
}
