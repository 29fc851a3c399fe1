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
import {
  answerDueAt,
  defaultChatPolicy,
  elapsed,
  evolveChat,
  importIdOf,
  inCallSince,
  isShownInChat,
  openCall,
} from '@guichet/domain'
import { beginningOf } from '../search/words.ts'
import type { ImportedState } from '../streams/imports.ts'
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
  /** The row of the table of answer times that counts its answers. */
  readonly slaPolicy: string
  /** When it last changed in a way that its customer is shown. */
  readonly publicUpdatedAt: Instant
  /** When an agent first took it. */
  readonly acceptedAt: Instant | undefined
  /** Since when it had waited for that. */
  readonly acceptedFrom: Instant | undefined
  /** Since when its first answer had been awaited. */
  readonly answeredFrom: Instant | undefined
  /** When the call was accepted in which its first answer came, else when that was sent. */
  readonly answerBegan?: Instant | undefined
  /** For how long it has been with agents, in milliseconds, up to when it last left one. */
  readonly handled: number
  /** As `handled`, since its start or last reopening; undefined while no agent has taken it since. */
  readonly handledLast?: number | undefined
  /** The agents who have had it, in the order in which they first took it, and for how long, as `handled`. */
  readonly holders: readonly { readonly agentId: string; readonly handled: number }[]
  /** Since when its present agent has it. */
  readonly agentSince?: Instant | undefined
  /** The agent who gave the first answer. */
  readonly answeredBy?: string | undefined
  /** The agent whose chat it was at the end that was last rated; undefined if it was nobody's. */
  readonly ratedAgent?: string | undefined
  /** Whose chat it was when the answer of a wait fell due, once it has; undefined if it was nobody's. */
  readonly missedBy?: { readonly cycle: number; readonly agentId: string | undefined } | undefined
  /** Whether a service has closed it as solved, and nobody has reopened it. */
  readonly solvedByService: boolean
  readonly publicMessages: number
  readonly lastMessage: LastMessage | undefined
  readonly lastPublicMessage: LastMessage | undefined
  /** The numbers of the last messages that each side was sent and has not read. */
  readonly unread: Readonly<Record<ChatSide, readonly number[]>>
}

/**
 * The state of a chat for all read models: its history is folded once for all of them. It lacks the messages, which rows of their own
 * hold, so that it takes the same memory however long the chat is.
 */
export type ChatFacts = ImportedState<ChatState> & { readonly marks: ChatMarks | undefined }

/** The marks of a chat in which nothing has happened since it was last shown to change. */
export const emptyMarks = (publicUpdatedAt: Instant): ChatMarks => ({
  context: undefined,
  slaPolicy: defaultChatPolicy,
  publicUpdatedAt,
  acceptedAt: undefined,
  acceptedFrom: undefined,
  answeredFrom: undefined,
  handled: 0,
  holders: [],
  solvedByService: false,
  publicMessages: 0,
  lastMessage: undefined,
  lastPublicMessage: undefined,
  unread: { customer: [], desk: [] },
})

/** The folding of chats that all read models of a process share. */
export type ChatFolding = StreamFolding<ChatEvent, ChatFacts>

/** A stream on which no chat was started. */
export const noChatFacts: ChatFacts = { state: { status: 'absent' }, importedBy: undefined, marks: undefined }

/**
 * Folds chats for every read model that needs their state.
 * @param cachedChats the most chats that are cached for each connection.
 */
export const createChatFolding = (cachedChats = 10_000): ChatFolding =>
  createStreamFolding<ChatEvent, ChatFacts>(
    { category: 'chat', initial: noChatFacts, evolve: evolveChatFacts },
    { streams: cachedChats },
  )

/** The facts of a chat after one more event. */
export function evolveChatFacts(
  { state: before, marks }: ChatFacts,
  { event, correlationId }: EventEnvelope<ChatEvent>,
): ChatFacts {
  const state = evolveChat(before, event)
  const importedBy = importIdOf(correlationId)
  if (state.status === 'absent') return { state, importedBy, marks: undefined }
  return { state: { ...state, messages: {} }, importedBy, marks: evolveMarks(marks, event, before, state) }
}

function evolveMarks(marks: ChatMarks | undefined, event: ChatEvent, before: ChatState, after: Chat): ChatMarks {
  if (event.type === 'ChatStarted' || !marks || before.status === 'absent') {
    return {
      ...emptyMarks(event.at),
      ...(event.type === 'ChatStarted' && { context: event.context, slaPolicy: event.slaPolicy || defaultChatPolicy }),
    }
  }
  return {
    ...marks,
    ...(isShownInChat(event) && { publicUpdatedAt: event.at }),
    ...agentMarks(marks, event, before, after),
    ...holderMarks(marks, event, before, after),
    ...missedMarks(marks, event, before),
    ...(event.type === 'ChatRated' && { ratedAgent: after.assignee?.id }),
    ...(before.status !== after.status && { solvedByService: isSolution(event) }),
    ...messageMarks(marks, event),
    unread: unreadAfter(marks, event, before, after),
  }
}

