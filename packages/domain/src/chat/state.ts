import { hash128 } from '../kernel/fingerprint.ts'
import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import type { Customer } from '../person.ts'
import type { AwaitedReply } from './awaited-reply.ts'
import { afterCall, customerWrote, deskAnswered, nowAwaited, restartedWait } from './awaited-reply.ts'
import type { WithCalls } from './call.ts'
import { withCall } from './call.ts'
import type { ChatEvent, ChatEventData, ChatEventOf } from './events.ts'
import { chatStatusAfter, isShownInChat } from './events.ts'
import { messageRecordOf } from './message-record.ts'
import type { ChatMessageRecord } from './message-record.ts'
import type { ChatTimes } from './settings.ts'
import type { ChatChannel, ChatCloseReason, ChatSide, ChatStatus, ParticipantRole } from './vocabulary.ts'
import { chatLimits } from './vocabulary.ts'

/** An agent, as a chat names them. */
export type ChatAgent = { readonly id: string; readonly name?: string | undefined }

/** An offer that is open: it takes a place of its agent until it is accepted, declined, withdrawn, or expires. */
export type ChatOffer = {
  readonly round: number
  readonly agent: ChatAgent
  readonly agentVersion: number
  readonly expiresAt: Instant
  /** The version of the chat at the offer, counted in events. */
  readonly version: number
}

/** An agent who declined or missed an offer, and when. */
type SkippedAgent = { readonly agentId: string; readonly at: Instant }

/** A transfer that nobody has accepted yet; `cycle` counts the transfers of the chat, from 1. */
export type ChatTransfer = ChatEventData<'ChatTransferRequested'> & {
  readonly since: Instant
  readonly cycle: number
  /** The customer asked for it, by an action. */
  readonly byCustomer?: true
}

/** A colleague in a chat, beside its agent. */
export type ChatParticipant = {
  readonly agent: ChatAgent
  readonly role: ParticipantRole
  readonly joined: boolean
}

/** The ticket that a chat becomes; `attempt` counts the requests, from 1, and `reason` is why the last one failed. */
export type ChatConversion = {
  readonly ticketId: string
  readonly subject: string
  readonly by: ChatEvent['by']
  readonly state: 'pending' | 'linked' | 'refused'
  readonly attempt: number
  readonly reason?: string
}

/** The facts of a chat that its rules need: its history, folded. */
export type Chat = WithCalls & {
  readonly status: ChatStatus
  readonly customer: Customer
  readonly channel: ChatChannel
  readonly language: string
  readonly priority: Priority
  readonly category?: string | undefined
  readonly plan?: string | undefined
  readonly times: ChatTimes
  readonly policyVersion: string
  readonly startedAt: Instant
  readonly updatedAt: Instant
  /** The number of its events. */
  readonly version: number
  /** How many of its events the customer is shown: the number of the last of them. */
  readonly lastNumber: number
  /** The number of the last of them that is no mark: as far as a side can have read. */
  readonly lastItem: number
  /** Who last acted as its customer since its start: the customer, or who survives their merge. */
  readonly actingCustomer?: string | undefined
  /** Since when it waits for an agent; a chat that comes back keeps the place it had. */
  readonly queuedSince: Instant
  /** Since when the customer is not connected; counted again from their last message, or from a return to the queue. */
  readonly disconnectedAt?: Instant | undefined
  /** Counts the times for which a place is kept, from 1. */
  readonly disconnections: number
  /** How often it was offered. */
  readonly offers: number
  readonly offer?: ChatOffer | undefined
  /** Who declined or missed it since it last had an agent, and the agent who last put it back into the queue. */
  readonly skipped: readonly SkippedAgent[]
  readonly assignee?: ChatAgent | undefined
  /** When an agent first took it, since its start or since it was reopened. */
  readonly acceptedAt?: Instant | undefined
  /** Since when it has had an agent without interruption: a transfer does not interrupt. */
  readonly joinedAt?: Instant | undefined
  readonly transfer?: ChatTransfer | undefined
  readonly transfers: number
  readonly participants: readonly ChatParticipant[]
  readonly messages: IdTrie<ChatMessageRecord>
  readonly messageCount: number
  /** Up to which number each side has received, and has read. */
  readonly delivered: Readonly<Record<ChatSide, number>>
  readonly read: Readonly<Record<ChatSide, number>>
  readonly awaitedReply: AwaitedReply
  /** When a person of the desk first answered. */
  readonly answeredAt?: Instant | undefined
  /** Its end, the agents whose places it may have taken until then, and whether its customer has rated it since. */
  readonly closed?:
    | {
        readonly at: Instant
        readonly reason: ChatCloseReason
        readonly agents: readonly string[]
        readonly rated?: true
      }
    | undefined
  /** The number of the customer's reservation by which it was started, or last reopened. */
  readonly reservation?: number | undefined
  /** The highest number of a reservation by which it can no longer be opened. */
  readonly fence?: number | undefined
  readonly rating?: ChatEventData<'ChatRated'> | undefined
  readonly conversion?: ChatConversion | undefined
  /** How often its transcript was asked for by e-mail, and for which address last. */
  readonly transcripts?: { readonly count: number; readonly address: string; readonly at: Instant } | undefined
}

