import type { EventEnvelope, TicketEvent, TicketEventType } from '@guichet/domain'

/**
 * Which events of their ticket customers are shown. Total: a new event is nobody's before somebody has decided. What an
 * event says besides, such as the reason of an assignment, is hidden field by field.
 */
export const shownToCustomers: Readonly<Record<TicketEventType, boolean>> = {
  TicketOpened: true,
  TicketStarted: true,
  AgentReplied: true,
  CustomerReplied: true,
  InternalNoteAdded: false,
  CustomerWaitStarted: true,
  CustomerWaitEnded: true,
  ChaseSent: true,
  TicketResolved: true,
  TicketReopened: true,
  TicketClosed: true,
  PriorityChanged: true,
  TicketAssigned: true,
  TicketUnassigned: true,
  TicketTagged: false,
  TicketUntagged: false,
  TicketRenamed: true,
  TicketCategorized: true,
  AttachmentAdded: true,
  WatcherAdded: false,
  WatcherRemoved: false,
  TicketMerged: true,
  MergeDeclined: false,
  TicketAbsorbed: true,
  AbsorptionCompleted: false,
  AbsorptionReverted: false,
  TicketLinked: false,
  TicketUnlinked: false,
  TicketEscalated: false,
  StagnationDetected: false,
  UpdateOverdue: false,
}

/** Whether a customer is shown an event of their ticket. */
export function isShownToCustomers({ event }: EventEnvelope<TicketEvent>): boolean {
  if (event.type === 'AttachmentAdded' && event.visibility === 'internal') return false
  return shownToCustomers[event.type]
}
