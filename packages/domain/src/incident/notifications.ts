import { importIdOf } from '../history-import.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Addressee, Notification, NotificationTerms } from '../notification/notification.ts'
import { channelsByPreference, composeNotifications } from '../notification/notification.ts'
import type { NotificationKind } from '../wording/wording.ts'
import type { IncidentEvent } from './events.ts'
import type { IncidentState } from './state.ts'

/** The recipients of an event on an incident, before their preferences are applied. */
export type IncidentNotice = {
  readonly kind: NotificationKind
  readonly people: readonly Addressee[]
  /** Whether everybody at the desk is notified as well. */
  readonly desk: boolean
}

/**
 * The recipients of an event on an incident. A page: its agents on call, or the desk when nobody is. A callback, the
 * war room and the post-mortem: the agents on call, or the desk when nobody is, and the agent who has acknowledged the
 * incident. An overdue duty that is not made up for: that agent, or the desk before there is one. A technician's
 * arrival: that agent. A dispatch: the technician. Public updates, the end and a reopening: the affected customers.
 * Briefed users receive all of these. Undefined when nobody is notified, as for imported history.
 */
export function incidentNotice(
  { event, correlationId }: Pick<EventEnvelope<IncidentEvent>, 'event' | 'correlationId'>,
  incident: IncidentState,
): IncidentNotice | undefined {
  if (incident.status === 'absent' || importIdOf(correlationId) !== undefined) return undefined
  const { settings, customers, acknowledged } = incident
  const { briefed, rota } = settings
  const lead = acknowledged && (rota.find(({ id }) => id === acknowledged.by.id) ?? acknowledged.by)
  const leading = lead ? [lead] : []
  /**
   * The crew of the incident: the agents on call, or the desk when nobody is, and the agent who has acknowledged it.
   */
  const crew = { people: [...rota, ...leading, ...briefed], desk: rota.length === 0 }
  switch (event.type) {
    case 'IncidentDeclared':
      return { kind: 'incident_declared', people: briefed, desk: false }
    case 'OnCallPaged': {
      const paged = rota.filter(({ id }) => event.agentId === undefined || id === event.agentId)
      return { kind: 'incident_paged', people: paged, desk: event.agentId === undefined }
    }
    case 'IncidentAcknowledged':
      return { kind: 'incident_acknowledged', people: briefed, desk: false }
    case 'IncidentUpdatePosted':
      return event.internal
        ? { kind: 'incident_briefing', people: briefed, desk: false }
        : { kind: 'incident_update', people: [...customers, ...briefed], desk: false }
    case 'IncidentOverdue':
      return event.over
        ? undefined
        : { kind: 'incident_overdue', people: [...leading, ...briefed], desk: lead === undefined }
    case 'CallbackMade':
      return { kind: 'incident_callback', ...crew }
    case 'WarRoomOpened':
      return { kind: 'incident_war_room', ...crew }
    case 'TechnicianDispatched':
      return { kind: 'incident_technician', people: [event.technician, ...briefed], desk: false }
    case 'TechnicianArrived':
      return { kind: 'incident_on_site', people: [...leading, ...briefed], desk: false }
    case 'PostMortemWritten':
      return { kind: 'incident_post_mortem', ...crew }
    case 'IncidentResolved':
      return { kind: 'incident_resolved', people: [...customers, ...briefed], desk: false }
    case 'IncidentReopened':
      return { kind: 'incident_reopened', people: [...customers, ...briefed], desk: false }
    default:
      return undefined
  }
}

/**
 * The notifications of an event on an incident; `after` is the incident with this event. A page is sent on every
 * channel, whatever the agent prefers; all others follow their recipients' preferences. Nobody is notified of their own
 * actions. The texts are in the language that a recipient chose, else in the customer's, else in the desk's own.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function incidentNotifications(
  envelope: EventEnvelope<IncidentEvent>,
  after: IncidentState,
  terms: NotificationTerms,
): readonly Notification[] {
  const notice = incidentNotice(envelope, after)
  if (notice === undefined || after.status === 'absent') return []
  const { event, stream } = envelope
  const { kind, desk } = notice
  return composeNotifications(
    {
      kind,
      ticketId: after.ticket.ticketId,
      incidentId: parseStream(stream).id,
      envelope,
      people: [...new Map(notice.people.toReversed().map((person) => [person.id, person])).values()].toReversed(),
      desk: desk ? {} : undefined,
      channels: kind === 'incident_paged' ? channelsByPreference.both : undefined,
      valuesIn: (words) => ({
        subject: after.title,
        ...(event.type === 'IncidentUpdatePosted' && { news: event.message }),
        ...(event.type === 'WarRoomOpened' && { news: event.place }),
        ...(event.type === 'TechnicianDispatched' && event.site !== undefined && { news: event.site }),
        ...(event.type === 'IncidentOverdue' && { debt: words.incidentDebts[event.what] }),
      }),
    },
    terms,
  )
}