/** A side is not shown its own messages as unread; what it has read, the rules of the chat decide. */
function unreadAfter({ unread }: ChatMarks, event: ChatEvent, before: Chat, after: Chat): ChatMarks['unread'] {
  const isMessage = event.type === 'ChatMessageSent' && event.kind !== 'note'
  if (!isMessage && before.read === after.read) return unread
  const to = isMessage ? (event.by.kind === 'customer' ? 'desk' : 'customer') : undefined
  const of = (side: ChatSide): readonly number[] => {
    const sent = side === to ? [...unread[side], after.lastNumber].slice(-mostUnread) : unread[side]
    const read = after.read[side]
    return (sent[0] ?? Infinity) > read ? sent : sent.filter((number) => number > read)
  }
  return { customer: of('customer'), desk: of('desk') }
}

const isSolution = (event: ChatEvent): boolean =>
  event.type === 'ChatClosed' && event.reason === 'solved' && event.by.kind === 'system'

/** A transfer keeps a chat with agents; the end of the chat and its way back into the queue do not. */
function agentMarks(marks: ChatMarks, { type, at, by }: ChatEvent, before: Chat, after: Chat): Partial<ChatMarks> {
  const left = before.status === 'active' && after.status !== 'active' && before.joinedAt !== undefined
  const took = left ? Math.max(0, elapsed(before.joinedAt, at)) : 0
  return {
    ...(type === 'ChatAccepted' &&
      marks.acceptedAt === undefined && { acceptedAt: at, acceptedFrom: before.queuedSince }),
    ...(before.answeredAt === undefined &&
      after.answeredAt !== undefined && {
        answeredFrom: before.awaitedReply.since,
        answerBegan: inCallSince(before) ?? at,
        answeredBy: type === 'ChatCallStarted' ? openCall(after)?.agent?.id : by.id,
      }),
    ...(type === 'ChatAccepted' && { handledLast: marks.handledLast ?? 0 }),
    ...(type === 'ChatReopened' && { handledLast: undefined }),
    ...(left && { handled: marks.handled + took, handledLast: (marks.handledLast ?? 0) + took }),
  }
}

/** For how long each agent has had the chat, counted whenever its agent changes. */
function holderMarks(marks: ChatMarks, { at }: ChatEvent, before: Chat, after: Chat): Partial<ChatMarks> {
  const [had, has] = [holderOf(before), holderOf(after)]
  if (had === has) return {}
  const took = Math.max(0, elapsed(marks.agentSince ?? at, at))
  const holders = marks.holders.map((each) => (each.agentId === had ? { ...each, handled: each.handled + took } : each))
  const isNew = has !== undefined && holders.every(({ agentId }) => agentId !== has)
  return {
    holders: isNew ? [...holders, { agentId: has, handled: 0 }] : holders,
    agentSince: has === undefined ? undefined : at,
  }
}

/** An answer falls due between two events: it is missed by whoever had the chat before the second. */
function missedMarks({ missedBy }: ChatMarks, { at }: ChatEvent, before: Chat): Partial<ChatMarks> {
  const { cycle } = before.awaitedReply
  const dueAt = answerDueAt(before)
  if (dueAt === undefined || missedBy?.cycle === cycle || (inCallSince(before) ?? at) < dueAt) return {}
  return { missedBy: { cycle, agentId: before.assignee?.id } }
}

const holderOf = ({ status, assignee }: Chat): string | undefined => (status === 'active' ? assignee?.id : undefined)

function messageMarks(marks: ChatMarks, event: ChatEvent): Partial<ChatMarks> {
  switch (event.type) {
    case 'ChatMessageSent': {
      const { messageId, kind, by, at, attachments = [] } = event
      const last = { messageId, kind, by, at, text: cut(event.body), attachments: attachments.length, redacted: false }
      if (kind === 'note') return { lastMessage: last }
      return {
        lastMessage: last,
        lastPublicMessage: last,
        publicMessages: marks.publicMessages + 1,
      }
    }
    case 'ChatMessageEdited':
      return changedLast(marks, event.messageId, { text: cut(event.body) })
    case 'ChatMessageRedacted':
      return changedLast(marks, event.messageId, { text: '', attachments: 0, redacted: true })
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
const cut = (text: string): string => beginningOf(text, mostPreviewed)
