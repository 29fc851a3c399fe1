import type { ChatEvent } from '../chat/events.ts'
import { importIdOf } from '../history-import.ts'
import { isOfCategory } from '../history.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { DraftEvent } from '../proactive/draft-catalogue.ts'
import { momentOf } from './notification.ts'

/** The events of chats and of drafts that notify somebody: one of each. */
const notifying = { chat: 'ChatEscalated', draft: 'TroubleSuspected' } as const satisfies {
  readonly chat: ChatEvent['type']
  readonly draft: DraftEvent['type']
}

/**
 * Whether an event may notify anybody, by its stream and its type alone; false for imported history. Whom it notifies
 * follows from the state of its stream, and for an incident also whether it does at all.
 */
export function mayNotify(envelope: EventEnvelope): boolean {
  if (importIdOf(envelope.correlationId) !== undefined) return false
  if (isOfCategory(envelope, 'ticket')) return momentOf(envelope.event) !== undefined
  const { stream, event } = envelope
  switch (parseStream(stream).category) {
    case 'chat':
      return event.type === notifying.chat
    case 'draft':
      return event.type === notifying.draft
    case 'incident':
    case 'teamAlert':
      return true
    default:
      return false
  }
}
