import type { Actor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/instant.ts'
import type { TicketEventOf } from './events.ts'

/** How many attempts a ticket remembers, and how many characters of each. */
export const attemptLimits = { attempts: 8, line: 120 } as const

/** Something that the desk has said on a ticket: what was tried, in its first line. */
export type Attempt = {
  readonly at: Instant
  readonly by: Actor
  readonly kind: 'reply' | 'note'
  readonly line: string
}

/** What was tried on a ticket: the last attempts, the latest last, and how many there have been. */
export type Attempts = { readonly count: number; readonly last: readonly Attempt[] }

export const noAttempts: Attempts = { count: 0, last: [] }

/** The attempts and one more; rows of read models that are older than attempts have none. */
export function withAttempt(
  { count, last }: Attempts = noAttempts,
  { type, at, by, body }: TicketEventOf<'AgentReplied' | 'InternalNoteAdded'>,
): Attempts {
  const kind = type === 'AgentReplied' ? 'reply' : 'note'
  return {
    count: count + 1,
    last: [...last, { at, by, kind, line: firstLine(body) } as const].slice(-attemptLimits.attempts),
  }
}

/** The first line that says something, cut at a limit but not within a character. */
function firstLine(body: string): string {
  const start = Math.max(0, body.search(/\S/))
  const line =
    body
      .slice(start, start + 4 * attemptLimits.line)
      .split(/\r?\n/, 1)[0]
      ?.trimEnd() ?? ''
  if (line.length <= attemptLimits.line) return line
  return `${line.slice(0, attemptLimits.line - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