/** A stream on which no chat was started; it may be closed to reservations up to a number. */
type NoChat = {
  readonly status: 'absent'
  readonly fence?: number
  readonly version?: number
  readonly updatedAt?: Instant
}

/** The state of a chat; `absent` before it is started. */
export type ChatState = NoChat | Chat

/** The agents whose places a chat takes: its agent, and the one whom it is offered to. */
export const holdersOf = ({ assignee, offer }: Pick<Chat, 'assignee' | 'offer'>): readonly string[] => [
  ...new Set([assignee?.id, offer?.agent.id].filter((id) => id !== undefined)),
]

/**
 * Whether a chat waits for a customer without a connection, whose place is kept for a while. It does not while the
 * reply of an agent is awaited who had taken it on: then an agent answers, and the customer reads it later.
 */
export const waitsForCustomer = ({
  status,
  disconnectedAt,
  acceptedAt,
  awaitedReply,
}: Pick<Chat, 'status' | 'disconnectedAt' | 'acceptedAt'> & {
  readonly awaitedReply: Pick<Chat['awaitedReply'], 'from'>
}): boolean =>
  status === 'waiting' && disconnectedAt !== undefined && (acceptedAt === undefined || awaitedReply.from === 'customer')

/** A message of a chat by its id. */
export const chatMessageOf = ({ messages }: Pick<Chat, 'messages'>, id: string): ChatMessageRecord | undefined =>
  itemOf(messages, id)

/** A chat after one more event. */
export function evolveChat(state: ChatState, event: ChatEvent): ChatState {
  if (state.status === 'absent') {
    const version = (state.version ?? 0) + 1
    if (event.type === 'ChatStarted') return started(event, version, state.fence)
    return event.type === 'ChatFenced'
      ? { status: 'absent', fence: event.reservation, version, updatedAt: event.at }
      : state
  }
  if (event.type === 'ChatStarted') return started(event, state.version + 1, state.fence)
  const lastNumber = state.lastNumber + (isShownInChat(event) ? 1 : 0)
  return {
    ...state,
    ...(event.by.kind === 'customer' && { actingCustomer: event.by.id }),
    ...changes(state, event),
    status: chatStatusAfter[event.type] ?? state.status,
    updatedAt: event.at,
    version: state.version + 1,
    lastNumber,
    lastItem: lastNumber > state.lastNumber && !isMark(event) ? lastNumber : state.lastItem,
  }
}

const isMark = ({ type }: ChatEvent): boolean => type === 'ChatMessagesDelivered' || type === 'ChatMessagesRead'

function started(
  {
    at,
    customer,
    channel,
    language,
    priority,
    category,
    plan,
    times,
    policyVersion,
    reservation,
  }: ChatEventOf<'ChatStarted'>,
  version: number,
  fence: number | undefined,
): Chat {
  return {
    status: 'waiting',
    customer,
    channel,
    language,
    priority,
    category,
    plan,
    times,
    policyVersion,
    startedAt: at,
    updatedAt: at,
    version,
    reservation,
    fence,
    lastNumber: 1,
    lastItem: 1,
    queuedSince: at,
    disconnections: 0,
    offers: 0,
    skipped: [],
    transfers: 0,
    participants: [],
    calls: [],
    callCount: 0,
    messages: {},
    messageCount: 0,
    delivered: { customer: 1, desk: 0 },
    read: { customer: 1, desk: 0 },
    awaitedReply: { from: 'desk', since: at, cycle: 1, overdue: false },
  }
}

