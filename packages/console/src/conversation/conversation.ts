import type {
  Action,
  Actor,
  Attachment,
  Call,
  Card,
  Chat,
  ChatChange,
  ChatEvent,
  MessagePage,
  SentMessage,
} from '../connection/documents.ts'

/** A message as it stands, with what was changed since it was sent. */
export type Message = {
  readonly is: 'message'
  readonly id: string
  /** Its number in what the customer is shown; none for a note. */
  readonly number?: number
  readonly kind: string
  readonly by: Actor
  readonly at: string
  body: string
  attachments: readonly Attachment[]
  readonly actions: readonly Action[]
  readonly card: Card | null
  chosen?: string
  edited?: true
  redacted?: true
}

/** Something that happened between the messages. */
type Notice = {
  readonly is: 'notice'
  readonly id: string
  readonly what: NoticeKind
  readonly name?: string
  readonly at: string
}

/** What both sides are shown in a line of its own. */
const notices = {
  CHAT_ACCEPTED: 'accepted',
  CHAT_TRANSFERRED: 'transferred',
  CHAT_TRANSFER_ENDED: 'transferFailed',
  CHAT_REQUEUED: 'requeued',
  CHAT_PARTICIPANT_JOINED: 'joined',
  CHAT_PARTICIPANT_LEFT: 'left',
  CHAT_INACTIVITY_WARNED: 'warned',
  CHAT_CLOSED: 'closed',
  CHAT_REOPENED: 'reopened',
  CHAT_CONVERTED: 'converted',
} as const

/** What a notice says, by the name of its words. */
export type NoticeKind = (typeof notices)[keyof typeof notices] | 'transferEnded'

/** What a conversation shows, one under the other. */
export type Entry = Message | Notice

/** A chat as its page knows it, folded from the events that it received. */
export type Conversation = {
  chat: Chat
  /** Its latest calls, the last one last. */
  calls: readonly Call[]
  /** In the order of the chat, each message once. Another list when the page has begun anew. */
  entries: Entry[]
  messages: Map<string, Message>
  /** Whether the chat has earlier messages, which are not shown; unknown until there is an event with a number. */
  hasEarlier?: boolean
  /** The cursor of `Chat.messages` before which they are read next; without one, from the last message on. */
  earlierBefore?: string
  /** Where to go on after a lost connection. */
  cursor?: string
  /** Whether the history at the beginning has been received: what follows is news. */
  caughtUp: boolean
}

/** An empty conversation of a chat. */
export function conversationOf(chat: Chat): Conversation {
  return { chat, calls: [], entries: [], messages: new Map(), caughtUp: chat.lastNumber === 0 }
}

/** Empties a conversation, to begin again with the last events: what it shows may have been changed unseen. */
export function beginAnew(conversation: Conversation): void {
  conversation.entries = []
  conversation.messages = new Map()
  conversation.caughtUp = false
  delete conversation.cursor
  delete conversation.hasEarlier
  delete conversation.earlierBefore
}

/**
 * Adds what was received next. What is known already changes nothing. After a gap, of which the events are not given, all
 * that was shown before is dropped: a message in it may have been removed since.
 */
export function addChange(conversation: Conversation, { cursor, truncated, event, chat }: ChatChange): void {
  if (truncated) beginAnew(conversation)
  if (truncated || event.number !== null) conversation.hasEarlier ??= truncated || event.number !== 1
  conversation.cursor = cursor
  if (chat && chat.lastNumber >= conversation.chat.lastNumber) {
    conversation.chat = chat
    conversation.calls = chat.calls
  }
  if (event.message) addMessage(conversation, event, event.message)
  else change(conversation, event, cursor)
  if ((event.number ?? 0) >= conversation.chat.lastNumber) conversation.caughtUp = true
}

/**
 * Puts the messages of the next page of earlier ones before the others, except those that are known already. Returns how
 * many were added.
 */
export function addEarlier(conversation: Conversation, { nodes, pageInfo }: MessagePage): number {
  const { entries, messages } = conversation
  // What follows a known message is known too, or is received in its turn.
  const index = nodes.findIndex(({ messageId }) => messages.has(messageId))
  const added = (index < 0 ? nodes : nodes.slice(0, index)).map(earlierMessage)
  for (const message of added) messages.set(message.id, message)
  entries.unshift(...added)
  conversation.hasEarlier = pageInfo.hasPreviousPage
  if (pageInfo.startCursor !== null) conversation.earlierBefore = pageInfo.startCursor
  return added.length
}

const earlierMessage = ({ messageId, number, kind, by, at, body, ...sent }: SentMessage): Message => ({
  is: 'message',
  id: messageId,
  ...(number !== null && { number }),
  kind,
  by,
  at,
  body: sent.redactedAt === null ? body : '',
  attachments: sent.redactedAt === null ? sent.attachments : [],
  actions: sent.actions,
  card: sent.card,
  ...(sent.chosen !== null && { chosen: sent.chosen }),
  ...(sent.editedAt !== null && { edited: true }),
  ...(sent.redactedAt !== null && { redacted: true }),
})

function addMessage(
  { entries, messages }: Conversation,
  event: ChatEvent,
  sent: NonNullable<ChatEvent['message']>,
): void {
  if (messages.has(sent.messageId)) return
  const message: Message = {
    is: 'message',
    id: sent.messageId,
    ...(event.number !== null && { number: event.number }),
    kind: sent.kind,
    by: event.by,
    at: event.at,
    body: sent.body,
    attachments: sent.attachments,
    actions: sent.actions,
    card: sent.card,
  }
  messages.set(message.id, message)
  entries.push(message)
}

function change({ entries, messages }: Conversation, event: ChatEvent, cursor: string): void {
  const message = event.messageId === null ? undefined : messages.get(event.messageId)
  if (message && event.type === 'CHAT_MESSAGE_EDITED') {
    message.body = event.body ?? ''
    message.edited = true
  }
  if (message && event.type === 'CHAT_MESSAGE_REDACTED') {
    message.body = ''
    message.attachments = []
    message.redacted = true
  }
  if (message && event.type === 'CHAT_ACTION_CHOSEN' && event.actionId !== null) message.chosen = event.actionId
  // The end of a transfer that the customer did not ask for has no number: it is shown to the desk alone.
  const isForTheDesk = event.type === 'CHAT_TRANSFER_ENDED' && event.number === null
  const what = isForTheDesk ? 'transferEnded' : (notices as Readonly<Record<string, NoticeKind>>)[event.type]
  if (what === undefined || entries.some(({ id }) => id === cursor)) return
  const name = isForTheDesk ? event.reason : (event.agent?.name ?? event.by.name)
  entries.push({ is: 'notice', id: cursor, what, ...(name !== null && { name }), at: event.at })
}

/** The number of the last message of the other side, up to which this side can have read. */
export function lastOfOthers({ entries }: Conversation, isOwn: (by: Actor) => boolean): number {
  for (const entry of entries.toReversed()) {
    if (entry.is === 'message' && entry.number !== undefined && !isOwn(entry.by)) return entry.number
  }
  return 0
}

/** How many messages of the desk the customer has not read, nor seen up to the number `seen`. */
export function unreadCount({ chat, entries }: Conversation, isOwn: (by: Actor) => boolean, seen: number): number {
  const read = Math.max(chat.read.customer, seen)
  return entries.filter((entry) => entry.is === 'message' && (entry.number ?? 0) > read && !isOwn(entry.by)).length
}

/** Whether a message is the one that its sender gave an id to: the server adds to it what makes it theirs. */
export const isMessage = (id: string, chosen: string): boolean => id === chosen || id.startsWith(`${chosen}#`)
