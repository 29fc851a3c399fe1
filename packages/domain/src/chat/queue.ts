import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later } from '../kernel/time.ts'
import { refusePriority, refuseUnknownCategory, refuseUnknownPlan } from '../ticket/rule.ts'
import type { ChatCommandOf } from './commands.ts'
import type { ChatEvent } from './events.ts'
import type { ChatCommandEnvelope, ChatDecision, ChatRules, ChatTerms } from './rule.ts'
import { agentOf, chatEventFrom } from './rule.ts'
import type { Chat } from './state.ts'

/** A chat begins in the queue, with the times that apply to it until its end. */
export function startChat(
  command: ChatCommandEnvelope<ChatCommandOf<'start'>>,
  { settings, policy }: ChatTerms,
): ChatDecision {
  const { customer, channel, language = policy.defaultLanguage, priority, category, plan, message, context } = command
  if (!settings.enabled || !settings.channels[channel].enabled)
    return deny(refusal('chat_channel_off', { field: 'channel' }))
  if (command.by.kind === 'customer' && command.by.id !== customer.id)
    return deny(refusal('not_the_customer', { field: 'customer' }))
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
    times: settings.times,
    policyVersion: policy.version,
  })
  const sent = message && chatEventFrom('ChatMessageSent', command, { ...message, kind: 'text' })
  return accept([started, ...(sent ? [sent] : [])])
}

type QueueCommand =
  | 'offer'
  | 'withdrawOffer'
  | 'accept'
  | 'decline'
  | 'requeue'
  | 'disconnect'
  | 'reconnect'
  | 'changePriority'
  | 'categorize'

/** The rules by which a chat finds its agent: an offer at a time, which somebody accepts. */
export const decideQueue: ChatRules<QueueCommand> = {
  /** Agents take chats from the queue by an offer to themselves. A round is decided once. */
  offer: (command, chat) => {
    const { round, agent, agentVersion, by } = command
    if (round <= chat.offers) return accept([])
    if (by.kind === 'agent' && by.id !== agent.id) return deny(refusal('not_for_this_actor', { field: 'agent' }))
    if (chat.offer) return deny(refusal('chat_offered'))
    if (chat.status === 'waiting' && chat.disconnectedAt !== undefined) return deny(refusal('chat_customer_away'))
    if (chat.status === 'active' && !chat.transfer) return deny(refusal('chat_taken'))
    if (chat.transfer?.to.agent && chat.transfer.to.agent.id !== agent.id) return deny(refusal('chat_offered'))
    if (chat.assignee?.id === agent.id) return deny(refusal('chat_taken'))
    const expiresAt = later(command.at, chat.times.offerFor)
    return accept([chatEventFrom('ChatOffered', command, { round: chat.offers + 1, agent, agentVersion, expiresAt })])
  },

  withdrawOffer: (command, chat) =>
    accept(
      chat.offer?.round === command.round
        ? [...withdrawn(chat.offer, command, command.reason), ...transferEnded(chat, command, command.reason)]
        : [],
    ),

  accept: (command, chat) => {
    const { offer, assignee } = chat
    if (assignee?.id === command.by.id) return accept([])
    if (!offer || offer.agent.id !== command.by.id) return deny(refusal('chat_not_offered'))
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
      chatEventFrom('ChatOfferDeclined', command, { ...of(offer), ...reason }),
      ...transferEnded(chat, command, 'declined'),
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

/** The data of an offer that ends. */
export const of = ({ round, agent, agentVersion }: NonNullable<Chat['offer']>) => ({ round, agent, agentVersion })

/** Takes an open offer back. */
export const withdrawn = (offer: Chat['offer'], command: ChatCommandEnvelope, reason: string): readonly ChatEvent[] =>
  offer ? [chatEventFrom('ChatOfferWithdrawn', command, { ...of(offer), reason })] : []

/** A transfer to one agent ends with the offer to that agent; one to a team goes on to the next. */
export const transferEnded = (
  { transfer }: Chat,
  command: ChatCommandEnvelope,
  reason: string,
): readonly ChatEvent[] => (transfer?.to.agent ? [chatEventFrom('ChatTransferEnded', command, { reason })] : [])
