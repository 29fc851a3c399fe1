import { importIdOf } from '../history-import/correlation.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { NotificationChannels } from '../notification/channels.ts'
import { channelsByPreference } from '../notification/channels.ts'
import { notificationKinds } from '../notification/moment.ts'
import type { Notification, NotificationTerms } from '../notification/notifications-for.ts'
import { deskRecipient } from '../notification/notifications-for.ts'
import { recipientAggregate } from '../recipient/recipient.ts'
import type { Person } from '../ticket/vocabulary.ts'
import { renderVariants } from '../wording/render.ts'
import type { NotificationKind, PlaceholderKey, Variants } from '../wording/wording.ts'
import { languageFor, wordingFor } from '../wording/wording.ts'
import type { IncidentEvent } from './events.ts'
import type { Incident, IncidentState } from './state.ts'

type Told = Person & { readonly language?: string | undefined }

/** Who is told of an event on an incident, before anybody's wishes are asked. */
export type ToldOfIncident = {
  readonly kind: NotificationKind
  readonly people: readonly Told[]
  /** Whether everybody at the desk is told as well. */
  readonly desk: boolean
}

/**
 * Who is told of an event on an incident: customers of what is for them, whoever is on call of their page and of what is
 * overdue, those who are briefed of all that. Undefined for what nobody is told of, such as imported history.
 */
export function toldOfIncident(
  { event, correlationId }: Pick<EventEnvelope<IncidentEvent>, 'event' | 'correlationId'>,
  incident: IncidentState,
): ToldOfIncident | undefined {
  if (incident.status === 'absent' || importIdOf(correlationId) !== undefined) return undefined
  const { settings, customers, acknowledged } = incident
  const { briefed, rota } = settings
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
    case 'IncidentOverdue': {
      const lead = acknowledged && (rota.find(({ id }) => id === acknowledged.by.id) ?? acknowledged.by)
      return { kind: 'incident_overdue', people: [...(lead ? [lead] : []), ...briefed], desk: lead === undefined }
    }
    case 'IncidentResolved':
      return { kind: 'incident_resolved', people: [...customers, ...briefed], desk: false }
    default:
      return undefined
  }
}

/**
 * The notifications of an event on an incident; `after` is the incident with this very event. A page goes out on every channel,
 * whatever the agent prefers; all others keep to what their recipients prefer. Nobody is told of what they did themselves. The
 * words are in the language that a recipient chose, else in that of the customer, else in the desk's own.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function incidentNotifications(
  envelope: EventEnvelope<IncidentEvent>,
  after: IncidentState,
  terms: NotificationTerms,
): readonly Notification[] {
  const told = toldOfIncident(envelope, after)
  if (told === undefined || after.status === 'absent') return []
  const { kind, desk } = told
  const { by } = envelope.event
  const people = [...new Map(told.people.toReversed().map((person) => [person.id, person])).values()].toReversed()
  const notifications = people
    .filter(({ id }) => by.kind === 'system' || by.id !== id)
    .flatMap(({ id, email, language }): Notification[] => {
      const recipient = terms.recipientOf(id) ?? recipientAggregate.initial
      const channels: NotificationChannels =
        kind === 'incident_paged' ? channelsByPreference.both : channelsByPreference[recipient.preference]
      if (!channels.web && !channels.email && !channels.push) return []
      const words = worded(kind, envelope, after, recipient.language ?? language, terms)
      return [{ ...words, id: `${envelope.id}:${id}`, recipientId: id, address: email, team: undefined, channels }]
    })
  if (!desk) return notifications
  const toDesk: Notification = {
    ...worded(kind, envelope, after, undefined, terms),
    id: `${envelope.id}:${deskRecipient}`,
    recipientId: undefined,
    address: undefined,
    team: undefined,
    channels: channelsByPreference.web_only,
  }
  return [...notifications, toDesk]
}

function worded(
  kind: NotificationKind,
  { event, stream }: EventEnvelope<IncidentEvent>,
  { title: subject, ticket }: Incident,
  wanted: string | undefined,
  { policy, wording }: NotificationTerms,
): Omit<Notification, 'id' | 'recipientId' | 'address' | 'team' | 'channels'> {
  const language = languageFor(wording, wanted ?? policy.defaultLanguage, policy.defaultLanguage)
  const words = wordingFor(wording, language, policy.defaultLanguage)
  const known: Partial<Record<PlaceholderKey, string>> = {
    subject,
    signature: policy.signature,
    ...(event.type === 'IncidentUpdatePosted' && { news: event.message }),
    ...(event.type === 'IncidentOverdue' && { debt: words.incidentDebts[event.what] }),
  }
  const say = (variants: Variants): string => {
    const said = renderVariants(variants, words, { known })
    if (!said.ok) throw new RangeError(`notification ${kind}: ${said.refusal.message}`)
    return said.value
  }
  const { title, message } = words.notifications[kind]
  return {
    ticketId: ticket.ticketId,
    incidentId: parseStream(stream).id,
    kind,
    level: notificationKinds[kind].level,
    title: say(title),
    message: say(message),
    language,
    at: event.at,
  }
}
