import type { Actor, Ticket } from '@guichet/domain'
import { formatDuration } from '@guichet/domain'
import type { Entry, Replay, RunningTarget } from './replay.ts'

/** Formats a replay as lines for people, times in UTC. */
export function printReplay({ ticketId, asOf, entries, state, targets }: Replay): readonly string[] {
  const until = asOf === undefined ? '' : ` as of ${asOf}`
  if (state.status === 'absent') {
    if (entries.length === 0) return [`${ticketId}${until}: nothing had happened yet`]
    return [`${ticketId}${until}: taken back, and not opened since`, '', ...printEntries(entries)]
  }
  return [
    `${ticketId} “${state.subject}”${until}`,
    '',
    ...printEntries(entries),
    '',
    ...stateLines(state),
    ...targets.map(targetLine),
  ]
}

type PrintedEntry = Pick<Entry<string>, 'version' | 'at' | 'by' | 'what' | 'why' | 'said' | 'shows'>

/** Formats events in words: version, time in UTC, actor, change and reason. */
export function printEntries(entries: readonly PrintedEntry[]): readonly string[] {
  const numbers = String(entries.at(-1)?.version ?? 0).length
  const names = Math.max(...entries.map(({ by }) => who(by).length))
  return entries.flatMap((entry) => entryLines(entry, numbers, names))
}

function entryLines(
  { version, at, by, what, why, said, shows }: PrintedEntry,
  numbers: number,
  names: number,
): string[] {
  const head = `${String(version).padStart(numbers)}  ${at.slice(0, 19).replace('T', ' ')}Z  ${who(by).padEnd(names)}  `
  const margin = ' '.repeat(head.length)
  return [
    `${head}${what}${why ? ` — ${why}` : ''}`,
    ...shows.map((line) => `${margin}  ${line}`),
    ...(said ? quote(said).map((line) => `${margin}│ ${line}`) : []),
  ]
}

const who = ({ kind, id, name }: Actor): string => `${name ?? id} [${kind}]`

function quote(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return lines.length > 12 ? [...lines.slice(0, 12), `… ${lines.length - 12} more lines`] : lines
}

function stateLines(ticket: Ticket): readonly string[] {
  const { status, priority, assignee, team, category, tags, customer, level, plan, openedAt, updatedAt } = ticket
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['status', ticket.closed ? `${status} (${ticket.closed.reason})` : status],
    ['priority', priority],
    ['customer', customer.name ?? customer.id],
    ['assignee', assignee && (assignee.name ?? assignee.id)],
    ['team', team],
    ['level', String(level)],
    ['plan', plan],
    ['category', category],
    ['tags', tags.length > 0 ? tags.join(', ') : undefined],
    ['opened', openedAt],
    ['last change', updatedAt],
    ['resolved', ticket.lastResolvedAt],
    ['reopened', ticket.reopenings > 0 ? `${ticket.reopenings}×` : undefined],
    ['merged into', ticket.mergedInto],
  ]
  return printFacts(facts)
}

function targetLine(running: RunningTarget): string {
  const { target, cycle, state, dueAt, timeLeft, why } = running
  const name = `${target.replace('_', ' ')}${cycle > 1 ? ` (${cycle}.)` : ''}`
  const [word, when] =
    dueAt === undefined
      ? ['paused', `${name}, ${formatDuration(timeLeft ?? 0)} left`]
      : [state === 'BREACHED' ? 'missed' : 'running', `${name} due at ${dueAt}`]
  return `${word.padEnd(11)}  ${when} — ${why}`
}

/** Formats facts, one per line. Facts without a value are left out. */
export const printFacts = (facts: readonly (readonly [string, string | undefined])[]): readonly string[] =>
  facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)}  ${value}`]))
