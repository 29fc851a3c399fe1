import type { Instant, Notification, Position, Recipient, TermsTimeline } from '@guichet/domain'
import { notificationsFor, termsAt } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { TicketStep } from '../tickets/ticket-states.ts'
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

/**
 * Decides event by event, in global order, who is told: a preference holds for what happens after it was stated.
 * `recipients` moves along.
 */
export function tell(
  events: readonly RecordedEvent[],
  steps: readonly TicketStep[],
  recipients: Recipients,
  timeline: TermsTimeline,
): Told {
  const stepOf = new Map(steps.map((step) => [step.envelope.id, step]))
  const changed = new Set<string>()
  const notifications = events.flatMap((recorded) => {
    const stated = recipientEventOf(recorded)
    if (stated) {
      evolveRecipients(recipients, stated.id, stated.event)
      changed.add(stated.id)
      return []
    }
    const step = stepOf.get(recorded.id)
    if (!step) return []
    const { envelope, before, after } = step
    const told = notificationsFor(envelope, before, after, {
      ...termsAt(timeline, envelope.event.at),
      recipientOf: (userId) => recipients.get(userId),
    })
    const { position, recordedAt } = envelope
    return told.map((notification) => ({ ...notification, position, recordedAt }))
  })
  return {
    notifications,
    changed: [...recipients].filter(([id]) => changed.has(id)),
  }
}
