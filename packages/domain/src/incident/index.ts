export {
  incidentAccepts,
  incidentDeadlineKinds,
  incidentLimits,
  incidentStatuses,
  overdueKinds,
  severities,
} from './commands.ts'
export type {
  AffectedCustomer,
  IncidentCommand,
  IncidentCommandInput,
  IncidentCommandOf,
  IncidentCommandType,
  IncidentDeadlineKind,
  IncidentStatus,
  OverdueKind,
  Severity,
} from './commands.ts'
export { incidentDeadlines, incidentLabels, owed } from './deadlines.ts'
export type { IncidentDeadline } from './deadlines.ts'
export { describeIncidentEvent, incidentEvents } from './events.ts'
export type { IncidentEvent, IncidentEventOf, IncidentEventType } from './events.ts'
export { defaultIncidentTerms, incidentAggregate } from './incident.ts'
export { incidentNotice, incidentNotifications } from './notifications.ts'
export type { IncidentNotice } from './notifications.ts'
export type { IncidentTerms } from './rule.ts'
export { defaultIncidentSettings, incidentSettingsSchema } from './settings.ts'
export type { IncidentSettings, IncidentSettingsInput } from './settings.ts'
export { evolveIncident } from './state.ts'
export type { Incident, IncidentState, IncidentTicket, Page, Technician } from './state.ts'
