import type { Agent } from '../agent/state.ts'
import type { Priority } from '../ticket/vocabulary.ts'
import type { Decline } from '../ticket/routing.ts'

/** What is looked for an agent for. */
export type Wanted = {
  readonly category: string | undefined
  readonly language: string
  readonly channel: string
  readonly priority: Priority
  readonly declined: readonly Decline[]
}

/** An agent as routing sees them: as last heard of, with what has been promised them since. */
export type Colleague = {
  readonly id: string
  readonly version: number
  readonly agent: Agent
  /** How many places of `ticket` are taken or promised. */
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
] as const
export type Exclusion = (typeof exclusions)[number]

/** A candidate with what its score is the sum of, in the order in which the strategy names its parts. */
export type Candidate = { readonly agentId: string; readonly score: number; readonly parts: readonly number[] }

/** Whether an agent could not take the ticket, as far as is known of them. */
export const hasDeclined = ({ id, version }: Colleague, declined: readonly Decline[]): boolean =>
  declined.length > 0 && declined.some(({ agentId, agentVersion }) => agentId === id && agentVersion >= version)

const separator = ' '
const rows = new WeakMap<Candidate, string>()

function rowOf(candidate: Candidate): string {
  const known = rows.get(candidate)
  if (known !== undefined) return known
  const row = [...candidate.parts, candidate.agentId].join(separator)
  rows.set(candidate, row)
  return row
}

/** Candidates as a text, one a line: parts of the score, then the id; the first line names the parts. An event with 500 of them stays small. */
export function candidateTable(parts: readonly string[], candidates: readonly Candidate[]): string {
  return [parts.join(separator), ...candidates.map(rowOf)].join('\n')
}

/** A candidate as it is shown: with its score's parts by name. */
export type ShownCandidate = {
  readonly agentId: string
  readonly score: number
  readonly parts: readonly { readonly name: string; readonly points: number }[]
}

/** Reads what `candidateTable` has written. */
export function readCandidateTable(table: string): readonly ShownCandidate[] {
  const [head = '', ...rows] = table.split('\n')
  const names = head === '' ? [] : head.split(separator)
  return rows.map((row) => {
    const cells = row.split(separator)
    const parts = names.map((name, index) => ({ name, points: Number(cells[index]) }))
    const score = parts.reduce((sum, { points }) => sum + points, 0)
    return { agentId: cells.slice(names.length).join(separator), score, parts }
  })
}
