import type { IncidentEvent, TicketEvent } from '@guichet/domain'

/**
 * What the events of a ticket hold that its customer may be shown, as paths of texts; `by` stands for the name of who caused the
 * event. Everything else is the desk's. Total: the texts of a new type of event are nobody's before somebody has decided.
 */
const ofTickets: Readonly<Record<TicketEvent['type'], string>> = {
  TicketOpened: 'by subject messageId body customer.name customer.firstName customer.email category',
  TicketStarted: 'by',
  AgentReplied: 'by messageId body',
  CustomerReplied: 'by messageId body',
  UpdateRelayed: '',
  InternalNoteAdded: '',
  CustomerWaitStarted: 'by',
  CustomerWaitEnded: 'by',
  ChaseSent: 'by messageId body',
  TicketResolved: 'by',
  TicketReopened: 'by',
  TicketClosed: 'by message.messageId message.body',
  PriorityChanged: 'by',
  TicketAssigned: 'by assignee.name',
  TicketUnassigned: 'by from.id from.name',
  TicketTagged: '',
  TicketUntagged: '',
  TicketRenamed: 'by from to',
  TicketCategorized: 'by from to',
  TicketClassified: 'by category',
  AttachmentAdded: 'by attachmentId messageId name mediaType',
  WatcherAdded: '',
  WatcherRemoved: '',
  TicketMerged: 'by',
  MergeDeclined: '',
  TicketAbsorbed: '',
  AbsorptionCompleted: 'by',
  AbsorptionReverted: '',
  TicketSplit: '',
  TicketLinked: '',
  TicketUnlinked: '',
  PlanChanged: '',
  ClocksPaused: '',
  ClocksResumed: '',
  TargetMet: '',
  TargetWarned: '',
  TargetBreached: '',
  TicketEscalated: '',
  TicketDeescalated: '',
  FeatureRequestNoted: '',
  StagnationDetected: '',
  UpdateOverdue: '',
  TicketRouted: '',
  RoutingDeclined: '',
  TicketQueued: '',
  TicketHandedOver: '',
  TicketImportWithdrawn: '',
}

/** What customers whom an incident affects are told of it, by their inbox. */
const ofIncidents: Readonly<Record<IncidentEvent['type'], string>> = {
  IncidentDeclared: 'title',
  IncidentTicketLinked: '',
  IncidentTicketRefused: '',
  OnCallPaged: '',
  PageTimedOut: '',
  IncidentAcknowledged: '',
  CustomersAffected: '',
  CallbackMade: '',
  WarRoomOpened: '',
  TechnicianDispatched: '',
  TechnicianArrived: '',
  IncidentUpdatePosted: 'message',
  IncidentOverdue: '',
  IncidentResolved: '',
  IncidentReopened: '',
  PostMortemWritten: '',
}

const shown: Readonly<Record<string, string>> = { ...ofTickets, ...ofIncidents }

/** Whether a customer may be shown a text of an event of theirs. What has no row, such as an event of an agent, they may not. */
export const isForCustomers = (type: string, path: string): boolean => (shown[type] ?? '').split(' ').includes(path)
