import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Notification, NotificationTerms } from '../notification/notification.ts'
import { composeNotifications } from '../notification/notification.ts'
import { firstWord } from '../wording/placeholders.ts'
import type { ChatEvent } from './events.ts'
import type { ChatState } from './state.ts'

/**
 * The notifications of an event on a chat; `after` is the chat with this event. An answer that is overdue is reported to
 * the desk, for the team that it is escalated to, and to the agent who has the chat. All other events are seen in the
 * chat itself.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function chatNotifications(
  envelope: EventEnvelope<ChatEvent>,
  after: ChatState,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, stream } = envelope
  if (event.type !== 'ChatEscalated' || after.status === 'absent') return []
  const { firstName, name } = after.customer
  return composeNotifications(
    {
      kind: 'chat_overdue',
      chatId: parseStream(stream).id,
      envelope,
      people: after.assignee ? [after.assignee] : [],
      desk: { team: event.team },
      valuesIn: () => ({ firstName: firstName ?? firstWord(name) }),
    },
    terms,
  )
}
