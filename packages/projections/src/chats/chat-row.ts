import type {
  Chat,
  ChatAgent,
  ChatChannel,
  ChatCloseReason,
  ChatEventData,
  ChatParticipant,
  ChatSide,
  ChatStatus,
  ChatTransfer,
  Customer,
  Instant,
  AwaitedReply,
  Priority,
} from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/reader.ts'
import type { Visibility } from '../visibility.ts'
import type { ChatMarks, LastMessage } from './chat-facts.ts'

/** A chat as lists and headers show it. What customers may see of it is decided field by field in the API. */
export type ChatRow = {
  readonly id: string
  /** The version of its last event in its stream. */
  readonly version: number
  readonly status: ChatStatus
  readonly customer: Customer
  /** What the visitor was doing when it began, such as the page. */
  readonly context: Readonly<Record<string, string>> | undefined
  readonly channel: ChatChannel
  readonly language: string
  readonly plan: string | undefined
  readonly priority: Priority
  readonly category: string | undefined
  readonly agent: ChatAgent | undefined
  /** A transfer that nobody has accepted yet. */
  readonly transfer: ChatTransfer | undefined
  readonly participants: readonly ChatParticipant[]
  /** The open offer. */
  readonly offer: { readonly round: number; readonly agent: ChatAgent; readonly expiresAt: Instant } | undefined
  readonly startedAt: Instant
  /** When its last event happened. */
  readonly updatedAt: Instant
  /** When it last changed in a way that its customer is shown. */
  readonly publicUpdatedAt: Instant
  /** Since when it waits in the queue; a chat that comes back keeps the place it had. */
  readonly queuedSince: Instant
  /** When an agent first took it. */
  readonly acceptedAt: Instant | undefined
  /** Since when it has had an agent without interruption. */
  readonly joinedAt: Instant | undefined
  /** When a person of the desk first answered. */
  readonly answeredAt: Instant | undefined
  readonly closedAt: Instant | undefined
  readonly closeReason: ChatCloseReason | undefined
  /** Since when the waiting customer is not connected. */
  readonly disconnectedAt: Instant | undefined
  readonly awaitedReply: Pick<AwaitedReply, 'from' | 'since' | 'overdue' | 'closesAt'>
  /** The number of messages, and of those that are no notes. */
  readonly messages: number
  readonly publicMessages: number
  readonly lastMessage: LastMessage | undefined
  /** The last message that is no note. */
  readonly lastPublicMessage: LastMessage | undefined
  /** How many messages each side was sent and has not read: 1,000 at most. */
  readonly unread: Readonly<Record<ChatSide, number>>
  /** Up to which number each side has received, and has read. */
  readonly delivered: Readonly<Record<ChatSide, number>>
  readonly read: Readonly<Record<ChatSide, number>>
  /** The number of the last item that the customer is shown. */
  readonly lastNumber: number
  readonly rating: ChatEventData<'ChatRated'> | undefined
  /** How often its transcript was sent. */
  readonly transcripts: number
  /** The ticket that it becomes; it exists once it is `linked`. */
  readonly ticket: { readonly id: string; readonly state: 'pending' | 'linked' | 'refused' } | undefined
}

/** What never changes in a chat. */
export type ChatOpening = Pick<ChatRow, 'context' | 'channel' | 'language' | 'startedAt'>

/** What lists show of a chat and may change. */
export type ChatFields = Omit<ChatRow, 'id' | 'version' | keyof ChatOpening>

