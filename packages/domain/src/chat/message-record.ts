import type { Actor } from '../kernel/actor.ts'
import type { Distinction } from '../kernel/fields.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { ChatEventData, ChatEventOf } from './events.ts'
import type { ChatMessageKind } from './vocabulary.ts'

/** A message of a chat: what its rules need of it. */
export type ChatMessageRecord = {
  readonly id: string
  /** Distinguishes its first content from another message under its id. */
  readonly fingerprint: string
  readonly kind: ChatMessageKind
  readonly by: Pick<Actor, 'kind' | 'id'>
  /** Its number in what the customer is shown; 0 for a note. */
  readonly number: number
  /** The fingerprint of its text, if that was changed. */
  readonly edited?: string
  readonly redacted?: true
  readonly actions?: ChatEventData<'ChatMessageSent'>['actions']
  /** Who had the chat when it offered a transfer. */
  readonly offeredUnder?: string
  /** The action that the customer has chosen. */
  readonly chosen?: string
}

/** The content of a message; a file is the same file whatever else is known of it. */
type Content = Pick<ChatEventOf<'ChatMessageSent'>, 'by'> &
  Omit<ChatEventData<'ChatMessageSent'>, 'attachments'> & {
    readonly attachments?: readonly { readonly fileId: string }[] | undefined
  }

/** What a chat keeps of a message: a few words, however long its text is. */
export const messageRecordOf = (
  message: ChatEventOf<'ChatMessageSent'>,
  number: number,
  assignee: string | undefined,
): ChatMessageRecord => ({
  id: message.messageId,
  fingerprint: contentFingerprint(message),
  kind: message.kind,
  by: { kind: message.by.kind, id: message.by.id },
  number,
  ...(message.actions && { actions: message.actions }),
  ...(assignee !== undefined && message.actions?.some(({ transferTo }) => transferTo) && { offeredUnder: assignee }),
})

/** Whether a message is the known one of its id: same sender and content. All that a chat's customer sends is theirs. */
export const isSameMessage = (message: ChatMessageRecord, content: Content): boolean =>
  message.fingerprint === contentFingerprint(content)

/**
 * Whether a message was sent by somebody. A chat has one customer, who may have had another id then: before a merge, or as a
 * visitor.
 */
export const isBy = (message: ChatMessageRecord, { kind, id }: Pick<Actor, 'kind' | 'id'>): boolean =>
  message.by.kind === kind && (kind === 'customer' || message.by.id === id)

/** A field that a message does not have counts for nothing: a new one changes the fingerprint of no older message. */
function contentFingerprint({
  by,
  kind,
  body,
  attachments,
  actions,
  card,
  metadata,
  inReplyTo,
  article,
  original,
}: Content): string {
  const distinction: Distinction<Content, 'messageId'> = {
    by: { kind: by.kind, id: by.kind === 'customer' ? undefined : by.id },
    kind,
    body,
    attachments: attachments?.map(({ fileId }) => fileId),
    actions,
    card,
    metadata,
    inReplyTo,
    article,
    original,
  }
  return fingerprintOf(distinction).slice(0, 16)
}
