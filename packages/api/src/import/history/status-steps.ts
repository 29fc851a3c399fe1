import type { Step, TicketCommandInput, TicketState, TicketStatus } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'

type Meaning = NonNullable<CaseRow['meaning']>
type CloseReason = NonNullable<Extract<Meaning, { status: unknown }>['reason']>

/** The commands that bring a ticket to where the row says it is, or repeat what the row says somebody did. */
export function statusSteps(
  row: CaseRow,
  given: { readonly before: TicketState; readonly now: TicketState; readonly statusTags: ReadonlySet<string> },
): readonly Step<TicketCommandInput>[] {
  const { meaning } = row
  const { before, now, statusTags } = given
  if (meaning === undefined || now.status === 'absent') return []
  if ('does' in meaning) return deed(row, meaning, before.status === 'absent')
  return [...moves(now.status, meaning.status, meaning.reason), ...tagging(meaning.tag, now.tags, statusTags)].map(
    (command) => ({ command }),
  )
}

function moves(from: TicketStatus, to: TicketStatus, reason: CloseReason | undefined): TicketCommandInput[] {
  if (from === to) return []
  const ended = from === 'closed' || from === 'resolved'
  const reopened: TicketCommandInput[] = ended ? [{ type: 'reopen' }] : []
  switch (to) {
    case 'new':
      return []
    case 'in_progress':
      return ended ? reopened : [{ type: 'start' }]
    case 'waiting_customer':
      return [...reopened, { type: 'waitForCustomer' }]
    case 'resolved':
      return [...reopened, { type: 'resolve' }]
    case 'closed':
      return [{ type: 'close', reason: reason ?? (from === 'resolved' ? 'solved' : 'other') }]
  }
}

function tagging(
  tag: string | undefined,
  carried: readonly string[],
  statusTags: ReadonlySet<string>,
): TicketCommandInput[] {
  const left = carried.filter((other) => statusTags.has(other) && other !== tag)
  return [
    ...left.map((other) => ({ type: 'untag', tag: other }) as const),
    ...(tag === undefined ? [] : [{ type: 'tag', tag } as const]),
  ]
}

/** What was said is kept word for word; what the first row's customer wrote is the ticket's first message already. */
function deed(
  row: CaseRow,
  { does, then }: Extract<Meaning, { does: unknown }>,
  opened: boolean,
): Step<TicketCommandInput>[] {
  if (does === 'open' || (opened && does === 'customerReply')) return []
  const body = row.text ?? ''
  switch (does) {
    case 'agentReply':
      return [{ command: { type: 'agentReply', body, verbatim: true, ...(then && { then }) } }]
    case 'customerReply':
      return [{ by: { kind: 'customer', id: row.customer.id }, command: { type: 'customerReply', body } }]
    case 'addNote':
      return [{ command: { type: 'addNote', body } }]
    default:
      return [{ command: { type: does } }]
  }
}
