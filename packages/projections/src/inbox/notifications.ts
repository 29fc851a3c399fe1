import type { Instant, Notification, NotificationTerms, Position, Recipient, TermsTimeline } from '@guichet/domain'
import { incidentNotifications, notificationsFor, parseStream, termsAt } from '@guichet/domain'
import type { IncidentStep } from '../incidents/incident-states.ts'
import type { RecordedEvent } from '../runner/projection.ts'
import type { TicketStep } from '../tickets/write-tickets.ts'
import type { Recipients } from './recipients.ts'
import { evolveRecipients, recipientEventOf } from './recipients.ts'

/** With the position of the event that it tells of, and when that event was recorded. */
export type Placed<T> = T & { readonly position: Position; readonly recordedAt: Instant }

export type Told = {
  /** In global order. */
  readonly notifications: readonly Placed<Notification>[]
  /** The users whose preferences the batch has changed, as they are at its end. */
  readonly changed: readonly (readonly [string, Recipient])[]
}

/** Events in a row that are told of under one timeline. */
export type ToldTogether = { readonly events: readonly RecordedEvent[]; readonly timeline: TermsTimeline }

/**
 * Decides event by event, in global order, who is told: a preference holds for what happens after it was stated.
 * `recipients` moves along.
 */
export function tell(
  parts: readonly ToldTogether[],
  steps: readonly (TicketStep | IncidentStep)[],
  recipients: Recipients,
): Told {
  const stepOf = new Map<string, TicketStep | IncidentStep>(steps.map((step) => [step.envelope.id, step]))
  const changed = new Set<string>()
  const toldOf = (recorded: RecordedEvent, timeline: TermsTimeline): readonly Placed<Notification>[] => {
    const stated = recipientEventOf(recorded)
    if (stated) {
      evolveRecipients(recipients, stated.id, stated.event)
      changed.add(stated.id)
      return []
    }
    const step = stepOf.get(recorded.id)
    if (!step) return []
    const { position, recordedAt } = recorded
    const terms = termsAt(timeline, recorded.event.at)
    const told = toldBy(step, { ...terms, recipientOf: (userId) => recipients.get(userId) })
    return told.map((notification) => ({ ...notification, position, recordedAt }))
  }
  return {
    notifications: parts.flatMap(({ events, timeline }) => events.flatMap((recorded) => toldOf(recorded, timeline))),
    changed: [...recipients].filter(([id]) => changed.has(id)),
  }
}

function toldBy(step: TicketStep | IncidentStep, terms: NotificationTerms): readonly Notification[] {
  if (parseStream(step.envelope.stream).category === 'incident') {
    const { envelope, after } = step as IncidentStep
    return incidentNotifications(envelope, after, terms)
  }
  const { envelope, before, after } = step as TicketStep
  return notificationsFor(envelope, before, after, terms)
}
