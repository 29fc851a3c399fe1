import type { Actor } from '../kernel/actor.ts'
import type { Distinction } from '../kernel/fields.ts'
import { fingerprintOf, hash128 } from '../kernel/fingerprint.ts'
import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'
import type { Instant } from '../kernel/time.ts'
import type { TicketEventData, TicketEventOf } from './events.ts'

/**
 * A message of a ticket: its content's fingerprint, which distinguishes it from another one under its id, and whether
 * customers never see it.
 */
export type MessageRecord = {
  readonly id: string
  readonly print: string
  readonly internal: boolean
  /** Whether the ticket's customer wrote it. */
  readonly asked: boolean
  /** The status that the desk's reply led to. */
  readonly then?: AgentReplied['then']
  /** The hash of what is left of its text, once content was removed. */
  readonly redacted?: string
}

type AgentReplied = TicketEventData<'AgentReplied'>

/** The messages of a ticket by id. */
export type Messages = IdTrie<MessageRecord>

/** A ticket without messages. */
export const noMessages: Messages = {}

/** A message under its id, to which attachments can refer; the kind is the type of its event. */
export type MessageContent = { readonly type: string; readonly by: Actor } & TicketEventData<'CustomerReplied'> &
  Partial<AgentReplied & TicketEventData<'InternalNoteAdded'>>

/** The messages with one more; an id that is already known keeps its message. */
export function withMessage(messages: Messages, message: MessageContent): Messages {
  return withItem(messages, {
    id: message.messageId,
    print: printOf(message),
    internal: message.type === 'InternalNoteAdded',
    asked: message.type === 'TicketOpened' || message.type === 'CustomerReplied',
    ...(message.then && { then: message.then }),
  })
}

/** The messages after content of one was removed; a repeat of that message is still known as one. */
export function withRedacted(
  messages: Messages,
  { messageId, body }: TicketEventOf<'TicketMessageRedacted'>,
): Messages {
  const message = messageOf(messages, messageId)
  return message ? withItem(messages, { ...message, redacted: hash128(body) }, 'replace') : messages
}

/** The message of an id, if the ticket holds it. */
export const messageOf = (messages: Messages, id: string): MessageRecord | undefined => itemOf(messages, id)

/** Whether a message equals the known one of its id. */
export function isSame(message: MessageRecord, content: MessageContent): boolean {
  return message.print === printOf(content)
}

/**
 * The fingerprint of a message, from the text that its template made; a repeat that is to lead to another status is
 * refused by itself. The text is last, since it may have several lines.
 */
function printOf({ type, by, body }: MessageContent): string {
  const distinction: Distinction<MessageContent, 'messageId' | 'template' | 'then' | 'article' | 'original'> = {
    type,
    by: `${by.kind}\n${by.id}`,
    body,
  }
  return hash128(Object.values(distinction).join('\n')).slice(0, 16)
}

/**
 * An attachment of a ticket: its fingerprint, which distinguishes it from another one under its id, and whether
 * customers never see it.
 */
export type AttachmentRecord = {
  readonly id: string
  readonly print: string
  readonly internal: boolean
  readonly messageId?: string
  /** Whether it was removed from view. */
  readonly redacted?: true
}

/** The fingerprint of an attachment: its message, its name and its content. */
export function attachmentPrint(attached: TicketEventData<'AttachmentAdded'>): string {
  const { messageId, name, mediaType, bytes, visibility } = attached
  return fingerprintOf([messageId, name, mediaType, bytes, visibility]).slice(0, 16)
}

/** What a ticket stores of an attachment. */
export const attachmentRecordOf = (attached: TicketEventData<'AttachmentAdded'>): AttachmentRecord => ({
  id: attached.attachmentId,
  print: attachmentPrint(attached),
  internal: attached.visibility === 'internal',
  ...(attached.messageId !== undefined && { messageId: attached.messageId }),
})

/** How many attempts a ticket stores, and how many characters of each. */
export const attemptLimits = { attempts: 8, line: 120 } as const

/** A message or note of the desk, as an attempt to solve the ticket: its first line. */
type Attempt = {
  readonly messageId: string
  readonly at: Instant
  readonly by: Actor
  readonly kind: 'reply' | 'note'
  readonly line: string
}

/** The attempts on a ticket: the last ones, the latest last, and how many there have been. */
export type Attempts = { readonly count: number; readonly last: readonly Attempt[] }

/** The attempts of a ticket on which nobody has worked. */
export const noAttempts: Attempts = { count: 0, last: [] }

/** The attempts with one more. */
export function withAttempt(
  { count, last }: Attempts,
  { type, at, by, body, messageId }: TicketEventOf<'AgentReplied' | 'InternalNoteAdded'>,
): Attempts {
  const kind = type === 'AgentReplied' ? 'reply' : 'note'
  return {
    count: count + 1,
    last: [...last, { messageId, at, by, kind, line: firstLine(body) } as const].slice(-attemptLimits.attempts),
  }
}

/** The attempts without the text of a message whose content was removed. */
export const withoutAttempt = ({ count, last }: Attempts, messageId: string): Attempts => ({
  count,
  last: last.map((each) => (each.messageId === messageId ? { ...each, line: '' } : each)),
})

/** The first line that is not blank, cut at a limit but not within a character. */
function firstLine(body: string): string {
  const start = Math.max(0, body.search(/\S/))
  const line =
    body
      .slice(start, start + 4 * attemptLimits.line)
      .split(/\r?\n/, 1)[0]
      ?.trimEnd() ?? ''
  if (line.length <= attemptLimits.line) return line
  return `${line.slice(0, attemptLimits.line - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
