import type {
  Desk,
  EventEnvelope,
  Incident,
  IncidentEvent,
  IncidentEventOf,
  IncidentEventType,
  IncidentState,
} from '@guichet/domain'
import { evolveIncident, incidentDeadlines, streamName } from '@guichet/domain'
import type { Description, Entry } from './describe-event.ts'
import { printEntries, printFacts } from './print-replay.ts'

/** An incident's history, and how it stands. */
type IncidentReplay = {
  readonly incidentId: string
  readonly entries: readonly Entry<IncidentEventType>[]
  readonly incident: Incident
  /** What falls due on it, the first first. */
  readonly deadlines: ReturnType<typeof incidentDeadlines>
}

/** Tells the history of an incident; undefined when there is none under the id. */
export async function replayIncident(desk: Desk, incidentId: string): Promise<IncidentReplay | undefined> {
  const { state } = await desk.read('incident', incidentId)
  if (state.status === 'absent') return undefined
  const history = await desk.store.readStream(streamName('incident', incidentId))
  let before: IncidentState = { status: 'absent' }
  const entries = (history as readonly EventEnvelope<IncidentEvent>[]).map(({ event, version }) => {
    const { type, at, by, ...data } = event
    const told = describeIncidentEvent(event, before.status)
    before = evolveIncident(before, event)
    return { version, at, type, by, data, shows: [], ...told }
  })
  return { incidentId, entries, incident: state, deadlines: incidentDeadlines(state) }
}

/** An incident's history as lines for people, times in UTC. */
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
function describeIncidentEvent(event: IncidentEvent, before: Before): Description {
  const describe = descriptions[event.type] as (event: IncidentEvent, before: Before) => Description
  return describe(event, before)
}
