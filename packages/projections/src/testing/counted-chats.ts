import type { AgentEvent, ChatEvent, Instant, Priority } from '@guichet/domain'
import { later, parseStream, priorities } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

/** A chat as its events tell it one by one, counted without the domain's fold. */
export type CountedChat = {
  readonly id: string
  status: 'waiting' | 'active' | 'closed'
  readonly customer: string
  readonly channel: string
  category: string | undefined
  priority: Priority
  readonly started: number
  queued: number
  accepted?: number
  /** Since when it had waited when it was first accepted, and first answered. */
  acceptedFrom?: number
  answered?: number
  answeredFrom?: number
  /** When the call was accepted in which the first answer came, else when it was sent. */
  answerBegan?: number
  /** Since when its sides have been in a call. */
  called?: number | undefined
  /** The agent in the call. */
  caller?: string | undefined
  closed?: number
  reason?: string | undefined
  solvedByService?: boolean
  agent?: string | undefined
  /** The agents who have had it, in order, each with the milliseconds. */
  readonly had: Map<string, number>
  /** Since when its present agent has it. */
  hasSince?: number
  answeredBy?: string | undefined
  ratedAgent?: string | undefined
  taken?: number | undefined
  handled: number
  /** For how long agents had it since its start or last reopening; undefined while none has. */
  handledLast: number | undefined
  offered?: string | undefined
  disconnected: boolean
  /** Whether an answer of the desk is awaited. */
  owed: boolean
  /** Whether a call is connected. */
  talks: boolean
  converted: boolean
  rating?: number
  resolved?: boolean | undefined
  shown: number
  readonly messages: Map<string, CountedMessage>
}

type CountedMessage = {
  readonly number: number | undefined
  readonly from: 'customer' | 'desk'
  body: string
  chosen?: string
  redacted?: true
}

/** The chats and the agents of a history. */
export type Counted = {
  readonly chats: Map<string, CountedChat>
  readonly agents: Map<string, { available: boolean; readonly claims: Set<string> }>
}

const ms = (at: Instant): number => Date.parse(at)

/** Counts one more event. */
export function count({ chats, agents }: Counted, { stream, event }: RecordedEvent): void {
  const { category, id } = parseStream(stream)
  if (category === 'chat') countChat(chats, id, event as ChatEvent)
  if (category === 'agent') countAgent(agents, id, event as AgentEvent)
}

function countAgent(agents: Counted['agents'], id: string, event: AgentEvent): void {
  const agent = agents.get(id) ?? { available: false, claims: new Set<string>() }
  agents.set(id, agent)
  if (event.type === 'AvailabilityChanged') agent.available = event.to === 'available'
  if (event.type === 'WorkClaimed') agent.claims.add(event.work)
  if (event.type === 'WorkReleased') agent.claims.delete(event.work)
}

/** The types of events that a customer is never shown; some others depend on their data. */
const hidden = new Set<ChatEvent['type']>([
  'ChatOffered',
  'ChatOfferDeclined',
  'ChatOfferExpired',
  'ChatOfferWithdrawn',
  'ChatCustomerDisconnected',
  'ChatCustomerReconnected',
  'ChatPriorityChanged',
  'ChatCategorized',
  'ChatTransferRequested',
  'ChatParticipantInvited',
  'ChatAnswerOverdue',
  'ChatEscalated',
  'ChatConversionRequested',
  'ChatConversionRefused',
])

function isHidden(event: ChatEvent): boolean {
  if (event.type === 'ChatMessageSent') return event.kind === 'note'
  if (event.type === 'ChatMessageEdited' || event.type === 'ChatMessageRedacted') return event.internal
  if (event.type === 'ChatTransferEnded') return event.agent === undefined
  if (event.type === 'ChatParticipantLeft' && event.joined === false) return true
  if (event.type === 'ChatParticipantJoined' || event.type === 'ChatParticipantLeft') return event.role === 'observer'
  return hidden.has(event.type)
}

