import { createHash } from 'node:crypto'
import type { Ticket, TicketCommandInput, TicketState } from '@guichet/domain'
import { accepts, messageOf } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'
import type { Intended } from './plan-row.ts'

/** The commands for what a row says of its ticket besides the status: priority, category, assignee, team, tags. */
export function detailSteps(row: CaseRow, now: TicketState): readonly Intended[] {
  if (now.status === 'absent') return []
  const { status } = now
  return commands(row).flatMap((intended) =>
    accepts(status, intended.command.type) ? [intended] : noted(intended, row, now),
  )
}

function commands({ priority, category, assignee, team, tags }: CaseRow): Intended[] {
  return [
    ...(priority ? [{ step: 'priority', command: { type: 'changePriority' as const, priority } }] : []),
    ...(category ? [{ step: 'category', command: { type: 'categorize' as const, category } }] : []),
    ...(assignee ? [{ step: 'assign', command: { type: 'assign' as const, assignee } }] : []),
    ...(assignee === null ? [{ step: 'assign', command: { type: 'unassign' as const } }] : []),
    ...(team ? [{ step: 'team', command: { type: 'escalate' as const, team, reason: 'Assigned to this team' } }] : []),
    ...tags.map(({ tag, carried }) => ({
      step: `tag:${tag}`,
      command: { type: carried ? 'tag' : 'untag', tag } as const,
    })),
  ]
}

/** What an ended ticket does not take any more is kept as an internal note, once. */
function noted({ step, command }: Intended, { ticketId }: CaseRow, now: Ticket): Intended[] {
  const body = words(command, now)
  if (body === undefined) return []
  const messageId = `noted:${createHash('sha256').update(`${ticketId}\n${body}`).digest('base64url').slice(0, 27)}`
  return messageOf(now.messages, messageId) ? [] : [{ step, command: { type: 'addNote', messageId, body } }]
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
