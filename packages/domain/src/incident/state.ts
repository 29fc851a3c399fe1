import type { Actor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import type { Channel } from '../kernel/values.ts'
import type { Person } from '../person.ts'
import type { AffectedCustomer, IncidentStatus, OverdueKind, Severity } from './commands.ts'
import type { IncidentEvent, IncidentEventOf } from './events.ts'
import type { IncidentSettings } from './settings.ts'

/** A page that was sent to an agent on call, or to everybody at the desk. */
export type Page = {
  /** Counted from 1 over all rounds. */
  readonly number: number
  /** How many times the rota has begun. */
  readonly round: number
  /** Undefined: everybody at the desk. */
  readonly agentId?: string | undefined
  readonly dueAt: Instant
}

/** The urgent ticket of an incident: requested, linked, or not available. */
export type IncidentTicket = {
  readonly ticketId: string
  /** The customer for whom it is opened, with their plan; without it, the ticket already existed. */
  readonly opens?: (AffectedCustomer & { readonly plan?: string | undefined }) | undefined
  readonly state: 'pending' | 'linked' | 'refused'
  readonly reason?: string | undefined
}

/** A technician on the way to the site, or there. */
export type Technician = {
  readonly person: Person
  readonly site?: string | undefined
  readonly dispatchedAt: Instant
  readonly arrivedAt?: Instant | undefined
}

/** A stream on which no incident has been declared. */
type NoIncident = { readonly status: 'absent' }

/** The facts of an incident that its rules need. */
export type Incident = {
  readonly status: IncidentStatus
  readonly title: string
  readonly description?: string | undefined
  readonly severity: Severity
  /** The channel by which the desk learned of it. */
  readonly channel: Channel
  readonly declaredAt: Instant
  readonly updatedAt: Instant
  readonly settings: IncidentSettings
  readonly policyVersion: string
  readonly customers: readonly AffectedCustomer[]
  readonly ticket: IncidentTicket
  /** The page that was sent last. */
  readonly page?: Page | undefined
  readonly acknowledged?: { readonly by: Person; readonly at: Instant } | undefined
  /** From when a callback is owed; undefined when none is (any more). */
  readonly callbackOwedSince?: Instant | undefined
  readonly warRoom?: { readonly place: string; readonly openedAt: Instant } | undefined
  /** From when somebody is requested on site; undefined when nobody is. */
  readonly onSiteSince?: Instant | undefined
  readonly technician?: Technician | undefined
  /** From when the next update to the customers affected is counted; undefined while there are none. */
  readonly updateCountedFrom?: Instant | undefined
  /** How many updates were posted or missed. */
  readonly updates: number
  /** When it was last reopened: duties that count from its declaration then count from here. */
  readonly reopenedAt?: Instant | undefined
  readonly resolvedAt?: Instant | undefined
  readonly postMortemAt?: Instant | undefined
  /** The duties that are overdue now. */
  readonly overdue: readonly OverdueKind[]
}

/** The state of an incident; `absent` before it is declared. */
export type IncidentState = NoIncident | Incident

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

/** An incident after its acknowledgement. */
const takenOn = ({ id, name }: Actor, at: Instant): Pick<Incident, 'status' | 'acknowledged'> => ({
  status: 'acknowledged',
  acknowledged: { by: { id, ...(name !== undefined && { name }) }, at },
})

/** Open duties of a resolved incident count again from its reopening; the post-mortem is no longer due. */
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
