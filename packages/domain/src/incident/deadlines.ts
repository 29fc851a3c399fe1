import { clockActor } from '../kernel/actor.ts'
import type { ClockLabels, Deadline, CommandMetadata } from '../kernel/decider.ts'
import { earliestFirst } from '../kernel/decider.ts'
import { accept } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { later } from '../kernel/time.ts'
import type { IncidentDeadlineKind, OverdueKind } from './commands.ts'
import type { IncidentEventOf } from './events.ts'
import type { IncidentDecision } from './rule.ts'
import { incidentEvent } from './rule.ts'
import type { IncidentSettings } from './settings.ts'
import type { Incident, IncidentState, Page } from './state.ts'
import { evolveIncident } from './state.ts'

/** A deadline of an incident. */
export type IncidentDeadline = Deadline<IncidentDeadlineKind>

/** A duty of the desk: the instant from which it counts, and the time until it is due. */
type DutyClock = {
  readonly since: Instant
  readonly within: keyof IncidentSettings & `${string}${'Within' | 'Every'}`
}

const isUnderWay = ({ status }: Incident): boolean => status === 'declared' || status === 'acknowledged'

/** The duty of each kind in the present state of an incident; undefined when there is none. */
export const owed: Readonly<Record<OverdueKind, (incident: Incident) => DutyClock | undefined>> = {
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
 * The deadlines of an incident, earliest first. A page waits for its answer from when it was really sent, and updates
 * are counted from the last one, posted or missed: after an outage they continue at their interval. Every other duty is
 * overdue once.
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

/**
 * The labels by which operators filter the clocks of incidents: the severity takes the place of a ticket's priority.
 */
export function incidentLabels(state: IncidentState): ClockLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, severity, overdue } = state
  const late = overdue.length > 0
  return { status, priority: severity, late, outstanding: late }
}

/** The event of a duty that was not done by its due instant. */
export function overdue(
  { kind: what, dueAt, cycle }: IncidentDeadline & { readonly kind: OverdueKind },
  { at }: Pick<CommandMetadata, 'at'>,
  incident: Incident,
): IncidentEventOf<'IncidentOverdue'> {
  const since = owed[what](incident)?.since ?? incident.declaredAt
  const { policyVersion } = incident
  return incidentEvent('IncidentOverdue', { at, by: clockActor }, { what, since, dueAt, cycle, policyVersion })
}

/**
 * The events of a command, after those of all duties that were due before its moment and not yet recorded: they were
 * missed then, whichever command records them. A duty that the same command makes up for is over. Only the clock sends
 * the page that follows an unanswered one.
 */
export function withMisses(decision: IncidentDecision, { at }: CommandMetadata, incident: Incident): IncidentDecision {
  if (!decision.ok || decision.value.length === 0) return decision
  const fired = decision.value.filter((event) => event.type === 'IncidentOverdue')
  const events = decision.value.filter((event) => event.type !== 'IncidentOverdue')
  const misses = incidentDeadlines(incident).flatMap((deadline) => {
    if (!isOwed(deadline)) return []
    const noted = fired.find(({ what }) => what === deadline.kind)
    return noted ?? (deadline.dueAt < at ? overdue(deadline, { at }, incident) : [])
  })
  if (misses.length === 0) return accept(events)
  const then = [...misses, ...events].reduce(evolveIncident, incident)
  const isLate = (what: OverdueKind): boolean => then.status !== 'absent' && then.overdue.includes(what)
  return accept([...misses.map((miss) => (isLate(miss.what) ? miss : { ...miss, over: true as const })), ...events])
}

/** Whether a deadline is that of a duty, which is recorded when it is missed. */
export const isOwed = (deadline: IncidentDeadline): deadline is IncidentDeadline & { readonly kind: OverdueKind } =>
  deadline.kind !== ('acknowledgement' satisfies IncidentDeadlineKind)

/**
 * The page after another one, sent at an instant; the first page without another. The agents of the rota are paged one
 * after the other, then everybody at the desk, then the rota begins again: paging continues until somebody answers.
 */
export function nextPage({ rota, acknowledgeWithin }: IncidentSettings, last: Page | undefined, at: Instant): Page {
  const dueAt = later(at, acknowledgeWithin)
  const number = (last?.number ?? 0) + 1
  const places = rota.length + 1
  const agentId = rota[(number - 1) % places]?.id
  return { number, round: Math.floor((number - 1) / places) + 1, ...(agentId !== undefined && { agentId }), dueAt }
}
