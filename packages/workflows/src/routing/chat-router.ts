import type { AgentState, ChatBoard, ChatSettings, Desk, Position, RoutedChat } from '@guichet/domain'
import {
  agentEvents,
  chatEvents,
  chooseForChat,
  createChatBoard,
  instant,
  kindOf,
  parseStream,
  requestOf,
  streamName,
  takesWork,
  unlessDeleted,
} from '@guichet/domain'
import type { Connections } from './absences.ts'
import { absenceTimes, readAbsences } from './absences.ts'
import {
  claimOffered,
  offerChat,
  refreshChat,
  requeueChat,
  settlePlaces,
  stepChat,
  withdrawOffer,
} from './chat-offers.ts'
import type { RoutingOptions, RoutingProcess, RoutingProgress } from './loop.ts'
import { createRoutingLoop } from './loop.ts'
import type { RoutingPass } from './passes.ts'
import { cachedChooser, nextShift } from './terms.ts'

/** The options of a router of chats, beside those of every router. */
export type ChatRouterOptions = RoutingOptions & {
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<ChatBeginning>) | undefined
  /** Who is connected; without it everybody is. */
  readonly connections?: Connections | undefined
}

/** The initial knowledge of a router of chats: at least the effects of the events up to a position. */
type ChatBeginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The ids of the open chats. */
  readonly chats: readonly string[]
}

/** What a router of chats is doing. */
export type ChatRouterStatus = RoutingProgress & {
  /** How many chats are to be offered, are offered, and take places that they should not. */
  readonly waiting: number
  readonly offered: number
  readonly unsettled: number
}

/** Offers each chat to an agent. */
export type ChatRouter = RoutingProcess<ChatRouterStatus>

/** The events that it follows: those of chats and of agents. */
const types = [...Object.keys(chatEvents), ...Object.keys(agentEvents)]

/**
 * Offers the chats of a desk to its agents, one agent at a time. Any number of concurrent routers have the same effect
 * as one: a chat's stream decides each round once, and an agent's stream their places. An offer takes a place until it
 * is accepted, declined, or expires.
 */
export function createChatRouter(options: ChatRouterOptions): ChatRouter {
  const { desk, terms, begin, connections, onError = () => undefined } = options
  const board = createChatBoard()
  const steps = { desk, board }
  const checkConnections = createConnectionCheck({ steps, terms, connections })
  const offerAll = createOffering({ steps, terms, connections })

  /** A chat that does not settle although nothing has changed rests, and is retried. */
  const settle = async (id: string, agents: readonly string[]): Promise<number> => {
    const version = await settlePlaces(steps, id, agents)
    if (board.unsettled().has(id)) loop.rest(id)
    return version
  }

  /** One pass over everything that may have something to do. */
  const pass = (pass: RoutingPass): number => {
    const { hasRoom, isDue, run, give, reserve } = pass
    const nextCheck = checkConnections(pass)
    for (const [id, agents] of board.unsettled()) {
      if (hasRoom() && isDue(id, board.chat(id)?.version ?? Number.MAX_SAFE_INTEGER, `settle/${agents.join()}`))
        run(id, () => settle(id, agents))
    }
    for (const routed of board.offered()) {
      const { id, chat } = routed
      const holder = chat.offer?.agent.id ?? ''
      const agent = board.roster.at(holder)?.state
      if (agent && agent.status !== 'absent' && !takesWork(agent)) {
        if (hasRoom() && isDue(id, chat.version, 'withdraw'))
          run(id, () => withdrawOffer(steps, routed, 'agent_unavailable'))
        continue
      }
      if (board.roster.holders(streamName('chat', id)).has(holder)) continue
      if (hasRoom() && isDue(id, chat.version, 'claim')) give(id, holder, 'chat', () => claimOffered(steps, id))
      else reserve(id, holder, 'chat')
    }
    for (const routed of board.abandonedByAgents()) {
      const { id, chat } = routed
      if (hasRoom() && isDue(id, chat.version, 'requeue', absenceTimes.signMs))
        run(id, () => requeueChat(steps, routed, terms()))
    }
    return Math.min(offerAll(pass), nextCheck, board.toOffer > 0 ? nextShift(terms(), pass.now) : Infinity)
  }

  const loop = createRoutingLoop({
    concurrency: 64,
    ...options,
    category: 'chat',
    name: 'routing chats',
    types,
    roster: board.roster,
    begin: async () => {
      const beginning = await begin?.()
      for (const { id, version, state } of beginning?.agents ?? []) board.roster.update(id, version, state)
      for (const id of beginning?.chats ?? []) {
        await unlessDeleted(refreshChat(steps, id), (deleted) => onError(deleted, `routing passes over the chat ${id}`))
      }
      return beginning?.after
    },
    apply: async (envelope) => {
      if (board.apply(envelope) === 'unknown_chat') await refreshChat(steps, parseStream(envelope.stream).id)
    },
    knows: (id) => board.chat(id) !== undefined,
    hasWork: () => board.hasWork || (connections !== undefined && !board.isEmpty),
    pass,
  })

  return {
    ...loop,
    status: () => ({
      ...loop.status(),
      waiting: board.toOffer,
      offered: board.offered().length,
      unsettled: board.unsettled().size,
    }),
  }
}

