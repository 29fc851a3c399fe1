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

/** A closed ticket that is to be resolved is open in between. */
export function reopeningSteps({ meaning }: CaseRow, now: TicketState): readonly Step<TicketCommandInput>[] {
  const isResolved = meaning !== undefined && 'status' in meaning && meaning.status === 'resolved'
  return isResolved && now.status === 'closed' ? [{ command: { type: 'reopen' } }] : []
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
  if (opened && (does === 'open' || does === 'customerReply')) return []
  const said = row.text === undefined ? ({ body: '', withoutText: true } as const) : { body: row.text }
  const customer = { kind: 'customer', id: row.customer.id } as const
  switch (does) {
    case 'open': {
      const body = row.text ?? row.body
      return body === undefined ? [] : [{ by: customer, command: { type: 'customerReply', body } }]
    }
    case 'agentReply':
      return [{ command: { type: 'agentReply', ...said, verbatim: true, ...(then && { then }) } }]
    case 'customerReply':
      return [{ by: customer, command: { type: 'customerReply', ...said } }]
    case 'addNote':
      return [{ command: { type: 'addNote', ...said } }]
    default:
      return [{ command: { type: does } }]
  }
}