function changes(chat: Chat, event: Exclude<ChatEvent, { type: 'ChatStarted' }>): Partial<Chat> {
  const { at } = event
  switch (event.type) {
    case 'ChatOffered': {
      const { round, agent, agentVersion, expiresAt } = event
      return { offers: round, offer: { round, agent, agentVersion, expiresAt, version: chat.version + 1 } }
    }
    case 'ChatOfferDeclined':
    case 'ChatOfferExpired':
      return { offer: undefined, skipped: withSkipped(chat, event.agent.id, at) }
    case 'ChatOfferWithdrawn':
      return { offer: undefined }
    case 'ChatAccepted':
      return {
        ...acceptedBy(chat, event.agent),
        acceptedAt: chat.acceptedAt ?? at,
        joinedAt: at,
        ...restartedWait(chat),
      }
    case 'ChatTransferred':
      return { ...acceptedBy(chat, event.to), transfer: undefined }
    case 'ChatRequeued':
      return queuedAgain(chat, event)
    case 'ChatReopened':
      return { ...queuedAgain(chat, event), reservation: event.reservation }
    case 'ChatFenced':
      return { fence: event.reservation }
    case 'ChatCustomerDisconnected':
      return disconnectedSince(chat, at)
    case 'ChatCustomerReconnected':
      return { disconnectedAt: undefined }
    case 'ChatCustomerIdentified':
      // The number by which the visitor opened it says nothing of the customer's; what was fenced stays fenced.
      return {
        customer: event.customer,
        actingCustomer: undefined,
        plan: event.plan ?? chat.plan,
        reservation: event.reservation ?? 0,
      }
    case 'ChatPriorityChanged':
      return { priority: event.to }
    case 'ChatCategorized':
      return { category: event.to }
    case 'ChatTransferRequested':
      return {
        transfer: {
          to: event.to,
          note: event.note,
          since: at,
          cycle: chat.transfers + 1,
          ...(event.by.kind === 'customer' && { byCustomer: true }),
        },
        transfers: chat.transfers + 1,
        offer: undefined,
        skipped: [],
      }
    case 'ChatTransferEnded':
      return { transfer: undefined, offer: undefined, skipped: [] }
    case 'ChatParticipantInvited':
    case 'ChatParticipantJoined': {
      const joined = event.type === 'ChatParticipantJoined'
      return { participants: [...others(chat, event.agent.id), { agent: event.agent, role: event.role, joined }] }
    }
    case 'ChatParticipantLeft':
      return { participants: others(chat, event.agent.id) }
    case 'ChatCallRequested':
    case 'ChatCallAccepted':
    case 'ChatCallRecordingWithdrawn':
    case 'ChatCallRecorded':
      return withCall(chat, event)
    case 'ChatCallStarted':
      return { ...withCall(chat, event), ...deskAnswered(chat, at) }
    case 'ChatCallEnded':
      return { ...withCall(chat, event), ...afterCall(chat, at) }
    case 'ChatMessageSent':
      return sent(chat, event)
    case 'ChatMessageEdited': {
      const message = chatMessageOf(chat, event.messageId)
      return message
        ? { messages: withItem(chat.messages, { ...message, edited: hash128(event.body) }, 'replace') }
        : {}
    }
    case 'ChatMessageRedacted': {
      const message = chatMessageOf(chat, event.messageId)
      return message ? { messages: withItem(chat.messages, { ...message, redacted: true }, 'replace') } : {}
    }
    case 'ChatActionChosen': {
      const message = chatMessageOf(chat, event.messageId)
      const messages = message && withItem(chat.messages, { ...message, chosen: event.actionId }, 'replace')
      return { ...(messages && { messages }), ...customerWrote(chat, at), ...restartedDisconnection(chat, at) }
    }
    case 'ChatMessagesDelivered':
      return { delivered: { ...chat.delivered, [event.side]: event.upTo } }
    case 'ChatMessagesRead': {
      const received = Math.max(chat.delivered[event.side], event.upTo)
      return {
        read: { ...chat.read, [event.side]: event.upTo },
        delivered: { ...chat.delivered, [event.side]: received },
      }
    }
    case 'ChatAnswerOverdue':
      return { awaitedReply: { ...chat.awaitedReply, overdue: true } }
    case 'ChatEscalated':
      return { priority: event.to }
    case 'ChatInactivityWarned':
      return { awaitedReply: { ...chat.awaitedReply, overdue: true, closesAt: event.closesAt } }
    case 'ChatClosed':
      return {
        closed: { at, reason: event.reason, agents: holdersOf(chat) },
        offer: undefined,
        transfer: undefined,
        disconnectedAt: undefined,
        participants: [],
      }
    case 'ChatRated': {
      const { type: _, at: __, by: ___, ...rating } = event
      return { rating, ...(chat.closed && { closed: { ...chat.closed, rated: true } }) }
    }
    case 'ChatTranscriptRequested':
      return { transcripts: { count: (chat.transcripts?.count ?? 0) + 1, address: event.address, at } }
    case 'ChatConversionRequested':
      return {
        conversion: {
          ticketId: event.ticketId,
          subject: event.subject,
          by: event.by,
          state: 'pending',
          attempt: (chat.conversion?.attempt ?? 0) + 1,
        },
      }
    case 'ChatConverted':
      return { ...(chat.conversion && { conversion: { ...chat.conversion, state: 'linked' } }) }
    case 'ChatConversionRefused':
      return { ...(chat.conversion && { conversion: { ...chat.conversion, state: 'refused', reason: event.reason } }) }
  }
}