/** All given conditions must hold. `null` in a list matches a missing value. */
export type ChatFilter = {
  readonly status?: readonly ChatStatus[] | undefined
  readonly channel?: readonly ChatChannel[] | undefined
  readonly priority?: readonly Priority[] | undefined
  /** Each includes all its subcategories. */
  readonly category?: readonly (string | null)[] | undefined
  readonly plan?: readonly (string | null)[] | undefined
  readonly customerId?: readonly string[] | undefined
  /** Chats of these people: of these customers and of all that are the same after merges of customers. */
  readonly person?: readonly string[] | undefined
  /** Chats of the members of this organisation, as the customers' read model knows them. */
  readonly memberOf?: string | undefined
  /** The agents who have the chat. */
  readonly agentId?: readonly (string | null)[] | undefined
  /** The chat is offered to one of these agents. */
  readonly offeredTo?: readonly string[] | undefined
  /** This agent has the chat, is offered it, or takes part in it. */
  readonly involving?: string | undefined
  /** It waits for a transfer to one of these teams. */
  readonly team?: readonly string[] | undefined
  /** The desk is late with an answer, or it is not. */
  readonly overdue?: boolean | undefined
  readonly ticketId?: readonly string[] | undefined
  readonly startedAt?: TimeRange | undefined
  /**
   * Words in the messages of the chat, all of which must be found; as in lists of tickets, accents, case and small
   * misspellings do not matter. Needs `chatSearchModels`.
   */
  readonly search?: string | undefined
}

/**
 * `startedAt`: by the start. `wait`: open chats only; first those in which the reply of the desk is awaited, the longest wait first,
 * then those in which that of the customer is, likewise.
 */
export type ChatOrder = { readonly by: 'startedAt'; readonly direction: 'asc' | 'desc' } | { readonly by: 'wait' }

/** Queries of the list of chats. */
export type ChatQueries = {
  /**
   * A page of chats. With the visibility `public` the search ignores notes.
   * @throws RangeError when the limit is not a positive whole number, or a keyset is not of this order.
   */
  list(filter: ChatFilter, order: ChatOrder, page: Page, visibility: Visibility): Promise<Slice<ChatRow>>
  /** The chats with these ids, in that order; undefined where there is none. Requests of one turn share a statement. */
  byIds(ids: readonly string[]): Promise<readonly (ChatRow | undefined)[]>
  /** The ids of all open chats, waiting and active, in ascending order: for a router that begins. */
  openIds(): Promise<readonly string[]>
}

/** A chat as lists show it, for the read model and for a chat that was folded from its stream. */
export const chatRow = (id: string, version: number, chat: Chat, marks: ChatMarks): ChatRow => ({
  id,
  version,
  ...chatOpening(chat, marks),
  ...chatFields(chat, marks),
})

/** What never changes in a chat, from its state and what is counted beside it. */
export const chatOpening = (chat: Chat, { context }: ChatMarks): ChatOpening => ({
  context,
  channel: chat.channel,
  language: chat.language,
  startedAt: chat.startedAt,
})

/** What lists show of a chat and may change, from its state and what is counted beside it. */
export function chatFields(chat: Chat, marks: ChatMarks): ChatFields {
  const { offer, awaitedReply, conversion } = chat
  return {
    customer: chat.customer,
    plan: chat.plan,
    status: chat.status,
    priority: chat.priority,
    category: chat.category,
    agent: chat.assignee,
    transfer: chat.transfer,
    participants: chat.participants,
    offer: offer && { round: offer.round, agent: offer.agent, expiresAt: offer.expiresAt },
    updatedAt: chat.updatedAt,
    publicUpdatedAt: marks.publicUpdatedAt,
    queuedSince: chat.queuedSince,
    acceptedAt: marks.acceptedAt,
    joinedAt: chat.joinedAt,
    answeredAt: chat.answeredAt,
    closedAt: chat.closed?.at,
    closeReason: chat.closed?.reason,
    disconnectedAt: chat.disconnectedAt,
    awaitedReply: {
      from: awaitedReply.from,
      since: awaitedReply.since,
      overdue: awaitedReply.overdue,
      ...(awaitedReply.closesAt && { closesAt: awaitedReply.closesAt }),
    },
    messages: chat.messageCount,
    publicMessages: marks.publicMessages,
    lastMessage: marks.lastMessage,
    lastPublicMessage: marks.lastPublicMessage,
    unread: { customer: marks.unread.customer.length, desk: marks.unread.desk.length },
    delivered: chat.delivered,
    read: chat.read,
    lastNumber: chat.lastNumber,
    rating: chat.rating,
    transcripts: chat.transcripts?.count ?? 0,
    ticket: conversion && { id: conversion.ticketId, state: conversion.state },
  }
}