function countChat(chats: Counted['chats'], id: string, event: ChatEvent): void {
  const at = ms(event.at)
  if (event.type === 'ChatStarted') {
    const { channel, category, priority, customer } = event
    const known = { id, channel, category, priority, customer: customer.id, started: at, queued: at, shown: 1 }
    const empty = {
      handled: 0,
      handledLast: undefined,
      disconnected: false,
      owed: true,
      talks: false,
      converted: false,
      messages: new Map<string, CountedMessage>(),
      had: new Map<string, number>(),
    }
    chats.set(id, { ...known, ...empty, status: 'waiting' })
    return
  }
  const chat = chats.get(id)
  if (!chat) throw new Error(`${event.type} before the start of ${id}`)
  if (!isHidden(event)) chat.shown++
  const passes = (to?: string): void => {
    const { agent, had, hasSince = at } = chat
    if (agent !== undefined && chat.status === 'active') had.set(agent, (had.get(agent) ?? 0) + at - hasSince)
    if (to !== undefined) had.set(to, had.get(to) ?? 0)
    chat.hasSince = at
  }
  const leaves = (): void => {
    passes()
    if (chat.taken !== undefined) {
      chat.handled += at - chat.taken
      chat.handledLast = (chat.handledLast ?? 0) + at - chat.taken
    }
    chat.taken = undefined
    chat.offered = undefined
  }
  const answers = (by: string | undefined): void => {
    chat.owed = false
    if (chat.answered === undefined) chat.answeredBy = by
    chat.answered ??= at
    chat.answeredFrom ??= chat.queued
    chat.answerBegan ??= chat.called ?? at
  }
  switch (event.type) {
    case 'ChatOffered':
      chat.offered = event.agent.id
      break
    case 'ChatOfferDeclined':
    case 'ChatOfferExpired':
    case 'ChatOfferWithdrawn':
    case 'ChatTransferRequested':
    case 'ChatTransferEnded':
      chat.offered = undefined
      break
    case 'ChatAccepted':
      passes(event.agent.id)
      Object.assign(chat, { status: 'active', offered: undefined, taken: at })
      chat.agent = event.agent.id
      chat.handledLast ??= 0
      chat.accepted ??= at
      chat.acceptedFrom ??= chat.queued
      break
    case 'ChatTransferred':
      passes(event.to.id)
      Object.assign(chat, { agent: event.to.id, offered: undefined })
      break
    case 'ChatRequeued':
      leaves()
      Object.assign(chat, { status: 'waiting', agent: undefined })
      break
    case 'ChatReopened':
      leaves()
      Object.assign(chat, { status: 'waiting', agent: undefined, queued: at, closed: undefined, reason: undefined })
      Object.assign(chat, { handledLast: undefined, owed: true })
      break
    case 'ChatClosed':
      leaves()
      Object.assign(chat, {
        status: 'closed',
        closed: at,
        disconnected: false,
        reason: event.reason,
        solvedByService: event.reason === 'solved' && event.by.kind === 'system',
      })
      break
    case 'ChatCustomerDisconnected':
      chat.disconnected = true
      break
    case 'ChatCustomerReconnected':
      chat.disconnected = false
      break
    case 'ChatCallAccepted':
      chat.called = at
      chat.caller = event.agent?.id
      break
    case 'ChatCallStarted':
      chat.talks = true
      answers(chat.caller)
      break
    case 'ChatCallEnded':
      Object.assign(chat, { called: undefined, talks: false })
      break
    case 'ChatPriorityChanged':
    case 'ChatEscalated':
      chat.priority = event.to
      break
    case 'ChatCategorized':
      chat.category = event.to
      break
    case 'ChatConverted':
      chat.converted = true
      break
    case 'ChatRated':
      chat.rating = event.rating
      chat.ratedAgent = chat.agent
      chat.resolved = event.resolved
      break
    case 'ChatMessageSent': {
      const from = event.by.kind === 'customer' ? 'customer' : 'desk'
      const number = event.kind === 'note' ? undefined : chat.shown
      chat.messages.set(event.messageId, { number, from, body: event.body })
      if (event.by.kind === 'agent' && event.kind !== 'note') answers(event.by.id)
      if (from === 'customer' && !chat.talks) chat.owed = true
      break
    }
    case 'ChatActionChosen':
      if (!chat.talks) chat.owed = true
      break
    case 'ChatMessageEdited':
      Object.assign(chat.messages.get(event.messageId) ?? {}, { body: event.body })
      break
    case 'ChatMessageRedacted':
      Object.assign(chat.messages.get(event.messageId) ?? {}, { body: '', redacted: true })
      break
    default:
  }
}

