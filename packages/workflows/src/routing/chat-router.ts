import type {
  AgentState,
  ChatState,
  Desk,
  EventEnvelope,
  Instant,
  Position,
  RoutedChat,
  RoutingTerms,
} from '@guichet/domain'
import {
  agentEvents,
  chatActor,
  chatEvents,
  chooseForChat,
  createChatBoard,
  createChooser,
  engineCommandId,
  instant,
  throwIfTransient,
  settleChat,
  streamName,
} from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { noReports, subscribe } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { createPasses, createRoutingBackOff } from './passes.ts'

export type ChatRouterOptions = {
  readonly desk: Desk
  /** The terms in force now. */
  readonly terms: () => RoutingTerms
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<ChatBeginning>) | undefined
  /** How many chats it processes concurrently; 64 by default. */
  readonly concurrency?: number
  readonly onError?: OnError
  /** Receives successes and failures in following the history. */
  readonly health?: FollowerReports
}

/** The initial knowledge of a router of chats: at least the effects of the events up to a position. */
type ChatBeginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The ids of the open chats. */
  readonly chats: readonly string[]
}

export type ChatRouterStatus = {
  /** How far the router knows the history. */
  readonly position: Position | undefined
  /** How many chats it is processing, are to be offered, are offered, and take places that they should not. */
  readonly underWay: number
  readonly waiting: number
  readonly offered: number
  readonly unsettled: number
}

/** Offers each chat to an agent. */
export type ChatRouter = {
  /** Follows the history until `stop`; resolves when it knows where to begin. */
  start(): Promise<void>
  /** Accepts no new work and resolves when work under way has ended. The next router completes unfinished work. */
  stop(): Promise<void>
  status(): ChatRouterStatus
}

/** The events that it follows: those of chats and of agents. */
const types = [...Object.keys(chatEvents), ...Object.keys(agentEvents)]

/**
 * Offers the chats of a desk to its agents, one agent at a time. Any number of concurrent routers have the same effect
 * as one: a chat's stream decides each round once, and an agent's stream their places. An offer takes a place until it
 * is accepted, declined, or expires.
 */
