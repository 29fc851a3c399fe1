import type {
  AgentState,
  Board,
  Choice,
  Desk,
  EventEnvelope,
  EventStore,
  Instant,
  Position,
  RoutingTerms,
  WorkItem,
} from '@guichet/domain'
import {
  createBoard,
  createChooser,
  days,
  evolveWorkItem,
  inQueueOrder,
  instant,
  kindOf,
  parseStream,
  readInPages,
  streamName,
  workChannelOf,
} from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { subscribe, noReports } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import { completeOffer, offerTicket, queueTicket, settleClaims, staleReasons } from './offers.ts'
import type { RoutingPass } from './passes.ts'
import { createRoutingPass, createRoutingBackOff, createPasses } from './passes.ts'

export type RouterOptions = {
  readonly desk: Desk
  /** The terms in force now. */
  readonly terms: () => RoutingTerms
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<Beginning>) | undefined
  /** For how many milliseconds a ticket without a category waits for a classifier; 0 by default. */
  readonly classificationMs?: number
  /** For how many milliseconds the recorded reason of a waiting ticket stays unchanged; a minute by default. */
  readonly reasonMs?: number
  /** For how many milliseconds it gathers events after a look at the history; 0 by default. */
  readonly gatherMs?: number
  /** How many tickets it processes concurrently; 128 by default. */
  readonly concurrency?: number
  readonly onError?: OnError
  /** Receives successes and failures in following the history. */
  readonly health?: FollowerReports
}

export type RouterStatus = {
  /** How far the router knows the history. */
  readonly position: Position | undefined
  /** How many tickets it is processing. */
  readonly underWay: number
  /** How many tickets are to be offered, are offered, and take places that they should not. */
  readonly waiting: number
  readonly offered: number
  readonly unsettled: number
  /** For how many tickets it stores when they may be looked at again. */
  readonly paced: number
  /** Whether there is something that it could do now, or after a pause. */
  readonly idle: boolean
}

/** Finds an agent for each ticket. */
export type Router = {
  /** Follows the history until `stop`; resolves when it knows where to begin. */
  start(): Promise<void>
  /** Accepts no new work and resolves when work under way has ended. The next router completes unfinished work. */
  stop(): Promise<void>
  status(): RouterStatus
}

/**
 * Routes the tickets of a desk. Any number of concurrent routers have the same effect as one, because the streams of
 * tickets and agents decide, and every step has its own command id. A router's knowledge may be out of date: that costs
 * a step without effect.
 */
