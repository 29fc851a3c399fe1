import type { IncidentEvent, IncidentState } from '@guichet/domain'
import { evolveIncident } from '@guichet/domain'
import type { Step, StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

export type IncidentStep = Step<IncidentEvent, IncidentState>
export type IncidentFolding = StreamFolding<IncidentEvent, IncidentState>

/** Folds incidents with the domain's own fold, for every read model that needs an incident's state. */
export function createIncidentFolding(): IncidentFolding {
  return createStreamFolding<IncidentEvent, IncidentState>({
    category: 'incident',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveIncident(state, event),
  })
}