/**
 * The waiting chats in the order of the queue. The customer of one that is `away` is not connected, and is not owed an
 * answer by an agent who had taken the chat since it was last opened.
 */
export const queueOf = ({ chats }: Counted): readonly (CountedChat & { readonly away: boolean })[] =>
  [...chats.values()]
    .filter(({ status }) => status === 'waiting')
    .map((chat) => ({ ...chat, away: chat.disconnected && !(chat.owed && chat.handledLast !== undefined) }))
    .sort((a, b) => urgencyOf(b) - urgencyOf(a) || a.queued - b.queued || (a.id < b.id ? -1 : 1))

const urgencyOf = ({ priority }: CountedChat): number => priorities.indexOf(priority)

/** How many messages a side was sent after the number up to which it has read. */
export const unreadOf = ({ messages }: CountedChat, side: 'customer' | 'desk', read: number): number =>
  [...messages.values()].filter(({ number = 0, from }) => from !== side && number > read).length

/** The pace of the desk in the hour before an instant. */
export function paceAt({ chats, agents }: Counted, now: Instant) {
  const within = (at: number | undefined): at is number =>
    at !== undefined && at > ms(later(now, -3_600_000)) && at <= ms(now)
  const all = [...chats.values()]
  const available = [...agents.values()].filter((agent) => agent.available)
  const handled = all.flatMap(({ closed, handledLast }) => (within(closed) ? (handledLast ?? []) : []))
  const taken = all.filter(({ accepted }) => within(accepted)).length
  const gone = all.filter(({ closed, reason = '' }) => within(closed) && ['abandoned', 'gone'].includes(reason)).length
  const answered = all.filter((chat) => within(chat.answered))
  return {
    places: available.length * 3,
    freePlaces: available.reduce((sum, { claims }) => sum + Math.max(0, 3 - claims.size), 0),
    handled: handled.length,
    meanHandling: meanOf(handled),
    abandoning: taken + gone === 0 ? 0 : gone / (taken + gone),
    answered: answered.length,
    meanFirstAnswer: meanOf(answered.map((chat) => (chat.answered ?? 0) - (chat.answeredFrom ?? 0))),
  }
}

/** The wait that a pace lets a chat expect, by the definition of decision 69. */
export function waitOf(toBePlaced: number, pace: ReturnType<typeof paceAt>) {
  const { places, freePlaces, handled, meanHandling = 0, abandoning } = pace
  if (places === 0 || handled < 10) return undefined
  const ends = toBePlaced - freePlaces
  if (ends <= 0) return { mean: 0, from: 0, to: 0 }
  const mean = ((ends * meanHandling) / places) * (1 - abandoning)
  const middle = 1 - 1 / (9 * ends)
  const spread = 1 / (3 * Math.sqrt(ends))
  const [from, to] = [mean * (middle - spread) ** 3, mean * (middle + spread) ** 3]
  return { mean: Math.round(mean), from: Math.round(from), to: Math.round(to) }
}

/** A mean in whole milliseconds; undefined of nothing. */
export const meanOf = (numbers: readonly number[]): number | undefined =>
  numbers.length === 0 ? undefined : Math.round(numbers.reduce((sum, each) => sum + each, 0) / numbers.length)