export function createChatRouter(options: ChatRouterOptions): ChatRouter {
  const { desk, terms, begin, concurrency = 64, onError = () => undefined, health = noReports } = options
  const board = createChatBoard()
  const pace = createRoutingBackOff(Date.now)
  const underWay = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  let position: Position | undefined
  let following: Promise<void> = Promise.resolve()

  const deal = (id: string, what: string, work: () => Promise<unknown>): void => {
    if (underWay.has(id) || underWay.size >= concurrency) return
    const dueAt = pace.plan(id, what, 0)
    if (dueAt > Date.now()) return passes.kickIn(dueAt - Date.now())
    const run = async (): Promise<void> => {
      try {
        await work()
        await learn(id)
        pace.forget(id)
      } catch (error) {
        pace.failed(id)
        onError(error, `routing ${streamName('chat', id)}`)
      } finally {
        underWay.delete(id)
        passes.kick()
      }
    }
    underWay.set(id, run())
  }

  /** Updates the board with a chat as its stream is: the next pass must not decide on an older state. */
  const learn = async (id: string): Promise<void> => board.learnChat(id, (await desk.read('chat', id)).state)

  const learnAgent = async (id: string): Promise<void> => {
    const { version, state } = await desk.read('agent', id)
    board.roster.learn(id, version, state)
  }

  const send = async (id: string, command: Parameters<typeof desk.execute<'chat'>>[2], ...step: readonly string[]) => {
    const sender = { by: chatActor, commandId: engineCommandId('chat', id, ...step) }
    const outcome = await desk.engine.execute('chat', id, command, sender)
    throwIfTransient(outcome)
    return outcome
  }

  /** Claims the place of an open offer, or takes the offer back when the agent has none. */
  const claim = async (id: string, state: ChatState): Promise<void> => {
    const { offer } = state.status === 'absent' ? {} : state
    if (!offer) return
    const { round, version, agent } = offer
    const work = streamName('chat', id)
    const claimed = await desk.engine.execute(
      'agent',
      agent.id,
      { type: 'claim', work, channel: 'chat', version, round },
      { by: chatActor },
    )
    if (claimed.ok) return learnAgent(agent.id)
    throwIfTransient(claimed)
    await send(id, { type: 'withdrawOffer', round, reason: claimed.refusal.code }, 'withdraw', String(round))
    await learnAgent(agent.id)
  }

  const offer = async ({ id, chat }: RoutedChat, agent: { id: string; name: string }, agentVersion: number) => {
    const round = chat.offers + 1
    const offered = await send(id, { type: 'offer', round, agent, agentVersion }, 'offer', String(round))
    if (offered.ok) await claim(id, (await desk.read('chat', id)).state)
  }

  /** One pass over everything that may have something to do. */
  const pass = (): void => {
    const now = Date.now()
    const at = instant(new Date(now))
    for (const [id, agents] of board.unsettled()) {
      deal(id, `settle/${agents.join()}`, async () => {
        await settleChat(desk, id, agents)
        for (const agentId of agents) await learnAgent(agentId)
      })
    }
    for (const { id, chat } of board.offered()) {
      const holder = chat.offer?.agent.id ?? ''
      if (board.roster.holders(streamName('chat', id)).has(holder)) continue
      deal(id, `claim/${chat.offer?.round}`, async () => claim(id, (await desk.read('chat', id)).state))
    }
    for (const { id, chat } of board.abandonedByAgents()) {
      deal(id, `requeue/${chat.version}`, () =>
        send(id, { type: 'requeue', reason: 'the agent is offline' }, 'requeue', String(chat.version)),
      )
    }
    offerAll(at, now)
  }

  const offerAll = (at: Instant, now: number): void => {
    const inForce = terms()
    const choose = createChooser(inForce, at)
    const promised: { readonly agentId: string; readonly work: string }[] = []
    let next = inForce.shiftEnds?.(at)
    for (const routed of board.toOffer()) {
      const { id, chat } = routed
      if (underWay.has(id)) continue
      const choice = chooseForChat(chat, board.roster.colleagues(), choose, at)
      if (choice.kind === 'chosen') {
        const { id: agentId, version, agent } = choice.colleague
        promised.push({ agentId, work: streamName('chat', id) })
        board.roster.promise(agentId, streamName('chat', id), 'chat', now)
        deal(id, `offer/${chat.version}`, () => offer(routed, { id: agentId, name: agent.profile.name }, version))
      } else if (chat.transfer && (chat.transfer.to.agent ?? !choice.suits)) {
        deal(id, `end/${chat.version}`, () =>
          send(id, { type: 'endTransfer', reason: 'nobody' }, 'end', String(chat.version)),
        )
      } else if (choice.againAt !== undefined && (next === undefined || choice.againAt < next)) next = choice.againAt
    }
    for (const { agentId, work } of promised) {
      const id = work.slice('chat-'.length)
      const running = underWay.get(id)
      if (running) void running.then(() => board.roster.takeBack(agentId, work))
      else board.roster.takeBack(agentId, work)
    }
    if (next !== undefined) passes.kickIn(Math.min(Date.parse(next) - now, 86_400_000))
  }

  const passes = createPasses(pass, stopping.signal, onError)

  return {
    start: async () => {
      const beginning = await begin?.()
      position = beginning?.after
      for (const { id, version, state } of beginning?.agents ?? []) board.roster.learn(id, version, state)
      for (const id of beginning?.chats ?? []) await learn(id)
      passes.kick()
      following = subscribe(desk.store, {
        after: position,
        types,
        signal: stopping.signal,
        onBatch: (events: readonly EventEnvelope[], to) => {
          for (const envelope of events) board.learn(envelope)
          position = to
          if (events.length > 0 && board.hasWork) passes.kick()
        },
        onError: (error, failures) => {
          if (failures === 1) onError(error, 'routing chats')
          health.failed('routing chats', error)
        },
        onSuccess: () => health.succeeded('routing chats'),
      })
    },
    stop: async () => {
      stopping.abort()
      await following
      await passes.end()
      await Promise.all(underWay.values())
    },
    status: () => ({
      position,
      underWay: underWay.size,
      waiting: board.toOffer().length,
      offered: board.offered().length,
      unsettled: board.unsettled().size,
    }),
  }
}