/** What the parts of a router of chats work on. */
type ChatRouting = Pick<ChatRouterOptions, 'terms' | 'connections'> & {
  readonly steps: { readonly desk: Desk; readonly board: ChatBoard }
}

/**
 * Returns what records which agents and which waiting customers are connected, and withdraws offers to agents who are
 * not. It returns when connections are to be read again, in milliseconds of the epoch.
 */
function createConnectionCheck({ steps, terms, connections }: ChatRouting): (pass: RoutingPass) => number {
  const { board } = steps
  /** What no connection meant when connections were last read. */
  let appliedRule: ChatSettings['presence'] | undefined
  return ({ now, hasRoom, isDue, run }) => {
    if (!connections) return Infinity
    const rule = terms().chatPresence ?? 'observed'
    if (rule !== appliedRule) for (const agentId of board.roster.ids()) board.setConnected(agentId, true)
    appliedRule = rule
    const { gone, back } = readAbsences(board, connections, rule)
    const record = (routed: RoutedChat, type: 'disconnect' | 'reconnect'): void => {
      const { id, chat } = routed
      if (hasRoom() && isDue(id, chat.version, type))
        run(id, () => stepChat(steps, routed, { type }, type, String(chat.version)))
    }
    for (const routed of gone) record(routed, 'disconnect')
    for (const routed of back) record(routed, 'reconnect')
    for (const routed of board.offered()) {
      const { id, chat } = routed
      if (!chat.offer || board.roster.isConnected(chat.offer.agent.id)) continue
      if (hasRoom() && isDue(id, chat.version, 'withdraw')) run(id, () => withdrawOffer(steps, routed, 'agent_away'))
    }
    return board.isEmpty ? Infinity : now + absenceTimes.checkEveryMs
  }
}

/**
 * Returns what offers all that is to be offered: transfers first, whose customers are in a conversation already. While
 * nobody has a place, chats that wait are not tried. It returns when somebody who missed a chat may be asked again, in
 * milliseconds of the epoch.
 */
function createOffering({ steps, terms, connections }: ChatRouting): (pass: RoutingPass) => number {
  const { board } = steps
  const { roster } = board
  const chooserAt = cachedChooser(terms)

  /**
   * The agents who are connected, to whom chats are offered first; undefined where that makes no difference. Others may
   * work by requests alone, or never come.
   */
  const connectedAgents = (): ReadonlySet<string> | undefined =>
    connections && (terms().chatPresence ?? 'observed') === 'observed'
      ? new Set([...roster.ids()].filter((id) => connections.agent(id) === 0))
      : undefined

  return ({ now, hasRoom, mayBeDue, isDue, run, give }) => {
    const at = instant(new Date(now))
    const choose = chooserAt(at)
    const connected = connectedAgents()
    let next = Infinity
    /** Kinds of chats for which nobody is left in this pass. */
    const rejectedKinds = new Set<string>()
    const tryToOffer = (routed: RoutedChat): void => {
      const { id, chat } = routed
      const { transfer, skipped } = chat
      if (!mayBeDue(id, chat.version)) return
      const kind = transfer || skipped.length > 0 ? undefined : kindOf(requestOf(chat))
      if (kind !== undefined && rejectedKinds.has(kind)) return
      const choice = chooseForChat(chat, roster.colleagues(), choose, at, connected && (({ id }) => connected.has(id)))
      if (choice.kind === 'chosen') {
        if (isDue(id, chat.version, 'offer'))
          give(id, choice.colleague.id, 'chat', () => offerChat(steps, routed, choice.colleague))
      } else if (transfer && (transfer.to.agent ?? !choice.suits)) {
        const end = { type: 'endTransfer', reason: 'nobody' } as const
        if (isDue(id, chat.version, 'end')) run(id, () => stepChat(steps, routed, end, 'end', String(chat.version)))
      } else if (choice.againAt !== undefined) next = Math.min(next, Date.parse(choice.againAt))
      else if (kind !== undefined) rejectedKinds.add(kind)
    }
    for (const routed of board.transfers()) if (hasRoom()) tryToOffer(routed)
    if (!roster.hasPlace('chat')) return next
    for (const routed of board.waiting()) {
      if (!hasRoom() || !roster.hasPlace('chat')) break
      tryToOffer(routed)
    }
    return next
  }
}