export function createRouter(options: RouterOptions): Router {
  const { desk, terms, begin, gatherMs = 0, concurrency = 128 } = options
  const { classificationMs = 0, reasonMs = 60_000, onError = () => undefined, health = noReports } = options
  const board: Board = createBoard()
  const steps = { desk, board }
  const pace = createRoutingBackOff(Date.now)
  const underWay = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const choose = chooseOnBoard(board, terms)
  const review = staleReasons(reasonMs)
  const known: Known = { position: undefined }
  let idle = false
  let reviewedAt = Date.now()
  let following: Promise<void> = Promise.resolve()

  const kick = (): void => {
    idle = false
    passes.kick()
  }

  const deal = (id: string, work: () => Promise<number>, ended?: () => void): void => {
    const run = async (): Promise<void> => {
      try {
        pace.done(id, await work())
      } catch (error) {
        pace.failed(id)
        onError(error, `routing ${streamName('ticket', id)}`)
      } finally {
        underWay.delete(id)
        ended?.()
        if (!board.ticket(id) && !board.unsettled().has(id)) pace.forget(id)
        kick()
      }
    }
    underWay.set(id, run())
  }

  /** Processes a ticket, which counts as given to an agent meanwhile. */
  const give = (item: WorkItem, agentId: string, now: number, work: () => Promise<number>): void => {
    const { id } = item
    board.roster.promise(agentId, streamName('ticket', id), workChannelOf(item), now)
    deal(id, work, () => board.roster.takeBack(agentId, streamName('ticket', id)))
  }

  /** A ticket that does not settle although nothing has changed rests, and is retried. */
  const settle = async (id: string): Promise<number> => {
    const version = await settleClaims(steps, id)
    if (board.unsettled().has(id) && version <= (board.ticket(id)?.version ?? version)) pace.failed(id)
    return version
  }

  /** One pass over everything that may have something to do. */
  const pass = (): void => {
    const look = createRoutingPass({ roster: board.roster, pace, underWay, concurrency })
    const { now, isDue, hasRoom, suppose } = look
    for (const id of board.unsettled()) {
      if (hasRoom() && isDue(id, board.ticket(id)?.version ?? Number.MAX_SAFE_INTEGER, 'settle'))
        deal(id, () => settle(id))
    }
    for (const id of board.offered()) {
      const item = board.ticket(id)
      const offer = item?.routing.offer
      if (!item || !offer || underWay.has(id)) continue
      const { round, agent } = offer
      const pending = { round, agentId: agent.id, version: item.offeredAt, origin: item }
      if (hasRoom() && isDue(id, item.version, 'offer'))
        give(item, agent.id, now, () => completeOffer(steps, id, pending))
      else suppose(item, agent.id)
    }
    if (board.roster.hasAgents) {
      routeQueue(look)
      if (now >= reviewedAt + reasonMs) reviewReasons(look)
    }
    const { left, next } = look.end()
    const nextReview = board.queued.length > 0 ? reviewedAt + reasonMs : Infinity
    const waits = board.roster.hasAgents ? Math.min(next, nextShift(now), nextReview) : next
    passes.kickIn(waits - now)
    idle = !left && underWay.size === 0 && !passes.requested
  }

  const passes = createPasses(pass, stopping.signal, onError)

  /** When the crews on shift next change, while a ticket waits; a timer accepts a day at most. */
  const nextShift = (now: number): number => {
    if (board.arrived.length + board.queued.length === 0) return Infinity
    const at = terms().shiftEnds?.(instant(new Date(now)))
    return at === undefined ? Infinity : Math.min(Date.parse(at), now + days(1))
  }

  /** Records again why tickets wait, where the reason has changed. */
  const reviewReasons = ({ now, isDue, hasRoom }: RoutingPass): void => {
    reviewedAt = now
    for (const { id, version, reason } of review(board.queued, choose(instant(new Date(now))), now)) {
      if (!hasRoom()) return
      if (isDue(id, version, 'queue'))
        deal(id, () => queueTicket(steps, { id, version }, reason, terms().policyVersion))
    }
  }

  /** While nobody has a place, tickets that are already queued need no look. */
  const routeQueue = ({ now, isDue, mayBeDue, hasRoom }: RoutingPass): void => {
    const chosen = choose(instant(new Date(now)))
    for (const item of inTurn(board.arrived, () => (board.hasPlaceForQueued ? board.queued : []))) {
      const { id, version } = item
      if (!hasRoom()) break
      if (item.routing.queued && !board.roster.hasPlace(workChannelOf(item))) continue
      if (!mayBeDue(id, version)) continue
      const unfiled = item.category === undefined && !item.classified && item.routing.queued === undefined
      const patience = unfiled ? classificationMs : 0
      const choice = chosen(item)
      const inForce = terms()
      if (choice.kind === 'chosen') {
        if (!isDue(id, version, 'route', patience)) continue
        give(item, choice.colleague.id, now, () => offerTicket(steps, item, choice, inForce))
      } else if (item.routing.queued === undefined && isDue(id, version, 'queue', patience)) {
        deal(id, () => queueTicket(steps, item, choice.reason, inForce.policyVersion))
      }
    }
  }

  const onKnown = (events: readonly EventEnvelope[]): void => {
    for (const { stream } of events) {
      const { category, id } = parseStream(stream)
      if (category === 'ticket' && !board.ticket(id) && !underWay.has(id)) pace.forget(id)
    }
    if (events.length > 0 || !idle) kick()
  }

  return {
    start: async () => {
      const beginning = await begin?.()
      if (beginning) await learnBeginning(board, desk, beginning)
      known.position = beginning?.after
      kick()
      following = followHistory(desk.store, board, known, {
        gatherMs,
        signal: stopping.signal,
        onKnown,
        onError: (error) => onError(error, 'routing'),
        health,
      })
    },
    stop: async () => {
      stopping.abort()
      await following
      await passes.end()
      await Promise.all(underWay.values())
    },
    status: () => ({
      position: known.position,
      underWay: underWay.size,
      waiting: board.arrived.length + board.queued.length,
      offered: board.offered().size,
      unsettled: board.unsettled().size,
      paced: pace.size,
      idle: idle && !passes.requested,
    }),
  }
}

/** The last event that a board knows. */
type Known = { position: Position | undefined }

