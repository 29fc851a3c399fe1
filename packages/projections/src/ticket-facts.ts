import type { EventEnvelope, TicketEvent, TicketState, WorkItem } from '@guichet/domain'
import { evolveTicket, evolveWorkItem, importIdOf } from '@guichet/domain'
import type { DailyState } from './daily-report/model.ts'
import { evolveDaily } from './daily-report/model.ts'
import type { LevelState } from './escalations/model.ts'
import { evolveLevels } from './escalations/model.ts'
import type { ResponseState } from './response-times/model.ts'
import { evolveResponse } from './response-times/model.ts'
import type { TargetMarks } from './sla/fold.ts'
import { evolveMarks, noMarks } from './sla/fold.ts'
import type { StreamFolding } from './streams/stream-folding.ts'
import { createStreamFolding } from './streams/stream-folding.ts'

/** The state of a ticket for all read models: its history is folded once for all of them. */
type TicketFacts = {
  readonly ticket: TicketState
  readonly targets: TargetMarks
  readonly responses: ResponseState | undefined
  readonly daily: DailyState | undefined
  readonly levels: LevelState | undefined
  readonly work: WorkItem | undefined
  /** The import that its last event came in with. */
  readonly importedBy: string | undefined
}

const nothing: TicketFacts = {
  ticket: { status: 'absent' },
  targets: noMarks,
  responses: undefined,
  daily: undefined,
  levels: undefined,
  work: undefined,
  importedBy: undefined,
}

/** A ticket that was withdrawn with its import keeps only the ticket's own state, with the count of withdrawals. */
function evolve(facts: TicketFacts, envelope: EventEnvelope<TicketEvent>): TicketFacts {
  const ticket = evolveTicket(facts.ticket, envelope.event)
  if (envelope.event.type === 'TicketImportWithdrawn') return { ...nothing, ticket }
  return {
    ticket,
    targets: evolveMarks(facts.targets, envelope.event, facts.ticket, ticket),
    responses: evolveResponse(facts.responses, envelope),
    daily: evolveDaily(facts.daily, envelope),
    levels: evolveLevels(facts.levels, envelope),
    work: evolveWorkItem(facts.work, envelope),
    importedBy: importIdOf(envelope.correlationId),
  }
}

/**
 * Folds tickets for every read model that needs their state.
 * @param cachedTickets the most tickets that are cached for each connection.
 */
export const createTicketFolding = (cachedTickets = 10_000): StreamFolding<TicketEvent, TicketFacts> =>
  createStreamFolding<TicketEvent, TicketFacts>(
    { category: 'ticket', initial: nothing, evolve },
    { streams: cachedTickets, events: 250_000 },
  )
