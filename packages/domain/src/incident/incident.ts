import type { Aggregate } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import type { IncidentCommand } from './commands.ts'
import { incidentDeadlines, incidentLabels } from './deadlines.ts'
import { decideIncident } from './decide.ts'
import type { IncidentEvent } from './events.ts'
import { evolveIncident } from './evolve.ts'
import type { IncidentTerms } from './rule.ts'
import { defaultIncidentSettings } from './settings.ts'
import type { IncidentState } from './state.ts'

export type IncidentAggregate = Aggregate<IncidentCommand, IncidentEvent, IncidentState>

/** What incidents are declared under where nothing is configured. */
export const defaultIncidentTerms: IncidentTerms = {
  settings: defaultIncidentSettings,
  policyVersion: 'guichet-default-1',
}

/** Critical incidents: the streams `incident-<id>`. One is run to its end by the terms that it was declared under. */
export function incidentAggregate(
  termsAt: (at: Instant) => IncidentTerms = () => defaultIncidentTerms,
): IncidentAggregate {
  return {
    category: 'incident',
    initial: { status: 'absent' },
    evolve: evolveIncident,
    decide: (command, state) => decideIncident(command, state, termsAt(command.at)),
    creates: (command) => command.type === 'declare',
    deadlines: incidentDeadlines,
    labels: incidentLabels,
  }
}
