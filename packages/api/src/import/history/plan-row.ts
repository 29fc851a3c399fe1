import type {
  Actor,
  Instant,
  Result,
  TicketAggregate,
  TicketCommandInput,
  TicketEvent,
  TicketState,
} from '@guichet/domain'
import { accept, deny, fold, latest, refusal, ticketCommandSchema } from '@guichet/domain'
import type { CaseRow } from '../read-row.ts'
import { detailSteps } from './detail-steps.ts'
import { openingStep } from './opening-step.ts'
import { statusSteps } from './status-steps.ts'

/** A command that a row stands for, before it is known whether it changes anything. */
export type Intended = {
  /** Unique among the commands of the row. */
  readonly step: string
  readonly command: TicketCommandInput
  /** The row's time without one. */
  readonly at?: Instant
  /** The row's actor without one. */
  readonly by?: Actor
}

/** A command that changes the ticket, and the events it makes. */
export type PlannedStep = {
  readonly commandId: string
  readonly command: TicketCommandInput
  readonly at: Instant
  readonly by: Actor
  readonly events: readonly TicketEvent[]
}

/** What a row does to its ticket (nothing, when it has no steps), and the ticket after it. */
export type RowPlan = { readonly steps: readonly PlannedStep[]; readonly state: TicketState }

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
  const steps: PlannedStep[] = []
  let state = before

  for (const part of partsInOrder(row, before, terms.statusTags)) {
    for (const intended of part(state)) {
      const command = ticketCommandSchema.safeParse(intended.command)
      if (!command.success) {
        const [issue] = command.error.issues
        return deny(refusal('invalid_command', { message: `${issue?.path.join('.')}: ${issue?.message}` }))
      }
      const step = {
        commandId: `${row.identity}:${intended.step}`,
        command: intended.command,
        at: intended.at ?? at,
        by: intended.by ?? row.actor,
      }
      const decision = aggregate.decide({ ...command.data, ...step, aggregateId: row.ticketId }, state)
      if (!decision.ok) return decision
      if (decision.value.length === 0) continue
      steps.push({ ...step, events: decision.value })
      state = fold({ initial: state, evolve: aggregate.evolve }, decision.value)
    }
  }
  return accept({ steps, state })
}

function goesBackToNew({ meaning }: CaseRow, { status }: TicketState): boolean {
  return (
    meaning !== undefined && 'status' in meaning && meaning.status === 'new' && status !== 'new' && status !== 'absent'
  )
}

type Part = (now: TicketState) => readonly Intended[]

/** On the way to the end the details come first, for an ended ticket takes fewer of them; else they come last. */
function partsInOrder(row: CaseRow, before: TicketState, statusTags: ReadonlySet<string>): readonly Part[] {
  const opening: Part = (now) => (now.status === 'absent' ? [openingStep(row)] : [])
  const moving: Part = (now) => statusSteps(row, { before, now, statusTags })
  const detailing: Part = (now) => detailSteps(row, now)
  const ends = row.meaning && 'status' in row.meaning && /^(resolved|closed)$/.test(row.meaning.status)
  return ends ? [opening, detailing, moving] : [opening, moving, detailing]
}
