import { createHash } from 'node:crypto'
import { z } from 'zod'
import type {
  Actor,
  Instant,
  Result,
  Step,
  Ticket,
  TicketAggregate,
  TicketCommandInput,
  TicketEvent,
  TicketState,
  TicketStatus,
} from '@guichet/domain'
import {
  accept,
  accepts,
  actorSchema,
  deny,
  fold,
  describeIssue,
  latest,
  messageOf,
  refusal,
  stepCommandId,
  ticketAggregate,
} from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'
import { commandIdOf } from './case-history.ts'
import type { Writer } from './writer.ts'
import { customerOf, noteBy, writerOf } from './writer.ts'

/** The effect of a row on its ticket (none without steps), and the ticket after it. */
export type RowPlan = {
  readonly steps: readonly Step<TicketCommandInput>[]
  /** The time of the row, and the actor of its first step. */
  readonly at: Instant
  readonly by: Actor
  /** The events of all steps. */
  readonly events: readonly TicketEvent[]
  readonly state: TicketState
}

/** What a row is planned by, beside the ticket as the rows before it left it. */
export type PlanTerms = {
  readonly aggregate: TicketAggregate
  /** The tags that a mapping gives by status. A ticket has only that of its present status. */
  readonly statusTags: ReadonlySet<string>
  /** The time of the previous row. */
  readonly notBefore?: Instant | undefined
}

/**
 * Decides which commands a row results in, on the state after the rows before it. Commands without effect are left out.
 * A row is planned as a whole: if one command is refused, none is sent.
 */
export function planRow(row: CaseRow, before: TicketState, terms: PlanTerms): Result<RowPlan> {
  if (goesBackToNew(row, before)) {
    return deny(refusal('ticket_already_open', { message: 'a ticket that has been taken up cannot become new again' }))
  }
  const { aggregate, notBefore } = terms
  const at = notBefore === undefined ? row.at : latest(row.at, notBefore)
  const writer = writerOf(row, before)
  const actor = writer === 'other' || writer === 'automatic' ? noteBy(row, writer).by : row.actor
  const steps: Step<TicketCommandInput>[] = []
  const events: TicketEvent[] = []
  let state = before

  for (const part of partsInOrder(row, before, { writer, statusTags: terms.statusTags })) {
    for (const planned of part(state)) {
      if (isKnown(planned.command, state)) continue
      const step = { ...planned, by: planned.by ?? senderOf(planned.command, actor) }
      const checked = checkedStep(step)
      if (!checked.ok) return checked
      const { command, by } = checked.value
      const commandId = stepCommandId(commandIdOf(row), steps.length)
      const issued = { aggregateId: row.ticketId, commandId, at: step.at ?? at, by }
      const decision = aggregate.decide({ ...command, ...issued }, state)
      if (!decision.ok) return decision
      if (decision.value.length === 0) continue
      steps.push(step)
      events.push(...decision.value)
      state = fold({ initial: state, evolve: aggregate.evolve }, decision.value)
    }
  }
  return accept({ steps, at, by: steps[0]?.by ?? actor, events, state })
}

/** Returns whether a detail is the ticket's already: a log repeats all details in every row. */
function isKnown(command: TicketCommandInput, ticket: TicketState): boolean {
  if (ticket.status === 'absent' || ticket.mergedInto !== undefined) return false
  switch (command.type) {
    case 'changePriority':
      return command.priority === ticket.priority
    case 'categorize':
      return command.category === ticket.category
    case 'assign':
      return command.assignee.id === ticket.assignee?.id && command.assignee.name === ticket.assignee.name
    case 'unassign':
      return ticket.assignee === undefined
    case 'tag':
      return ticket.tags.includes(command.tag)
    case 'untag':
      return !ticket.tags.includes(command.tag)
    default:
      return false
  }
}

const stepSchema = z.object({ command: ticketAggregate.schema, by: actorSchema })

/**
 * Checks a step in the same way as the desk, so that the desk refuses no planned step and a dry run has the same
 * result. Its time needs no check: it was parsed as an instant.
 */
function checkedStep(step: Step<TicketCommandInput>): Result<z.infer<typeof stepSchema>> {
  const { data, error } = stepSchema.safeParse(step, describeIssue)
  if (data) return accept(data)
  const [issue] = error.issues
  const field = issue?.path.filter((part) => part !== 'command').join('.') ?? ''
  return deny(refusal('invalid_command', { message: `${field}: ${issue?.message}`, field }))
}

/**
 * Returns the actor, or an agent in what only agents do, and for replies by the former helpdesk. The details of a row by the
 * customer are not the customer's doing, nor an agent's.
 */
const senderOf = ({ type }: TicketCommandInput, actor: Actor): Actor => {
  const answersItself = type === 'agentReply' && actor.kind === 'system'
  if (ticketAggregate.sentBy[type][actor.kind] && !answersItself) return actor
  return { ...actor, kind: actor.kind === 'customer' && details.has(type) ? 'system' : 'agent' }
}

const details: ReadonlySet<string> = new Set<TicketCommandInput['type']>([
  'changePriority',
  'categorize',
  'assign',
  'unassign',
  'escalate',
  'deescalate',
  'tag',
  'untag',
])

