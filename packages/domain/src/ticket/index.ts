export { candidateScores, candidateTable, listedCandidates, readCandidateTable } from './candidates.ts'
export type { Candidate, CandidateScore, Equal } from './candidates.ts'
export type { LifecycleStatus } from './catalogue/definition.ts'
export { acceptedWhenMerged, accepts } from './commands.ts'
export type { TicketCommand, TicketCommandInput, TicketCommandOf, TicketCommandType } from './commands.ts'
export { ticketDeadlines } from './deadlines.ts'
export {
  answersTheCustomer,
  describeTicketEvent,
  informsTheCustomer,
  isShownToCustomers,
  statusAfter,
  ticketEvents,
} from './events.ts'
export type { TicketEvent, TicketEventData, TicketEventOf, TicketEventType } from './events.ts'
export type { MessageOriginal } from '../message-original.ts'
export { messageOf, noAttempts } from './messages.ts'
export type { MessageRecord, Messages } from './messages.ts'
export { pausesOf } from './pauses.ts'
export type { ServiceClocks } from './pauses.ts'
export { constantPolicy, defaultTicketPolicy, firstResponseTime, ticketPolicySchema } from './policy.ts'
export type { ObjectivePolicy, PolicyTimeline, PolicyVersion, TicketPolicy } from './policy.ts'
export { redactedBy, redactionsIn, withoutRedacted } from './redaction.ts'
export { needsAgent, neverRouted } from './routing.ts'
export type { Decline, Offer, Routing } from './routing.ts'
export { isPaused } from './service-clocks.ts'
export { evolveTicket } from './state.ts'
export type { Absent, Ticket, TicketState } from './state.ts'
export { isImminent, targetDue, targetStatuses, targetTime, ticketDeadlineKinds } from './targets.ts'
export type { ServedTicket, TargetDue, TargetStatus, TicketDeadline, TicketDeadlineKind } from './targets.ts'
export { isLate, ticketAggregate, ticketLabels } from './ticket.ts'
export type { TicketAggregate } from './ticket.ts'
export { closeReasons, closeResults, manualCloseReasons, relations, ticketStatuses } from './vocabulary.ts'
export type { Briefing, CloseReason, CloseResult, Relation, TicketStatus } from './vocabulary.ts'
