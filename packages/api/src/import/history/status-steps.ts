import type { TicketState, TicketStatus } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'
import type { Intended } from './plan-row.ts'

type Meaning = NonNullable<CaseRow['meaning']>
type CloseReason = NonNullable<Extract<Meaning, { status: unknown }>['reason']>

/** The commands that bring a ticket to where the row says it is, or repeat what the row says somebody did. */
export function statusSteps(
  row: CaseRow,
  given: { readonly before: TicketState; readonly now: TicketState; readonly statusTags: ReadonlySet<string> },
): readonly Intended[] {
  const { meaning } = row
  const { before, now, statusTags } = given
  if (meaning === undefined || now.status === 'absent') return []
  if ('does' in meaning) return deed(row, meaning, before.status === 'absent')
  return [...moves(now.status, meaning.status, meaning.reason), ...tagging(meaning.tag, now.tags, statusTags)]
}

function moves(from: TicketStatus, to: TicketStatus, reason: CloseReason | undefined): Intended[] {
  if (from === to) return []
  const ended = from === 'closed' || from === 'resolved'
  const reopened: Intended[] = ended ? [{ step: 'reopen', command: { type: 'reopen' } }] : []
  const status = (command: Intended['command']): Intended => ({ step: 'status', command })
  switch (to) {
    case 'new':
      return []
    case 'in_progress':
      return ended ? reopened : [status({ type: 'start' })]
    case 'waiting_customer':
      return [...reopened, status({ type: 'waitForCustomer' })]
    case 'resolved':
      return [...reopened, status({ type: 'resolve' })]
    case 'closed':
      return [status({ type: 'close', reason: reason ?? (from === 'resolved' ? 'solved' : 'other') })]
  }
}

function tagging(tag: string | undefined, carried: readonly string[], statusTags: ReadonlySet<string>): Intended[] {
  const left = carried.filter((other) => statusTags.has(other) && other !== tag)
  return [
    ...left.map((other) => ({ step: `untag:${other}`, command: { type: 'untag' as const, tag: other } })),
    ...(tag === undefined ? [] : [{ step: 'statusTag', command: { type: 'tag' as const, tag } }]),
  ]
}

/** What the first row's customer wrote is the ticket's first message already. */
function deed(row: CaseRow, { does, then }: Extract<Meaning, { does: unknown }>, opened: boolean): Intended[] {
  if (does === 'open' || (opened && does === 'customerReply')) return []
  const body = row.text ?? ''
  switch (does) {
    case 'agentReply':
      return [{ step: 'said', command: { type: 'agentReply', body, ...(then && { then }) } }]
    case 'customerReply':
      return [{ step: 'said', by: { kind: 'customer', id: row.customer.id }, command: { type: 'customerReply', body } }]
    case 'addNote':
      return [{ step: 'said', command: { type: 'addNote', body } }]
    default:
      return [{ step: 'said', command: { type: does } }]
  }
}
