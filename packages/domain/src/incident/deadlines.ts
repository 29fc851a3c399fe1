import type { ClockLabels, Deadline } from '../kernel/deadline.ts'
import { earliestFirst } from '../kernel/deadline.ts'
import type { Instant } from '../kernel/instant.ts'
import { later } from '../kernel/instant.ts'
import type { IncidentSettings } from './settings.ts'
import type { Incident, IncidentState } from './state.ts'
import type { IncidentDeadlineKind, OverdueKind } from './vocabulary.ts'

/** Something that falls due on an incident. */
export type IncidentDeadline = Deadline<IncidentDeadlineKind>

/** Something the desk owes: from when it counts, and within how long it is due. */
export type Owed = {
  readonly since: Instant
  readonly within: keyof IncidentSettings & `${string}${'Within' | 'Every'}`
}

const isUnderWay = ({ status }: Incident): boolean => status === 'declared' || status === 'acknowledged'

/** What of each kind is owed as an incident stands; undefined where nothing is. */
export const owed: Readonly<Record<OverdueKind, (incident: Incident) => Owed | undefined>> = {
  response: ({ status, declaredAt }) =>
    status === 'declared' ? { since: declaredAt, within: 'respondWithin' } : undefined,
  callback: (incident) =>
    isUnderWay(incident) && incident.callbackOwedSince !== undefined
      ? { since: incident.callbackOwedSince, within: 'callbackWithin' }
      : undefined,
  war_room: (incident) =>
    isUnderWay(incident) && incident.warRoom === undefined
      ? { since: incident.reopenedAt ?? incident.declaredAt, within: 'warRoomWithin' }
      : undefined,
  on_site: (incident) =>
    isUnderWay(incident) && incident.onSiteSince !== undefined && incident.technician?.arrivedAt === undefined
      ? { since: incident.onSiteSince, within: 'onSiteWithin' }
      : undefined,
  update: (incident) =>
    isUnderWay(incident) && incident.updateCountedFrom !== undefined
      ? { since: incident.updateCountedFrom, within: 'updateEvery' }
      : undefined,
  post_mortem: ({ status, resolvedAt }) =>
    status === 'resolved' && resolvedAt !== undefined ? { since: resolvedAt, within: 'postMortemWithin' } : undefined,
}

/**
 * What falls due on an incident, earliest first. A page waits for its answer from when it was really sent, and updates are
 * counted from the last one, posted or missed: after an outage they go on at their distance. Everything else is overdue once.
 */
export function incidentDeadlines(state: IncidentState): readonly IncidentDeadline[] {
  if (state.status === 'absent') return []
  const { status, page, settings, overdue, updates } = state
  const deadlines: IncidentDeadline[] = []
  if (status === 'declared' && page) {
    deadlines.push({ kind: 'acknowledgement', dueAt: page.dueAt, cycle: page.number })
  }
  for (const [kind, of] of Object.entries(owed) as [OverdueKind, (typeof owed)[OverdueKind]][]) {
    const due = of(state)
    if (due === undefined || (kind !== 'update' && overdue.includes(kind))) continue
    deadlines.push({ kind, dueAt: later(due.since, settings[due.within]), cycle: kind === 'update' ? updates : 1 })
  }
  return deadlines.sort(earliestFirst)
}

/** What operators filter the clocks of incidents by: the severity stands where a ticket has its priority. */
export function incidentLabels(state: IncidentState): ClockLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, severity, overdue } = state
  const late = overdue.length > 0
  return { status, priority: severity, late, outstanding: late }
}
