import type { CloseReason, EventEnvelope, TicketEvent, TicketEventType } from '@guichet/domain'

/** Whose eyes somebody looks with: customers see what is public of their own tickets, the desk sees all. */
export type Visibility = 'public' | 'all'

/**
 * Which events of their ticket customers are shown. Total: a new event is nobody's before somebody has decided. What an
 * event says besides, such as the reason of an assignment, is hidden field by field.
 */
const shown: Readonly<Record<TicketEventType, boolean>> = {
  TicketOpened: true,
  TicketStarted: true,
  AgentReplied: true,
  CustomerReplied: true,
  UpdateRelayed: false,
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
  TicketClassified: true,
  AttachmentAdded: true,
  WatcherAdded: false,
  WatcherRemoved: false,
  TicketMerged: true,
  MergeDeclined: false,
  TicketAbsorbed: false,
  AbsorptionCompleted: true,
  AbsorptionReverted: false,
  TicketSplit: false,
  TicketLinked: false,
  TicketUnlinked: false,
  TicketEscalated: false,
  TicketDeescalated: false,
  FeatureRequestNoted: false,
  PlanChanged: false,
  ClocksPaused: false,
  ClocksResumed: false,
  TargetMet: false,
  TargetWarned: false,
  TargetBreached: false,
  StagnationDetected: false,
  UpdateOverdue: false,
  TicketRouted: false,
  RoutingDeclined: false,
  TicketQueued: false,
  TicketHandedOver: false,
  TicketImportWithdrawn: false,
}

/** Whether a customer is shown an event of their ticket. */
export function isShownToCustomers({ event }: Pick<EventEnvelope<TicketEvent>, 'event'>): boolean {
  if (event.type === 'AttachmentAdded' && event.visibility === 'internal') return false
  if (event.type === 'TicketClassified' && event.category === undefined && event.priority === undefined) return false
  return shown[event.type]
}

/** The reason of a closing as customers are shown it: what the desk thinks of a message stays with the desk. */
export const closeReasonShownToCustomers: Readonly<Record<CloseReason, CloseReason>> = {
  no_reply: 'no_reply',
  solved: 'solved',
  confirmed: 'confirmed',
  spam: 'other',
  invalid: 'other',
  duplicate: 'duplicate',
  merged: 'merged',
  other: 'other',
}
