import type { Chat, ChatState } from '../chat/state.ts'
import { evolveChat, holdersOf, waitsForCustomer } from '../chat/state.ts'
import { isOfCategory } from '../history.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream, streamName } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { later } from '../kernel/time.ts'
import type { Choice } from './choose-agent.ts'
import type { Colleague, AssignableWork } from './eligibility.ts'
import type { Roster } from './roster.ts'
import { createRoster } from './roster.ts'
import type { QueueKey } from './work-item.ts'
import { inQueueOrder } from './work-item.ts'

/** An open chat as routing knows it: as of an event, without its messages. */
export type RoutedChat = { readonly id: string; readonly chat: Chat }

/**
 * The view of the desk by which chats find their agents: the agents and the open chats, folded from the events in
 * global order. It may lag behind: the streams themselves make the final decisions.
 */
export type ChatBoard = {
  readonly roster: Roster
  /**
   * Records an event of a chat or an agent. Returns `unknown_chat` when the chat must be read from its stream first: it
   * has come back after it was dropped, or was closed to reservations before its start.
   */
  apply(envelope: EventEnvelope): 'applied' | 'unknown_chat'
  /** Records a chat or an agent that was folded elsewhere. */
  updateChat(id: string, state: ChatState): void
  /** Whether there is a chat that needs a step. */
  readonly hasWork: boolean
  /** An open chat. */
  chat(id: string): Chat | undefined
  /** The chats to transfer to somebody. */
  transfers(): readonly RoutedChat[]
  /** The chats that wait and are to be offered to somebody, in the order of the queue. */
  waiting(): readonly RoutedChat[]
  /** How many chats are to be offered to somebody. */
  readonly toOffer: number
  /** The chats that are offered to somebody. */
  offered(): readonly RoutedChat[]
  /** Whether no chat is open. */
  readonly isEmpty: boolean
  /** The open chats. */
  chats(): IterableIterator<RoutedChat>
  /** Records whether an agent is connected; agents are unless this says otherwise. One who is not is offered no chat. */
  setConnected(agentId: string, connected: boolean): void
  /** The chats whose agents are gone, though they owe the customer an answer. */
  abandonedByAgents(): readonly RoutedChat[]
  /** The chats that take places of agents who do not have them, with these agents. */
  unsettled(): ReadonlyMap<string, readonly string[]>
}

