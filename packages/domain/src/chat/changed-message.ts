import type { EveryField } from '../kernel/fields.ts'
import type { Instant } from '../kernel/time.ts'
import type { ChatEvent, ChatEventOf } from './events.ts'

/** A message of a chat: as it was sent, and what later events have made of it. */
export type ChatMessage = ChatEventOf<'ChatMessageSent'> & {
  /** The id of the action that the customer has chosen. */
  readonly chosen?: string | undefined
  /** When its text was last changed. */
  readonly editedAt?: Instant | undefined
  /** Since when its content is gone. */
  readonly redactedAt?: Instant | undefined
}

/** What is left of a message whose content was removed. */
type Remainder = Pick<
  ChatMessage,
  'type' | 'at' | 'by' | 'messageId' | 'kind' | 'inReplyTo' | 'article' | 'editedAt' | 'redactedAt'
>

/** What a message says, offers and carries. */
type Content = Omit<ChatMessage, keyof Remainder>

/** The content of a message after its removal. A field of a message that is neither here nor among what is left does not compile. */
export const noContent: EveryField<Content> = {
  body: '',
  attachments: undefined,
  actions: undefined,
  chosen: undefined,
  card: undefined,
  metadata: undefined,
  original: undefined,
}

/** A message without its content. */
export const withoutContent = (message: ChatMessage): ChatMessage => ({ ...message, ...noContent })

/** The fields of a message that later events change. */
export type ChatMessageChange = Partial<Content> & Pick<ChatMessage, 'editedAt' | 'redactedAt'>

/**
 * A message after an event that names it, or those fields of it that events have changed: the same object after one
 * that changes none.
 */
export function changedMessage<M extends ChatMessageChange>(message: M, event: ChatEvent): M & ChatMessageChange {
  switch (event.type) {
    case 'ChatMessageEdited':
      return { ...message, body: event.body, original: undefined, editedAt: event.at }
    case 'ChatActionChosen':
      return { ...message, chosen: event.actionId }
    case 'ChatMessageRedacted':
      return { ...message, ...noContent, redactedAt: event.at }
    default:
      return message
  }
}
