import type { Aggregate } from '../kernel/decider.ts'
import type { IncidentCommandInput } from '../incident/commands.ts'
import { incidentCommandSchema } from '../incident/commands.ts'
import type { IncidentEvent } from '../incident/events.ts'
import { defaultIncidentTerms, incidentAggregate } from '../incident/incident.ts'
import type { IncidentTerms } from '../incident/rule.ts'
import type { IncidentSettingsInput } from '../incident/settings.ts'
import { incidentSettingsSchema } from '../incident/settings.ts'
import type { IncidentState } from '../incident/state.ts'
import type { Specification } from './specification.ts'
import { asSent, specify } from './specification.ts'
import { byAlex } from './ticket-events.ts'

/** Incidents under the product's own settings but for some; commands are written and checked as a sender's are. */
export function incidentUnder(
  settings: IncidentSettingsInput = {},
): Aggregate<IncidentCommandInput, IncidentEvent, IncidentState> {
  const terms: IncidentTerms = { ...defaultIncidentTerms, settings: incidentSettingsSchema.parse(settings) }
  const incident = incidentAggregate(() => terms)
  return { ...incident, ...asSent(incidentCommandSchema, incident), creates: ({ type }) => type === 'declare' }
}

/** Specifies the incident `I1`, by Alex on Monday, under the product's own settings but for some. */
export function specifyIncident(
  settings: IncidentSettingsInput = {},
): Specification<IncidentCommandInput, IncidentEvent, IncidentState> {
  return specify(incidentUnder(settings), { ...byAlex, aggregateId: 'I1' })
}
