import type { Desk, Incident, IncidentEventType, IncidentState } from '@guichet/domain'
import { describeIncidentEvent, evolveIncident, incidentDeadlines, readHistory } from '@guichet/domain'
import { printEntries, printFacts } from './print-replay.ts'
import type { Entry } from './replay.ts'

/** An incident's history, and its state. */
type IncidentReplay = {
  readonly incidentId: string
  readonly entries: readonly Entry<IncidentEventType>[]
  readonly incident: Incident
  /** Its deadlines, the first one first. */
  readonly deadlines: ReturnType<typeof incidentDeadlines>
}

/** Returns the history of an incident; undefined if there is none with the id. */
export async function replayIncident(desk: Desk, incidentId: string): Promise<IncidentReplay | undefined> {
  const { state } = await desk.read('incident', incidentId)
  if (state.status === 'absent') return undefined
  const history = await readHistory(desk.store, 'incident', incidentId)
  let before: IncidentState = { status: 'absent' }
  const entries = history.map(({ event, version }) => {
    const { type, at, by, ...data } = event
    const { shows = [], ...said } = describeIncidentEvent(event, before.status)
    before = evolveIncident(before, event)
    return { version, at, type, by, data, shows, ...said }
  })
  return { incidentId, entries, incident: state, deadlines: incidentDeadlines(state) }
}

/** Formats an incident's history as lines for people, times in UTC. */
export function printIncident({ incidentId, entries, incident, deadlines }: IncidentReplay): readonly string[] {
  const { title, status, severity, ticket, customers, overdue } = incident
  return [
    `${incidentId} “${title}”`,
    '',
    ...printEntries(entries),
    '',
    ...printFacts([
      ['status', status],
      ['severity', severity],
      ['ticket', `${ticket.ticketId} (${ticket.state})`],
      ['affected', String(customers.length)],
      ['overdue', overdue.length > 0 ? overdue.join(', ') : undefined],
      ...deadlines.map(({ kind, dueAt }) => ['due', `${kind} at ${dueAt}`] as const),
    ]),
  ]
}
