import { createHash } from 'node:crypto'
import type { Step, Ticket, TicketCommandInput, TicketState } from '@guichet/domain'
import { accepts, messageOf } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'

/** The commands for what a row says of its ticket besides the status: priority, category, assignee, team, tags. */
export function detailSteps(row: CaseRow, now: TicketState): readonly Step<TicketCommandInput>[] {
  if (now.status === 'absent') return []
  const { status } = now
  return commands(row, now)
    .flatMap((command) => (accepts(status, command.type) ? [command] : noted(command, row, now)))
    .map((command) => ({ command }))
}

/** A log repeats a ticket's team in every row: only another one is an escalation. */
function commands({ priority, category, assignee, team, level, tags }: CaseRow, now: Ticket): TicketCommandInput[] {
  return [
    ...(priority ? [{ type: 'changePriority' as const, priority }] : []),
    ...(category ? [{ type: 'categorize' as const, category, anyCategory: true as const }] : []),
    ...(assignee ? [{ type: 'assign' as const, assignee }] : []),
    ...(assignee === null ? [{ type: 'unassign' as const }] : []),
    ...(team && team !== now.team
      ? [{ type: 'escalate' as const, team, anyTeam: true as const, reason: 'Assigned to this team' }]
      : []),
    ...levelStep(level, now),
    ...tags.map(({ tag, carried }) => ({ type: carried ? 'tag' : 'untag', tag }) as const),
  ]
}

function levelStep(level: CaseRow['level'], { level: present, team }: Ticket): TicketCommandInput[] {
  const reason = `Worked on at level ${level}`
  if (level === undefined || level === present) return []
  if (level === 1 || level < present) return [{ type: 'deescalate', level: level === 3 ? 2 : level, reason }]
  return [{ type: 'escalate', level, ...(team !== undefined && { team, anyTeam: true as const }), reason }]
}

/** What an ended ticket does not take any more is kept as an internal note, once. */
function noted(command: TicketCommandInput, { ticketId }: CaseRow, now: Ticket): TicketCommandInput[] {
  const body = words(command, now)
  if (body === undefined) return []
  const messageId = `noted:${createHash('sha256').update(`${ticketId}\n${body}`).digest('base64url').slice(0, 27)}`
  return messageOf(now.messages, messageId) ? [] : [{ type: 'addNote', messageId, body }]
}

function words(command: TicketCommandInput, now: Ticket): string | undefined {
  switch (command.type) {
    case 'changePriority':
      return command.priority === now.priority ? undefined : `Priority ${command.priority}, set when ${now.status}`
    case 'assign':
      return command.assignee.id === now.assignee?.id
        ? undefined
        : `Assigned to ${command.assignee.id} when ${now.status}`
    case 'unassign':
      return now.assignee && `Assigned to nobody when ${now.status}`
    case 'escalate':
      return command.team === now.team ? undefined : `Assigned to the team ${command.team} when ${now.status}`
    default:
      return undefined
  }
}
