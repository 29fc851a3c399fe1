import { refuseBlocked } from '../account.ts'
import { chatActor } from '../kernel/actor.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later } from '../kernel/time.ts'
import { refusePriority, refuseUnknownCategory, refuseUnknownPlan } from '../ticket/rule.ts'
import type { ChatCommandOf } from './commands.ts'
import type { ChatEvent } from './events.ts'
import { refuseStartNow } from './hours.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatRules, ChatTerms } from './rule.ts'
import { agentOf, chatEventFrom } from './rule.ts'
import { answerTimesFor } from './service-levels.ts'
import type { Chat, ChatState } from './state.ts'
import { waitsForCustomer } from './state.ts'
import { welcomeText } from './welcome.ts'

/** A chat begins in the queue, with the times that apply to it until its end. */
function start(command: ChatCommandEnvelope<ChatCommandOf<'start'>>, state: ChatState, terms: ChatTerms): ChatDecision {
  const {
    customer,
    channel,
    language = terms.policy.defaultLanguage,
    priority,
    category,
    plan = command.account?.plan,
    message,
    context,
    reservation,
  } = command
  const { settings, policy } = terms
  const organisationId = command.account?.organisationId
  if (isFenced(reservation, state)) return deny(refusal('chat_reservation_lost'))
  const shut = refuseStartNow(command.by, channel, terms, command.at)
  if (shut) return deny(shut)
  if (command.by.kind === 'customer' && command.by.id !== customer.id)
    return deny(refusal('not_the_customer', { field: 'customer' }))
  const blocked = refuseBlocked(command.by, command.account)
  if (blocked) return blocked
  const unknown = refuseUnknownCategory(command, policy) ?? refuseUnknownPlan(command, policy)
  if (unknown) return unknown
  const refused = priority === 'normal' ? undefined : refusePriority(command, policy)
  if (refused) return refused
  const started = chatEventFrom('ChatStarted', command, {
    customer,
    channel,
    language,
    priority,
    ...(category !== undefined && { category }),
    ...(plan !== undefined && { plan }),
    ...(context && { context }),
    ...(reservation !== undefined && { reservation }),
    ...(organisationId !== undefined && { organisationId }),
    ...answerTimesFor(settings, { category, priority, plan, organisationId }),
    policyVersion: policy.version,
  })
  const sent = message && chatEventFrom('ChatMessageSent', command, { ...message, kind: 'text' })
  const greeting = welcomeText(settings.welcomes, command, policy)
  const welcome =
    greeting !== undefined && greeting.trim() !== ''
      ? chatEventFrom(
          'ChatMessageSent',
          { at: command.at, by: chatActor },
          { messageId: message?.messageId === 'welcome' ? 'welcome-1' : 'welcome', kind: 'automatic', body: greeting },
        )
      : undefined
  return accept([started, ...(welcome ? [welcome] : []), ...(sent ? [sent] : [])])
}

type QueueCommand =
  | 'start'
  | 'fence'
  | 'offer'
  | 'withdrawOffer'
  | 'accept'
  | 'decline'
  | 'requeue'
  | 'disconnect'
  | 'reconnect'
  | 'identify'
  | 'changePriority'
  | 'categorize'

