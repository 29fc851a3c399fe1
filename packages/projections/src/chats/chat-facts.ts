import type {
  Actor,
  Chat,
  ChatEvent,
  ChatMessageKind,
  ChatSide,
  ChatState,
  EventEnvelope,
  Instant,
} from '@guichet/domain'
import { elapsed, evolveChat, importIdOf, isShownInChat } from '@guichet/domain'
import type { Imported } from '../streams/imports.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding } from '../streams/stream-folding.ts'

/** How much of the text of a last message lists show, in characters. */
const mostPreviewed = 200

/** The most messages that are counted as unread. */
const mostUnread = 1_000

/** A message in a list of chats. */
export type LastMessage = {
  readonly messageId: string
  readonly kind: ChatMessageKind
  readonly by: Actor
  /** The beginning of its text, 200 characters at most; empty once it is redacted. */
  readonly text: string
  /** The number of its files. */
  readonly attachments: number
  readonly redacted: boolean
  readonly at: Instant
}

/** What lists and figures show of a chat beyond what its rules need. */
export type ChatMarks = {
  readonly context: Readonly<Record<string, string>> | undefined
  /** When it last changed in a way that its customer is shown. */
  readonly publicUpdatedAt: Instant
  /** When an agent first took it. */
  readonly acceptedAt: Instant | undefined
  /** For how long it has been with agents, in milliseconds, up to when it last left one. */
  readonly handled: number
  readonly publicMessages: number
  readonly lastMessage: LastMessage | undefined
  readonly lastPublicMessage: LastMessage | undefined
  /** The numbers of the last messages that each side was sent and has not read. */
  readonly unread: Readonly<Record<ChatSide, readonly number[]>>
}

/** The state of a chat for all read models: its history is folded once for all of them. */
export type ChatFacts = Imported<ChatState> & { readonly marks: ChatMarks | undefined }

export type ChatFolding = StreamFolding<ChatEvent, ChatFacts>

const nothing: ChatFacts = { state: { status: 'absent' }, importedBy: undefined, marks: undefined }

/**
 * Folds chats for every read model that needs their state.
 * @param cachedChats the most chats that are cached for each connection.
 */
export const createChatFolding = (cachedChats = 10_000): ChatFolding =>
  createStreamFolding<ChatEvent, ChatFacts>(
    { category: 'chat', initial: nothing, evolve: evolveFacts },
    { streams: cachedChats, events: 250_000 },
  )

function evolveFacts(
  { state: before, marks }: ChatFacts,
  { event, correlationId }: EventEnvelope<ChatEvent>,
): ChatFacts {
  const state = evolveChat(before, event)
  const known = state.status === 'absent' ? undefined : evolveMarks(marks, event, before, state)
  return { state, importedBy: importIdOf(correlationId), marks: known }
}

function evolveMarks(marks: ChatMarks | undefined, event: ChatEvent, before: ChatState, after: Chat): ChatMarks {
  if (event.type === 'ChatStarted' || !marks || before.status === 'absent') {
    return {
      context: event.type === 'ChatStarted' ? event.context : undefined,
      publicUpdatedAt: event.at,
      acceptedAt: undefined,
      handled: 0,
      publicMessages: 0,
      lastMessage: undefined,
      lastPublicMessage: undefined,
      unread: { customer: [], desk: [] },
    }
  }
  return {
    ...marks,
    ...(isShownInChat(event) && { publicUpdatedAt: event.at }),
    ...agentMarks(marks, event, before, after),
    ...messageMarks(marks, event, after),
  }
}

/** A transfer keeps a chat with agents; the end of the chat and its way back into the queue do not. */
function agentMarks(marks: ChatMarks, { type, at }: ChatEvent, before: Chat, after: Chat): Partial<ChatMarks> {
  const left = before.status === 'active' && after.status !== 'active' && before.joinedAt !== undefined
  return {
    ...(type === 'ChatAccepted' && { acceptedAt: marks.acceptedAt ?? at }),
    ...(left && { handled: marks.handled + Math.max(0, elapsed(before.joinedAt, at)) }),
  }
}

function messageMarks(marks: ChatMarks, event: ChatEvent, { shown }: Chat): Partial<ChatMarks> {
  const { unread } = marks
  switch (event.type) {
    case 'ChatMessageSent': {
      const { messageId, kind, by, at, attachments = [] } = event
      const last = { messageId, kind, by, at, text: cut(event.body), attachments: attachments.length, redacted: false }
      if (kind === 'note') return { lastMessage: last }
      return {
        lastMessage: last,
        lastPublicMessage: last,
        publicMessages: marks.publicMessages + 1,
        unread:
          by.kind === 'customer'
            ? { customer: [], desk: [...unread.desk, shown].slice(-mostUnread) }
            : { ...unread, customer: [...unread.customer, shown].slice(-mostUnread) },
      }
    }
    case 'ChatMessageEdited':
      return changedLast(marks, event.messageId, { text: cut(event.body) })
    case 'ChatMessageRedacted':
      return changedLast(marks, event.messageId, { text: '', attachments: 0, redacted: true })
    case 'ChatMessagesRead':
      return { unread: { ...unread, [event.side]: unread[event.side].filter((number) => number > event.upTo) } }
    default:
      return {}
  }
}

function changedLast(
  { lastMessage, lastPublicMessage }: ChatMarks,
  messageId: string,
  changes: Partial<LastMessage>,
): Partial<ChatMarks> {
  return {
    ...(lastMessage?.messageId === messageId && { lastMessage: { ...lastMessage, ...changes } }),
    ...(lastPublicMessage?.messageId === messageId && { lastPublicMessage: { ...lastPublicMessage, ...changes } }),
  }
}

/** The beginning of a text, without half a character at its end. */
const cut = (text: string): string => (text.length <= mostPreviewed ? text : [...text.slice(0, mostPreviewed)].join(''))
