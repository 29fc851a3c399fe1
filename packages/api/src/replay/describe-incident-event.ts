import type { IncidentEvent, IncidentEventOf, IncidentEventType, IncidentState } from '@guichet/domain'
import type { Description } from './describe-event.ts'

type Describe = { readonly [T in IncidentEventType]: (event: IncidentEventOf<T>, before: Before) => Description }
type Before = IncidentState['status']

const descriptions: Describe = {
  IncidentDeclared: ({ title, severity, customers, ticket, description }) => ({
    what: `declared “${title}”, ${severity}, ticket ${ticket.ticketId}, ${customers.length} affected`,
    said: description,
  }),
  IncidentTicketLinked: ({ ticketId }) => ({ what: `linked the ticket ${ticketId}` }),
  IncidentTicketRefused: ({ ticketId, reason }) => ({ what: `goes on without the ticket ${ticketId}`, why: reason }),
  OnCallPaged: ({ page, round, agentId, dueAt }) => ({
    what: `paged ${agentId ?? 'everybody'}, ${page}. page, round ${round}`,
    why: `to be acknowledged by ${dueAt}`,
  }),
  PageTimedOut: ({ page, agentId, dueAt }) => ({
    what: `had no answer of ${agentId ?? 'anybody'} to the ${page}. page`,
    why: `was due at ${dueAt}`,
  }),
  IncidentAcknowledged: () => ({ what: 'took it on' }),
  CustomersAffected: ({ customers }) => ({ what: `named ${customers.length} more who are affected` }),
  CallbackMade: ({ note }) => ({ what: 'called the customer back', said: note }),
  WarRoomOpened: ({ place }) => ({ what: `opened the war room: ${place}` }),
  TechnicianDispatched: ({ technician, site }) => ({
    what: `sent ${technician.name ?? technician.id}${site === undefined ? '' : ` to ${site}`}`,
  }),
  TechnicianArrived: ({ technician }) => ({ what: `noted that ${technician.name ?? technician.id} is on site` }),
  IncidentUpdatePosted: ({ message, internal }) => ({
    what: internal ? 'told the desk how things stand' : 'told everybody affected how things stand',
    said: message,
  }),
  IncidentOverdue: ({ what, since, dueAt, policyVersion, over }) => ({
    what: over ? `noted that the ${worded(what)} came too late` : `reported that the ${worded(what)} is overdue`,
    why: `was due at ${dueAt}, counted since ${since}, by ${policyVersion}`,
  }),
  IncidentResolved: ({ summary }) => ({ what: 'status → resolved', said: summary }),
  IncidentReopened: ({ reason }) => ({ what: 'reopened', why: reason }),
  PostMortemWritten: ({ body }, before) => ({
    what: before === 'closed' ? 'wrote the post-mortem anew' : 'status resolved → closed, with a post-mortem',
    said: body,
  }),
}

const worded = (what: IncidentEventOf<'IncidentOverdue'>['what']): string => what.replaceAll('_', ' ')

/** Says in words what an event changed of an incident that had a status before it. */
export function describeIncidentEvent(event: IncidentEvent, before: Before): Description {
  const describe = descriptions[event.type] as (event: IncidentEvent, before: Before) => Description
  return describe(event, before)
}