/** The rules by which a chat finds its agent: an offer at a time, which somebody accepts. */
export const decideQueue: ChatRules<QueueCommand> = {
  start,

  fence: (command, state) => {
    const { reservation } = command
    return accept(isFenced(reservation, state) ? [] : [chatEventFrom('ChatFenced', command, { reservation })])
  },

  /** Agents take chats from the queue by an offer to themselves. A round is decided once. */
  offer: (command, chat) => {
    const { round, agent, agentVersion, by } = command
    if (round <= chat.offers) return accept([])
    if (by.kind === 'agent' && by.id !== agent.id) return deny(refusal('not_for_this_actor', { field: 'agent' }))
    if (chat.offer) return deny(refusal('chat_offered'))
    if (waitsForCustomer(chat)) return deny(refusal('chat_customer_away'))
    if (chat.status === 'active' && !chat.transfer) return deny(refusal('chat_taken'))
    if (chat.transfer?.to.agent && chat.transfer.to.agent.id !== agent.id) return deny(refusal('chat_offered'))
    if (by.kind === 'agent' && chat.transfer && !isAmong(chat.transfer, command))
      return deny(refusal('chat_for_others'))
    if (chat.assignee?.id === agent.id) return deny(refusal('chat_taken'))
    const expiresAt = later(command.at, chat.times.offerFor)
    return accept([chatEventFrom('ChatOffered', command, { round: chat.offers + 1, agent, agentVersion, expiresAt })])
  },

  withdrawOffer: (command, chat) =>
    accept(
      chat.offer?.round === command.round
        ? [...withdrawn(chat.offer, command, command.reason), ...transferToAgentEnded(chat, command, command.reason)]
        : [],
    ),

  accept: (command, chat) => {
    const { offer, assignee } = chat
    if (assignee?.id === command.by.id) return accept([])
    if (!offer) return deny(refusal('chat_not_offered'))
    if (offer.agent.id !== command.by.id) return deny(refusal('chat_offered'))
    const { round } = offer
    const to = { ...offer.agent, ...agentOf(command) }
    return accept([
      chat.status === 'active' && assignee
        ? chatEventFrom('ChatTransferred', command, { round, from: assignee, to })
        : chatEventFrom('ChatAccepted', command, { round, agent: to }),
    ])
  },

  decline: (command, chat) => {
    const { offer } = chat
    if (!offer || offer.agent.id !== command.by.id) return deny(refusal('chat_not_offered'))
    const reason = command.reason === undefined ? {} : { reason: command.reason }
    return accept([
      chatEventFrom('ChatOfferDeclined', command, { ...dataOf(offer), ...reason }),
      ...transferToAgentEnded(chat, command, 'declined'),
    ])
  },

  requeue: (command, { assignee: from, offer }) =>
    accept([
      ...withdrawn(offer, command, 'requeued'),
      chatEventFrom('ChatRequeued', command, { ...(from && { from }), reason: command.reason }),
    ]),

  disconnect: (command, { disconnectedAt }) =>
    accept(disconnectedAt === undefined ? [chatEventFrom('ChatCustomerDisconnected', command, {})] : []),

  reconnect: (command, { disconnectedAt }) =>
    accept(disconnectedAt === undefined ? [] : [chatEventFrom('ChatCustomerReconnected', command, {})]),

  /** A chat that was opened by a reservation of the visitor needs one of the customer. */
  identify: (command, { customer: { id }, status, reservation: reserved }) => {
    const { visitorId, customer, plan, reservation } = command
    if (id !== visitorId || id === customer.id) return accept([])
    if (status !== 'closed' && reserved !== undefined && reservation === undefined)
      return deny(refusal('chat_reservation_lost'))
    const data = {
      visitorId,
      customer,
      ...(plan !== undefined && { plan }),
      ...(reservation !== undefined && { reservation }),
    }
    return accept([chatEventFrom('ChatCustomerIdentified', command, data)])
  },

  changePriority: (command, { priority: from }) =>
    accept(
      from === command.priority ? [] : [chatEventFrom('ChatPriorityChanged', command, { from, to: command.priority })],
    ),

  categorize: (command, { category: from }, { policy }) => {
    const { category: to } = command
    const unknown = refuseUnknownCategory(command, policy)
    if (unknown) return unknown
    return accept(
      from === to ? [] : [chatEventFrom('ChatCategorized', command, { ...(from !== undefined && { from }), to })],
    )
  },
}

/**
 * Whether a chat cannot be opened by a reservation, because it was taken over. A chat that was started by a reservation
 * cannot be opened without one.
 */
export const isFenced = (reservation: number | undefined, state: ChatState): boolean =>
  reservation === undefined
    ? state.status !== 'absent' && state.reservation !== undefined
    : reservation <= (state.fence ?? 0)

/** Whether an agent who takes a chat themselves belongs to the team or level that it is handed over to. */
const isAmong = ({ to }: NonNullable<Chat['transfer']>, { team, level = 0 }: ChatCommandOf<'offer'>): boolean =>
  (to.team === undefined || to.team === team) && (to.level === undefined || level >= to.level)

/** The data of an offer that ends. */
export const dataOf = ({ round, agent, agentVersion }: NonNullable<Chat['offer']>) => ({ round, agent, agentVersion })

/** Takes an open offer back. */
export const withdrawn = (offer: Chat['offer'], command: ChatCommandEnvelope, reason: string): readonly ChatEvent[] =>
  offer ? [chatEventFrom('ChatOfferWithdrawn', command, { ...dataOf(offer), reason })] : []

/** The end of a transfer that nobody has accepted. A customer who asked for it is shown who keeps the chat. */
export const transferEnded = ({ transfer, assignee }: Chat, command: ChatCommandEnvelope, reason: string): ChatEvent =>
  chatEventFrom('ChatTransferEnded', command, {
    reason,
    ...(transfer?.byCustomer && assignee && { agent: assignee }),
  })

/** A transfer to one agent ends with the offer to that agent; one to a team goes on to the next. */
export const transferToAgentEnded = (chat: Chat, command: ChatCommandEnvelope, reason: string): readonly ChatEvent[] =>
  chat.transfer?.to.agent ? [transferEnded(chat, command, reason)] : []
