import { clockActor } from '../kernel/actor.ts'
import type { Issued } from '../kernel/decider.ts'
import { accept } from '../kernel/result.ts'
import type { IncidentDeadline } from './deadlines.ts'
import { incidentDeadlines, owed } from './deadlines.ts'
import type { IncidentEventOf } from './events.ts'
import { evolveIncident } from './evolve.ts'
import type { IncidentDecision } from './rule.ts'
import { incidentEvent } from './rule.ts'
import type { Incident } from './state.ts'
import type { IncidentDeadlineKind, OverdueKind } from './vocabulary.ts'

/** The record of something owed that was not done by the instant it was due. */
export function overdue(
  { kind: what, dueAt, cycle }: IncidentDeadline & { readonly kind: OverdueKind },
  { at }: Pick<Issued, 'at'>,
  incident: Incident,
): IncidentEventOf<'IncidentOverdue'> {
  const since = owed[what](incident)?.since ?? incident.declaredAt
  const { policyVersion } = incident
  return incidentEvent('IncidentOverdue', { at, by: clockActor }, { what, since, dueAt, cycle, policyVersion })
}

/**
 * What a command leads to, after all that was due before its moment and that nobody has noted: missed then, whoever notices it
 * first. What the same command makes up for is over. A page is followed by the next one, which is the clock's alone to send.
 */
export function withMisses(decision: IncidentDecision, { at }: Issued, incident: Incident): IncidentDecision {
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

/** Whether a deadline is that of something owed, which is noted when it is missed. */
export const isOwed = (deadline: IncidentDeadline): deadline is IncidentDeadline & { readonly kind: OverdueKind } =>
  deadline.kind !== ('acknowledgement' satisfies IncidentDeadlineKind)
