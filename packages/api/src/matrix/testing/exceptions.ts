/** What customers may filter tickets by: any other condition is refused. */
export const filtersOfCustomers = [
  'and',
  'or',
  'not',
  'status',
  'priority',
  'category',
  'openedAt',
  'updatedAt',
  'search',
]

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Fields that the desk of the matrix has nothing for: no canary stands in any of them. */
export const unfilled: readonly string[] = words(`
  Arrival.at Arrival.from Calendar.holidays Category.parent Category.priority Escalation.arrival Escalation.takenAt Escalation.takenBy
  Holiday.date Holiday.hours Holiday.name Incident.deadlines Incident.overdue Incident.resolvedAt IncidentDeadline.cycle
  IncidentDeadline.dueAt IncidentDeadline.kind Notification.incident QueueOfLevel.expectedWait QueuedTicket.expectedWait
  Recipient.language SlaRule.categories SlaRule.plans SlaRule.priorities SlaTargetRecord.answeredAt SlaTargetRecord.pausedSince
  SlaTargetRecord.timeLeft SlaTargetRecord.warnedAt Team.calendar Ticket.resolvedAt Ticket.waitingSince`)

/**
 * Texts that the API shows nobody, or not their customer: what another event has taken the place of, what only explains a decision,
 * and what is kept for those whom an incident pages.
 */
export const notShown: readonly string[] = [
  ...ofEvent('AgentRegistered', 'centre email languages name shift skills specialities team'),
  ...ofEvent('IncidentDeclared', 'policyVersion'),
  ...ofEvent('IncidentDeclared.settings.briefed', 'email id name'),
  ...ofEvent('IncidentDeclared.settings.rota', 'email id name'),
  ...ofEvent('IncidentOverdue', 'policyVersion'),
  ...ofEvent('MergeDeclined', 'merge'),
  ...ofEvent('ShiftChanged', 'offShift.name'),
  ...ofEvent('TechnicianArrived.technician', 'email id name'),
  ...ofEvent('TicketAssigned.from', 'email id name'),
  ...ofEvent('TicketClosed', 'message.language policyVersion'),
  ...ofEvent('TicketDeescalated', 'from team'),
  ...ofEvent('TicketEscalated', 'missed.policyVersion'),
  ...ofEvent('TicketOpened', 'policyVersion'),
  'TicketOpened.category: not by its customer',
  ...ofEvent('TicketQueued', 'policyVersion'),
  ...ofEvent('WorkClaimed', 'work'),
  ...ofEvent('WorkReleased', 'work'),
]

function ofEvent(type: string, paths: string): readonly string[] {
  return words(paths).map((path) => `${type}.${path}: by nobody`)
}
