import type { Desk } from '@guichet/domain'
import { incidentDeadlines } from '@guichet/domain'
import type { IncidentRow } from '@guichet/projections'

/** An incident as stored, whatever the read models show. */
export async function writtenIncident(desk: Pick<Desk, 'read'>, id: string): Promise<IncidentRow | undefined> {
  const { state, version } = await desk.read('incident', id)
  return state.status === 'absent' ? undefined : { id, version, incident: state, deadlines: incidentDeadlines(state) }
}
