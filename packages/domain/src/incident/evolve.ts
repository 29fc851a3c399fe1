import type { Actor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/instant.ts'
import type { Incident, IncidentState } from './state.ts'
import type { IncidentEvent, IncidentEventOf } from './events.ts'
import type { OverdueKind } from './vocabulary.ts'

/** An incident after one more event. */
export function evolveIncident(state: IncidentState, event: IncidentEvent): IncidentState {
  if (event.type === 'IncidentDeclared') return declared(event)
  if (state.status === 'absent') return state
  return { ...state, ...changes(state, event), updatedAt: event.at }
}

function declared({
  at,
  type: _,
  by: __,
  onSite,
  callBack,
  ticket,
  ...facts
}: IncidentEventOf<'IncidentDeclared'>): Incident {
  return {
    status: 'declared',
    ...facts,
    ticket: { ...ticket, state: 'pending' },
    declaredAt: at,
    updatedAt: at,
    ...(callBack && { callbackOwedSince: at }),
    ...(onSite && { onSiteSince: at }),
    ...(facts.customers.length > 0 && { updateCountedFrom: at }),
    updates: 0,
    overdue: [],
  }
}

function changes(incident: Incident, event: Exclude<IncidentEvent, { type: 'IncidentDeclared' }>): Partial<Incident> {
  const { at, by } = event
  switch (event.type) {
    case 'IncidentTicketLinked':
      return { ticket: { ...incident.ticket, state: 'linked' } }
    case 'IncidentTicketRefused':
      return { ticket: { ...incident.ticket, state: 'refused', reason: event.reason } }
    case 'OnCallPaged':
      return { page: { number: event.page, round: event.round, agentId: event.agentId, dueAt: event.dueAt } }
    case 'IncidentAcknowledged':
      return { ...takenOn(by, at), overdue: without(incident, 'response') }
    case 'CustomersAffected':
      return {
        customers: [...incident.customers, ...event.customers],
        updateCountedFrom: incident.updateCountedFrom ?? at,
      }
    case 'CallbackMade':
      return { callbackOwedSince: undefined, overdue: without(incident, 'callback') }
    case 'WarRoomOpened':
      return { warRoom: { place: event.place, openedAt: at }, overdue: without(incident, 'war_room') }
    case 'TechnicianDispatched':
      return {
        onSiteSince: incident.technician?.arrivedAt === undefined ? (incident.onSiteSince ?? at) : at,
        technician: {
          person: event.technician,
          ...(event.site !== undefined && { site: event.site }),
          dispatchedAt: at,
        },
      }
    case 'TechnicianArrived':
      return {
        ...(incident.technician && { technician: { ...incident.technician, arrivedAt: at } }),
        overdue: without(incident, 'on_site'),
      }
    case 'IncidentUpdatePosted':
      return event.internal
        ? {}
        : {
            updates: incident.updates + 1,
            ...(incident.updateCountedFrom !== undefined && { updateCountedFrom: at }),
            overdue: without(incident, 'update'),
          }
    case 'IncidentOverdue':
      return {
        overdue: [...without(incident, event.what), event.what],
        ...(event.what === 'update' && { updates: incident.updates + 1, updateCountedFrom: at }),
      }
    case 'IncidentResolved':
      return { status: 'resolved', resolvedAt: at, overdue: [] }
    case 'IncidentReopened':
      return {
        ...takenOn(by, at),
        ...(incident.acknowledged && { acknowledged: incident.acknowledged }),
        ...anew(incident, at),
      }
    case 'PostMortemWritten':
      return { status: 'closed', postMortemAt: incident.postMortemAt ?? at, overdue: [] }
    case 'PageTimedOut':
      return {}
  }
}

/** An incident that somebody has taken on. */
const takenOn = ({ id, name }: Actor, at: Instant): Pick<Incident, 'status' | 'acknowledged'> => ({
  status: 'acknowledged',
  acknowledged: { by: { id, ...(name !== undefined && { name }) }, at },
})

/** What was owed when an incident was resolved is owed again from its reopening on, and a post-mortem no more. */
const anew = (incident: Incident, at: Instant): Partial<Incident> => ({
  reopenedAt: at,
  overdue: [],
  resolvedAt: undefined,
  updates: incident.updates + 1,
  ...(incident.updateCountedFrom !== undefined && { updateCountedFrom: at }),
  ...(incident.callbackOwedSince !== undefined && { callbackOwedSince: at }),
  ...(incident.onSiteSince !== undefined && { onSiteSince: at }),
})

const without = ({ overdue }: Incident, kind: OverdueKind): readonly OverdueKind[] =>
  overdue.filter((other) => other !== kind)
