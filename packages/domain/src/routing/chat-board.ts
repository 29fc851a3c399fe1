import type { AgentEvent } from '../agent/events.ts'
import { evolveAgent } from '../agent/events.ts'
import type { ChatEvent } from '../chat/events.ts'
import type { Chat, ChatState } from '../chat/state.ts'
import { evolveChat, holdersOf } from '../chat/state.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { later } from '../kernel/time.ts'
import { priorities } from '../kernel/values.ts'
import type { Choice } from './choose-agent.ts'
import type { Colleague, Wanted } from './eligibility.ts'
import type { Roster } from './roster.ts'
import { createRoster } from './roster.ts'

/** An open chat as routing knows it: as of an event, without its messages. */
export type RoutedChat = { readonly id: string; readonly chat: Chat }

/**
 * The view of the desk by which chats find their agents: the agents and the open chats, folded from the events in
 * global order. It may lag behind: the streams themselves make the final decisions.
 */
export type ChatBoard = {
  readonly roster: Roster
  /** Records an event of a chat or an agent. */
  learn(envelope: EventEnvelope): void
  /** Records a chat or an agent that was folded elsewhere. */
  learnChat(id: string, state: ChatState): void
  /** Whether there is a chat that needs a step. */
  readonly hasWork: boolean
  /** The chats to offer to somebody: those that wait, in the order of the queue, then those to transfer. */
  toOffer(): readonly RoutedChat[]
  /** The chats that are offered to somebody. */
  offered(): readonly RoutedChat[]
  /** The chats whose agents are gone, though they owe the customer an answer. */
  abandonedByAgents(): readonly RoutedChat[]
  /** The chats that take places of agents who do not have them, with these agents. */
  unsettled(): ReadonlyMap<string, readonly string[]>
}

/** An empty board: the events that it learns fill it. */
export function createChatBoard(): ChatBoard {
  const roster = createRoster()
  const chats = new Map<string, Chat>()
  const waiting = new Map<string, Chat>()
  const transfers = new Map<string, Chat>()
  const offered = new Map<string, Chat>()
  const abandoned = new Map<string, Chat>()
  const unsettled = new Map<string, readonly string[]>()

  const review = (id: string): void => {
    const chat = chats.get(id)
    const list = (where: Map<string, Chat>, belongs: boolean | undefined): void =>
      void (chat && belongs ? where.set(id, chat) : where.delete(id))
    list(waiting, chat?.status === 'waiting' && !chat.offer && chat.disconnectedAt === undefined)
    list(transfers, chat?.status === 'active' && !chat.offer && chat.transfer !== undefined)
    list(offered, chat?.offer !== undefined)
    list(abandoned, chat?.status === 'active' && chat.owed.by === 'desk' && isGone(chat.assignee?.id))
    const holders = chat ? holdersOf(chat) : []
    const wrong = [...roster.holders(streamName('chat', id))].filter((holder) => !holders.includes(holder))
    if (wrong.length > 0) unsettled.set(id, wrong)
    else unsettled.delete(id)
  }
  const isGone = (agentId: string | undefined): boolean => {
    const state = agentId === undefined ? undefined : roster.at(agentId)?.state
    return state !== undefined && (state.status !== 'active' || state.availability === 'offline')
  }
  const learnChat: ChatBoard['learnChat'] = (id, state) => {
    const known = chats.get(id)
    if (state.status === 'absent' || (known && known.version >= state.version)) return
    if (state.status === 'closed') chats.delete(id)
    else chats.set(id, { ...state, messages: {} })
    review(id)
  }
  const learnAgent: Roster['learn'] = (id, version, state) => {
    const changed = roster.learn(id, version, state)
    const held = state.status === 'absent' ? [] : Object.keys(state.claims)
    for (const work of new Set([...changed, ...held])) {
      const { category, id: chatId } = parseStream(work)
      if (category === 'chat') review(chatId)
    }
    return changed
  }
  const listed = (where: ReadonlyMap<string, Chat>): RoutedChat[] => Array.from(where, ([id, chat]) => ({ id, chat }))

  return {
    roster: {
      ...roster,
      get hasAgents() {
        return roster.hasAgents
      },
      learn: learnAgent,
    },
    learn: ({ stream, version, event }) => {
      const { category, id } = parseStream(stream)
      if (category === 'agent') {
        const known = roster.at(id)
        if (known && version <= known.version) return
        learnAgent(id, version, evolveAgent(known?.state ?? { status: 'absent' }, event as AgentEvent))
      }
      const chat = chats.get(id)
      if (category !== 'chat' || (chat && version <= chat.version)) return
      learnChat(id, evolveChat(chat ?? { status: 'absent' }, event as ChatEvent))
    },
    learnChat,
    get hasWork() {
      return waiting.size + transfers.size + offered.size + abandoned.size + unsettled.size > 0
    },
    toOffer: () => [...listed(waiting).sort(inChatQueueOrder), ...listed(transfers)],
    offered: () => listed(offered),
    abandonedByAgents: () => listed(abandoned),
    unsettled: () => unsettled,
  }
}

const urgency = new Map<string, number>(priorities.map((priority, index) => [priority, index]))

/** The order of the queue of chats: by priority, then by waiting time, then by id. */
function inChatQueueOrder({ id, chat: one }: RoutedChat, { id: otherId, chat: other }: RoutedChat): number {
  const pressing = (urgency.get(other.priority) ?? 0) - (urgency.get(one.priority) ?? 0)
  if (pressing !== 0) return pressing
  if (one.queuedSince !== other.queuedSince) return one.queuedSince < other.queuedSince ? -1 : 1
  return id === otherId ? 0 : id < otherId ? -1 : 1
}

/** The agent for a chat; or that nobody can take it now, and when somebody who missed it may be tried again. */
type ChatChoice =
  | { readonly kind: 'chosen'; readonly colleague: Colleague }
  | { readonly kind: 'nobody'; readonly suits: boolean; readonly againAt: Instant | undefined }

/**
 * Chooses the agent for a chat by the routing terms. Those who declined or missed it come again when nobody else is
 * left, after a while. A transfer is for its agent, its team, or agents of its level and above.
 */
export function chooseForChat(
  { category, language, priority, transfer, assignee, skipped, times }: Chat,
  colleagues: readonly Colleague[],
  choose: (wanted: Wanted, colleagues: Iterable<Colleague>) => Choice,
  at: Instant,
): ChatChoice {
  const { to } = transfer ?? {}
  const candidates = colleagues.filter(
    ({ id, agent: { profile } }) =>
      id !== assignee?.id &&
      (!to?.agent || to.agent.id === id) &&
      (to?.team === undefined || profile.team === to.team) &&
      (to?.level === undefined || profile.level >= to.level),
  )
  const missed = new Map(skipped.map((skip) => [skip.agentId, later(skip.at, times.offerAgainAfter)]))
  const wanted: Wanted = { category, language, priority, channel: 'chat', declined: [], level: undefined }
  const fresh = choose(
    wanted,
    candidates.filter(({ id }) => !missed.has(id)),
  )
  if (fresh.kind === 'chosen') return { kind: 'chosen', colleague: fresh.colleague }
  const again = choose(
    wanted,
    candidates.filter(({ id }) => (missed.get(id) ?? at) <= at),
  )
  if (again.kind === 'chosen') return { kind: 'chosen', colleague: again.colleague }
  const next = [...missed.values()].filter((until) => until > at).sort()[0]
  return { kind: 'nobody', suits: candidates.length > 0, againAt: next }
}