function goesBackToNew({ meaning }: CaseRow, { status }: TicketState): boolean {
  return (
    meaning !== undefined && 'status' in meaning && meaning.status === 'new' && status !== 'new' && status !== 'absent'
  )
}

type Part = (now: TicketState) => readonly Step<TicketCommandInput>[]

/**
 * Details come before a status that ends the ticket, because an ended ticket accepts fewer of them; else they come
 * last.
 */
function partsInOrder(
  row: CaseRow,
  before: TicketState,
  { writer, statusTags }: { readonly writer: Writer | undefined; readonly statusTags: ReadonlySet<string> },
): readonly Part[] {
  const opening: Part = (now) => (now.status === 'absent' ? [openingStep(row, writer)] : [])
  const moving: Part = (now) => statusSteps(row, { before, now, statusTags, writer })
  const detailing: Part = (now) => detailSteps(row, now, writer)
  return isEnd(row) ? [opening, (now) => reopeningSteps(row, now), detailing, moving] : [opening, moving, detailing]
}

function isEnd({ meaning }: CaseRow): boolean {
  if (meaning === undefined) return false
  if ('status' in meaning) return meaning.status === 'resolved' || meaning.status === 'closed'
  return meaning.does === 'markSpam' || meaning.does === 'confirm' || meaning.then === 'resolved'
}

/** The first row of a case opens its ticket, at the time and by the person in the log. */
function openingStep(row: CaseRow, writer: Writer | undefined): Step<TicketCommandInput> {
  const { subject, customer, channel, priority, language, category } = row
  return {
    at: row.openedAt,
    by: row.openedBy,
    command: {
      type: 'open',
      subject,
      body: firstMessage(row, writer),
      customer,
      ...(channel && { channel }),
      ...(priority && { priority }),
      ...(language && { language }),
      ...(category && { category, anyCategory: true }),
    },
  }
}

/** The ticket opens with its subject if there is no text, or if the text is not the customer's: it is imported besides. */
function firstMessage({ meaning, subject, body = '', text }: CaseRow, writer: Writer | undefined): string {
  const isNote = meaning !== undefined && 'does' in meaning && meaning.does === 'addNote'
  const isOfAnother = isNote || (writer !== undefined && writer !== 'customer')
  return body.trim() === '' || (isOfAnother && text !== undefined && body.includes(text)) ? subject : body
}

/** Returns the commands for a row's details besides the status: priority, category, assignee, team, tags. */
function detailSteps(row: CaseRow, now: TicketState, writer: Writer | undefined): readonly Step<TicketCommandInput>[] {
  if (now.status === 'absent') return []
  const { status } = now
  const isActors = row.meaning?.assignee === 'actor'
  const details = isActors && writer !== undefined && writer !== 'agent' ? { ...row, assignee: undefined } : row
  return commands(details, now)
    .flatMap((command) => (accepts(status, command.type) ? [command] : noted(command, row, now)))
    .map((command) => ({ command }))
}

/** A log repeats a ticket's team in every row. Only a different team is an escalation. */
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

/** Details that an ended ticket no longer accepts become an internal note, once. */
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

type Meaning = NonNullable<CaseRow['meaning']>
type CloseReason = NonNullable<Extract<Meaning, { status: unknown }>['reason']>

/** Returns the commands for the row's status, or for the action that the row records. */
function statusSteps(
  row: CaseRow,
  context: {
    readonly before: TicketState
    readonly now: TicketState
    readonly statusTags: ReadonlySet<string>
    readonly writer: Writer | undefined
  },
): readonly Step<TicketCommandInput>[] {
  const { meaning } = row
  const { before, now, statusTags, writer } = context
  if (meaning === undefined || now.status === 'absent') return []
  if ('does' in meaning) return deed(row, meaning, { before, writer })
  return [...moves(now.status, meaning.status, meaning.reason), ...tagging(meaning.tag, now.tags, statusTags)].map(
    (command) => ({ command }),
  )
}

/** A closed ticket is reopened before it is resolved. */
function reopeningSteps({ meaning }: CaseRow, now: TicketState): readonly Step<TicketCommandInput>[] {
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

/** Texts are imported verbatim. The text of the first row's customer is already the ticket's first message. */
function deed(
  row: CaseRow,
  { does, then }: Extract<Meaning, { does: unknown }>,
  { before, writer }: { readonly before: TicketState; readonly writer: Writer | undefined },
): Step<TicketCommandInput>[] {
  const content = row.text === undefined ? ({ body: '', withoutText: true } as const) : { body: row.text }
  if (writer === 'other' || writer === 'automatic' || (writer === 'customer' && does === 'addNote')) {
    const { by, body } = noteBy(row, writer)
    return [{ by, command: { type: 'addNote', body } }]
  }
  if (does === 'addNote') return [{ command: { type: 'addNote', ...content } }]
  if (writer === 'customer') {
    if (before.status === 'absent') return []
    const said = does === 'open' ? (row.text ?? row.body) : row.text
    if (does === 'open' && said === undefined) return []
    const by = { kind: 'customer', id: customerOf(row, before).id } as const
    return [{ by, command: { type: 'customerReply', ...(said === undefined ? content : { body: said }) } }]
  }
  if (writer === 'agent')
    return [{ command: { type: 'agentReply', ...content, verbatim: true, ...(then && { then }) } }]
  return does === 'markSpam' || does === 'confirm' ? [{ command: { type: does } }] : []
}