type Following = {
  readonly gatherMs: number
  readonly signal: AbortSignal
  /** Called with the events that the board has learned; with none when it knows them all. */
  onKnown(events: readonly EventEnvelope[]): void
  onError(error: unknown): void
  readonly health: FollowerReports
}

/**
 * Lets a board learn every event after a position, then new ones, until the signal. Reads its start from `known` and
 * writes its progress there; resolves when the batch under way has been learned.
 */
async function followHistory(
  store: EventStore,
  board: Board,
  known: Known,
  { gatherMs, signal, onKnown, onError, health }: Following,
): Promise<void> {
  const lookUp = async (stream: string): Promise<void> => {
    let item: WorkItem | undefined
    for await (const page of readInPages(store, stream)) {
      for (const envelope of page) item = evolveWorkItem(item, envelope as Parameters<typeof evolveWorkItem>[1])
    }
    if (item) board.learnTicket(item)
  }
  await subscribe(store, {
    after: known.position,
    gatherMs,
    signal,
    onBatch: async (events, to) => {
      for (const envelope of events) {
        if (board.learn(envelope) === 'unknown_ticket') await lookUp(envelope.stream)
      }
      known.position = to
      onKnown(events)
    },
    onCaughtUp: () => onKnown([]),
    onError: (error, failures) => {
      if (failures === 1) onError(error)
      health.failed('routing', error)
    },
    onSuccess: () => health.succeeded('routing'),
  })
}

/** A router's initial knowledge: the effects of the events up to a position, and perhaps of later ones. */
export type Beginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The imports that have ended: the events that they still bring in wait for nothing. */
  readonly endedImports: readonly string[]
  /** The open tickets, all at once or as they are read. */
  readonly tickets: Iterable<WorkItem> | AsyncIterable<WorkItem>
}

/** Teaches a board the initial knowledge, and a desk the state of its agents' streams, which grow without end. */
async function learnBeginning(
  board: Board,
  desk: Pick<Desk, 'cacheState'>,
  { agents, endedImports, tickets }: Beginning,
): Promise<void> {
  for (const { id, version, state } of agents) {
    board.roster.learn(id, version, state)
    desk.cacheState('agent', id, { version, state })
  }
  for (const id of endedImports) board.learnEndedImport(id)
  for await (const item of tickets) board.learnTicket(item)
}

/** Chooses agents for one ticket after the other, on the current board. */
type ChooseOnBoard = (at: Instant) => (item: WorkItem) => Choice

/**
 * The chooser's findings on an agent are cached until the agent or the terms change. Within one pass, tickets with the
 * same requirements share a failed search: an agent who was not available for the first has not become so since, and
 * one who has declined may suit the next.
 */
export function chooseOnBoard(board: Board, terms: () => RoutingTerms): ChooseOnBoard {
  let cached:
    | {
        readonly terms: RoutingTerms
        /** When the crews on shift change. */
        readonly until: Instant | undefined
        readonly choose: ReturnType<typeof createChooser>
      }
    | undefined
  const chooserAt = (at: Instant): ReturnType<typeof createChooser> => {
    const inForce = terms()
    const stale = cached?.until !== undefined && at >= cached.until
    if (cached?.terms !== inForce || stale) {
      cached = { terms: inForce, until: inForce.shiftEnds?.(at), choose: createChooser(inForce, at) }
    }
    return cached.choose
  }
  return (at) => {
    const choose = chooserAt(at)
    const inVain = new Map<string, Choice>()
    return (item) => {
      const { category, language, channel, chatId, priority, routing, level, handedDown, towards } = item
      const { declined } = routing
      const kind = kindOf(item)
      const known = inVain.get(kind)
      if (known) return known
      const choice = choose(
        { category, language, channel, chatId, priority, declined, level, handedDown, towards },
        board.roster.colleagues(),
      )
      if (choice.kind === 'nobody' && choice.excluded.declined === undefined) inVain.set(kind, choice)
      return choice
    }
  }
}

/** Merges two lists in the order of the queue; `queued` is called before each step. */
function* inTurn(arrived: readonly WorkItem[], queued: () => readonly WorkItem[]): Generator<WorkItem> {
  let [next, nextQueued] = [0, 0]
  for (;;) {
    const [one, other] = [arrived[next], queued()[nextQueued]]
    if (one === undefined && other === undefined) return
    if (other === undefined || (one !== undefined && inQueueOrder(one, other) < 0)) {
      next++
      if (one) yield one
    } else {
      nextQueued++
      yield other
    }
  }
}