/** An empty board: the events applied to it fill it. */
export function createChatBoard(): ChatBoard {
  const roster = createRoster((id, _before, changed) => reviewAll(new Set([...changed, ...heldBy(id)])))
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
    list(waiting, chat?.status === 'waiting' && !chat.offer && !waitsForCustomer(chat))
    list(transfers, chat?.status === 'active' && !chat.offer && chat.transfer !== undefined)
    list(offered, chat?.offer !== undefined)
    list(abandoned, chat?.status === 'active' && chat.awaitedReply.from === 'desk' && isGone(chat.assignee?.id))
    const holders = chat ? holdersOf(chat) : []
    const wrong = [...roster.holders(streamName('chat', id))].filter((holder) => !holders.includes(holder))
    if (wrong.length > 0) unsettled.set(id, wrong)
    else unsettled.delete(id)
  }
  const isGone = (agentId: string | undefined): boolean => {
    const state = agentId === undefined ? undefined : roster.at(agentId)?.state
    if (agentId === undefined || state === undefined) return false
    return state.status !== 'active' || state.availability === 'offline' || !roster.isConnected(agentId)
  }
  const reviewAll = (streams: Iterable<string>): void => {
    for (const work of streams) {
      const { category, id } = parseStream(work)
      if (category === 'chat') review(id)
    }
  }
  const heldBy = (agentId: string): readonly string[] => {
    const { state } = roster.at(agentId) ?? {}
    return state === undefined || state.status === 'absent' ? [] : Object.keys(state.claims)
  }
  const updateChat: ChatBoard['updateChat'] = (id, state) => {
    const chat = chats.get(id)
    if (state.status === 'absent' || (chat && chat.version >= state.version)) return
    if (state.status === 'closed') chats.delete(id)
    else chats.set(id, { ...state, messages: {} })
    review(id)
  }
  const listed = (where: ReadonlyMap<string, Chat>): RoutedChat[] => Array.from(where, ([id, chat]) => ({ id, chat }))

  return {
    roster,
    apply: (envelope) => {
      if (isOfCategory(envelope, 'agent')) roster.apply(envelope)
      if (!isOfCategory(envelope, 'chat')) return 'applied'
      const { stream, version, event } = envelope
      const { id } = parseStream(stream)
      const chat = chats.get(id)
      if (chat && version <= chat.version) return 'applied'
      const hasPast = event.type === 'ChatReopened' || (event.type === 'ChatStarted' && version > 1)
      if (!chat && hasPast) return 'unknown_chat'
      updateChat(id, evolveChat(chat ?? { status: 'absent' }, event))
      return 'applied'
    },
    updateChat,
    get hasWork() {
      return waiting.size + transfers.size + offered.size + abandoned.size + unsettled.size > 0
    },
    chat: (id) => chats.get(id),
    get isEmpty() {
      return chats.size === 0
    },
    chats: function* () {
      for (const [id, chat] of chats) yield { id, chat }
    },
    setConnected: (agentId, connected) => {
      if (roster.isConnected(agentId) === connected) return
      roster.setConnected(agentId, connected)
      reviewAll(heldBy(agentId))
    },
    transfers: () => listed(transfers),
    waiting: () => listed(waiting).sort((one, other) => inQueueOrder(queued(one), queued(other))),
    get toOffer() {
      return transfers.size + waiting.size
    },
    offered: () => listed(offered),
    abandonedByAgents: () => listed(abandoned),
    unsettled: () => unsettled,
  }
}

/** A waiting chat by what its place in the queue follows from. */
const queued = ({ id, chat: { priority, queuedSince: waitingSince } }: RoutedChat): QueueKey => ({
  id,
  priority,
  waitingSince,
})

/** What a chat asks of its agent. */
export const requestOf = ({
  category,
  language,
  priority,
}: Pick<Chat, 'category' | 'language' | 'priority'>): Omit<AssignableWork, 'declined'> => ({
  category,
  language,
  priority,
  channel: 'chat',
  workChannel: 'chat',
})

/** The agent for a chat; or that nobody can take it now, and when somebody who missed it may be tried again. */
type ChatChoice =
  | { readonly kind: 'chosen'; readonly colleague: Colleague }
  | { readonly kind: 'nobody'; readonly suits: boolean; readonly againAt: Instant | undefined }

/**
 * Chooses the agent for a chat by the routing terms. Those who declined or missed it come again when nobody else is
 * left, after a while. A transfer is for its agent, its team, or agents of its level and above.
 * @param isFirst who is asked before all others, such as those who are known to be there.
 */
export function chooseForChat(
  { category, language, priority, transfer, assignee, skipped, times }: Chat,
  colleagues: readonly Colleague[],
  choose: (work: AssignableWork, colleagues: Iterable<Colleague>) => Choice,
  at: Instant,
  isFirst?: (colleague: Colleague) => boolean,
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
  const work: AssignableWork = { ...requestOf({ category, language, priority }), declined: [] }
  const fresh = candidates.filter(({ id }) => !missed.has(id))
  const again = () => candidates.filter(({ id }) => (missed.get(id) ?? at) <= at)
  const groups = [...(isFirst ? [() => fresh.filter(isFirst)] : []), () => fresh, again]
  for (const among of groups) {
    const choice = choose(work, among())
    if (choice.kind === 'chosen') return { kind: 'chosen', colleague: choice.colleague }
  }
  const next = [...missed.values()].filter((until) => until > at).sort()[0]
  return { kind: 'nobody', suits: candidates.length > 0, againAt: next }
}
