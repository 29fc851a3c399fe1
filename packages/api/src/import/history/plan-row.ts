import type {
  Actor,
  Instant,
  Result,
  Step,
  TicketAggregate,
  TicketCommandInput,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import {
  accept,
  actorSchema,
  deny,
  fold,
  inOurWords,
  latest,
  refusal,
  sentBy,
  stepCommandId,
  ticketCommandSchema,
} from '@guichet/domain'
import { z } from 'zod'
import type { CaseRow } from '../read-row.ts'
import { commandIdOf } from './case-history.ts'
import { detailSteps } from './detail-steps.ts'
import { openingStep } from './opening-step.ts'
import { reopeningSteps, statusSteps } from './status-steps.ts'

/** What a row does to its ticket (nothing, when it has no steps), and the ticket after it. */
export type RowPlan = {
  readonly steps: readonly Step<TicketCommandInput>[]
  /** When the row happened, and who took its first step. */
  readonly at: Instant
  readonly by: Actor
  /** The events that the steps make together. */
  readonly events: readonly TicketEvent[]
  readonly state: TicketState
}

export type PlanTerms = {
  readonly aggregate: TicketAggregate
  /** The tags that a mapping gives by status: a ticket carries the one of its present status only. */
  readonly statusTags: ReadonlySet<string>
  /** The time of the row before. */
  readonly notBefore?: Instant | undefined
}

/**
 * Decides, on the state that the rows before it have led to, which commands a row stands for. Commands that would
 * change nothing are left out. A row is planned as a whole: if one command is refused, none of it is carried out.
 */
export function planRow(row: CaseRow, before: TicketState, terms: PlanTerms): Result<RowPlan> {
  if (goesBackToNew(row, before)) {
    return deny(refusal('ticket_already_open', { message: 'a ticket that has been taken up cannot become new again' }))
  }
  const { aggregate, notBefore } = terms
  const at = notBefore === undefined ? row.at : latest(row.at, notBefore)
  const { actor } = row
  const steps: Step<TicketCommandInput>[] = []
  const events: TicketEvent[] = []
  let state = before

  for (const part of partsInOrder(row, before, terms.statusTags)) {
    for (const planned of part(state)) {
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

const stepSchema = z.object({ command: ticketCommandSchema, by: actorSchema })

/**
 * Checks a step as the desk will, so that a plan holds nothing that the desk then refuses: a dry run says the same. Its
 * time needs no check: it was read as an instant.
 */
function checkedStep(step: Step<TicketCommandInput>): Result<z.infer<typeof stepSchema>> {
  const { data, error } = stepSchema.safeParse(step, inOurWords)
  if (data) return accept(data)
  const [issue] = error.issues
  const field = issue?.path.filter((part) => part !== 'command').join('.') ?? ''
  return deny(refusal('invalid_command', { message: `${field}: ${issue?.message}`, field }))
}

/** Whoever may not send a command did it, in the former helpdesk, as one of the desk; so did whoever answered there. */
const senderOf = ({ type }: TicketCommandInput, actor: Actor): Actor => {
  const answersItself = type === 'agentReply' && actor.kind === 'system'
  return sentBy[type][actor.kind] && !answersItself ? actor : { ...actor, kind: 'agent' }
}

function goesBackToNew({ meaning }: CaseRow, { status }: TicketState): boolean {
  return (
    meaning !== undefined && 'status' in meaning && meaning.status === 'new' && status !== 'new' && status !== 'absent'
  )
}

type Part = (now: TicketState) => readonly Step<TicketCommandInput>[]

/** On the way to the end the details come first, for an ended ticket takes fewer of them; else they come last. */
function partsInOrder(row: CaseRow, before: TicketState, statusTags: ReadonlySet<string>): readonly Part[] {
  const opening: Part = (now) => (now.status === 'absent' ? [openingStep(row)] : [])
  const moving: Part = (now) => statusSteps(row, { before, now, statusTags })
  const detailing: Part = (now) => detailSteps(row, now)
  return isEnd(row) ? [opening, (now) => reopeningSteps(row, now), detailing, moving] : [opening, moving, detailing]
}

function isEnd({ meaning }: CaseRow): boolean {
  if (meaning === undefined) return false
  if ('status' in meaning) return meaning.status === 'resolved' || meaning.status === 'closed'
  return meaning.does === 'markSpam' || meaning.does === 'confirm' || meaning.then === 'resolved'
}