/** A chat after an agent has taken it; whoever had joined it and now has it is no participant any more. */
const acceptedBy = (chat: Chat, agent: ChatAgent): Partial<Chat> => ({
  assignee: agent,
  offer: undefined,
  skipped: [],
  participants: others(chat, agent.id),
})

/** A chat that has come back keeps its place; one that was reopened takes a new one, and the reply of the desk is awaited. */
function queuedAgain(chat: Chat, event: ChatEventOf<'ChatRequeued' | 'ChatReopened'>): Partial<Chat> {
  const { at, by } = event
  const reopened = event.type === 'ChatReopened'
  const gaveUp = !reopened && by.kind === 'agent' && by.id === event.from?.id
  return {
    assignee: undefined,
    joinedAt: undefined,
    offer: undefined,
    transfer: undefined,
    skipped: gaveUp ? [{ agentId: by.id, at }] : [],
    ...restartedDisconnection(chat, at),
    ...(reopened && {
      closed: undefined,
      acceptedAt: undefined,
      queuedSince: at,
      ...nowAwaited('desk', { ...chat, awaitedReply: { ...chat.awaitedReply, from: 'customer' } }, at),
    }),
  }
}

function sent(chat: Chat, event: ChatEventOf<'ChatMessageSent'>): Partial<Chat> {
  const { by, kind, at } = event
  const number = kind === 'note' ? 0 : chat.lastNumber + 1
  const patch = {
    messages: withItem(chat.messages, messageRecordOf(event, number, chat.assignee?.id)),
    messageCount: chat.messageCount + 1,
  }
  if (by.kind === 'customer') {
    return {
      ...patch,
      ...customerWrote(chat, at),
      ...restartedDisconnection(chat, at),
      ...readUpTo('customer', chat, number),
    }
  }
  if (by.kind === 'agent' && kind !== 'note') {
    return { ...patch, ...deskAnswered(chat, at), ...readUpTo('desk', chat, number) }
  }
  return patch
}

/** Who has read everything has read the own next message too; otherwise something may have crossed it unseen. */
const readUpTo = (side: ChatSide, { lastItem, read, delivered }: Chat, number: number): Partial<Chat> => ({
  ...(read[side] >= lastItem && { read: { ...read, [side]: number } }),
  ...(delivered[side] >= lastItem && { delivered: { ...delivered, [side]: number } }),
})

/** The place of a customer without a connection is kept from this moment on. */
const disconnectedSince = ({ disconnections }: Chat, at: Instant): Partial<Chat> => ({
  disconnectedAt: at,
  disconnections: disconnections + 1,
})

/** A sign of life of a customer without a connection, or the return of their chat: the place is kept for the whole time. */
const restartedDisconnection = (chat: Chat, at: Instant): Partial<Chat> =>
  chat.disconnectedAt === undefined ? {} : disconnectedSince(chat, at)

const others = ({ participants }: Chat, agentId: string): readonly ChatParticipant[] =>
  participants.filter(({ agent }) => agent.id !== agentId)

const withSkipped = ({ skipped }: Chat, agentId: string, at: Instant): readonly SkippedAgent[] =>
  [...skipped.filter((other) => other.agentId !== agentId), { agentId, at }].slice(-chatLimits.skipped)
