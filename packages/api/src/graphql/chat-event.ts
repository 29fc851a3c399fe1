import type { ChatEvent, EventEnvelope } from '@guichet/domain'
import { isShownInChat } from '@guichet/domain'
import type { ApiBuilder } from './builder.ts'
import type { ChatMessageView, ChatTypes, ChatWords } from './chat.ts'
import { reasonSeen } from './chat.ts'
import { internally } from './context.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** An event of a chat, with its number in what its reader is shown. */
export type NumberedChatEvent = {
  readonly chatId: string
  readonly number: number
  readonly envelope: EventEnvelope<ChatEvent>
}

/** Adds `ChatEvent`: one event of a chat, with the fields of its type; those of other types are null. */
export function addChatEventType(
  builder: ApiBuilder,
  { priority }: Vocabulary,
  { actor }: People,
  words: ChatWords,
  { agent, message }: ChatTypes,
) {
  /** A field of some types of events. */
  const of = <K extends string>({ envelope: { event } }: NumberedChatEvent, field: K) =>
    (field in event ? event[field as unknown as keyof ChatEvent] : undefined) as
      (ChatEvent extends infer E ? (E extends Readonly<Record<K, infer V>> ? V : never) : never) | undefined

  return builder.objectRef<NumberedChatEvent>('ChatEvent').implement({
    description: 'One event of a chat. Fields that its type does not have are null.',
    fields: (t) => ({
      type: t.field({
        type: words.eventType,
        description: 'The type.',
        resolve: ({ envelope }) => envelope.event.type,
      }),
      number: t.int({
        nullable: true,
        description: 'Its number in what the customer is shown, without gaps; null for an internal event.',
        resolve: ({ number, envelope }) => (isShownInChat(envelope.event) ? number : undefined),
      }),
      at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ envelope }) => envelope.event.at }),
      by: t.field({ type: actor, description: 'Who caused it.', resolve: ({ envelope }) => envelope.event.by }),
      version: t.int({
        nullable: true,
        description: 'The version of the chat after it; null for customers.',
        resolve: ({ envelope }, _, context) => internally(context, envelope.version),
      }),
      message: t.field({
        type: message,
        nullable: true,
        description: 'The message that was sent.',
        resolve: sentMessage,
      }),
      messageId: t.id({
        nullable: true,
        description: 'The message that it is about.',
        resolve: (row) => of(row, 'messageId'),
      }),
      body: t.string({
        nullable: true,
        description: 'The text of a message after a change.',
        resolve: ({ envelope: { event } }) => (event.type === 'ChatMessageEdited' ? event.body : undefined),
      }),
      actionId: t.id({
        nullable: true,
        description: 'The action that was chosen.',
        resolve: (row) => of(row, 'actionId'),
      }),
      label: t.string({ nullable: true, description: 'The text of the action.', resolve: (row) => of(row, 'label') }),
      side: t.field({
        type: words.side,
        nullable: true,
        description: 'Who received or read it.',
        resolve: (row) => of(row, 'side'),
      }),
      upTo: t.int({ nullable: true, description: 'Up to which number.', resolve: (row) => of(row, 'upTo') }),
      agent: t.field({
        type: agent,
        nullable: true,
        description: 'The agent or colleague.',
        resolve: ({ envelope: { event } }) =>
          event.type === 'ChatTransferred' ? event.to : 'agent' in event ? event.agent : undefined,
      }),
      role: t.field({
        type: words.role,
        nullable: true,
        description: 'How they take part.',
        resolve: (row) => of(row, 'role'),
      }),
      closeReason: t.field({
        type: words.closeReason,
        nullable: true,
        description: 'Why the chat was closed. Customers see `OTHER` instead of `SPAM`.',
        resolve: ({ envelope: { event } }, _, context) =>
          event.type === 'ChatClosed' ? reasonSeen(context, event.reason) : undefined,
      }),
      closesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the chat is closed unless the customer answers.',
        resolve: (row) => of(row, 'closesAt'),
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when an offer can be accepted.',
        resolve: (row) => of(row, 'expiresAt'),
      }),
      rating: t.int({ nullable: true, description: 'The rating, 1 to 5.', resolve: (row) => of(row, 'rating') }),
      ticketId: t.id({
        nullable: true,
        description: 'The ticket that the chat becomes.',
        resolve: (row) => of(row, 'ticketId'),
      }),
      priority: t.field({
        type: priority,
        nullable: true,
        description: 'The priority, at the start and after a change.',
        resolve: ({ envelope: { event } }) =>
          event.type === 'ChatPriorityChanged' ? event.to : event.type === 'ChatStarted' ? event.priority : undefined,
      }),
      reason: t.string({
        nullable: true,
        description: 'The reason, for the desk; null for customers.',
        resolve: ({ envelope: { event } }, _, context) =>
          internally(
            context,
            event.type === 'ChatClosed'
              ? event.note
              : 'reason' in event
                ? event.reason
                : 'note' in event
                  ? event.note
                  : undefined,
          ),
      }),
    }),
  })
}

export type ChatEventRef = ReturnType<typeof addChatEventType>

/** The message that an event has sent. */
function sentMessage({ number, envelope: { event } }: NumberedChatEvent): ChatMessageView | undefined {
  if (event.type !== 'ChatMessageSent') return undefined
  const { messageId: id, kind, by: author, body, at, attachments = [], actions = [], card, inReplyTo } = event
  return { id, kind, author, body, at, attachments, actions, card, inReplyTo, ...(kind !== 'note' && { number }) }
}
