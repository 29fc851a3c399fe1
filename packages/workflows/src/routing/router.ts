import type { AgentState, Board, Choice, Desk, Instant, Position, RoutingTerms, WorkItem } from '@guichet/domain'
import { createBoard, evolveWorkItem, inQueueOrder, instant, kindOf, readInPages, workChannelOf } from '@guichet/domain'
import type { RoutingOptions, RoutingProcess, RoutingProgress } from './loop.ts'
import { createRoutingLoop } from './loop.ts'
import { completeOffer, offerTicket, queueTicket, settleClaims, staleReasons } from './offers.ts'
import type { RoutingPass } from './passes.ts'
import { cachedChooser, nextShift } from './terms.ts'

/** How tickets are routed. */
export type RouterOptions = RoutingOptions & {
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<Beginning>) | undefined
  /** For how many milliseconds a ticket without a category waits for a classifier; 0 by default. */
  readonly classificationMs?: number
  /** For how many milliseconds the recorded reason of a waiting ticket stays unchanged; a minute by default. */
  readonly reasonMs?: number
}

/** What a router of tickets is doing. */
export type RouterStatus = RoutingProgress & {
  /** How many tickets are to be offered, are offered, and take places that they should not. */
  readonly waiting: number
  readonly offered: number
  readonly unsettled: number
}

/** Finds an agent for each ticket. */
export type Router = RoutingProcess<RouterStatus>

/**
 * Routes the tickets of a desk. Any number of concurrent routers have the same effect as one, because the streams of
 * tickets and agents decide, and every step has its own command id. A router's knowledge may be out of date: that costs
 * a step without effect.
 */
export function createRouter(options: RouterOptions): Router {
  const { desk, terms, begin, classificationMs = 0, reasonMs = 60_000 } = options
  const board: Board = createBoard()
  const steps = { desk, board }
  const choose = chooseOnBoard(board, terms)
  const review = staleReasons(reasonMs)
  let reviewedAt = Date.now()

  /** A ticket that does not settle although nothing has changed rests, and is retried. */
  const settle = async (id: string): Promise<number> => {
    const version = await settleClaims(steps, id)
    if (board.unsettled().has(id) && version <= (board.ticket(id)?.version ?? version)) loop.rest(id)
    return version
  }

  /** One pass over everything that may have something to do. */
  const pass = (pass: RoutingPass): number => {
    const { now, isDue, hasRoom } = pass
    for (const id of board.unsettled()) {
      if (hasRoom() && isDue(id, board.ticket(id)?.version ?? Number.MAX_SAFE_INTEGER, 'settle'))
        pass.run(id, () => settle(id))
    }
    for (const id of board.offered()) {
      const item = board.ticket(id)
      const offer = item?.routing.offer
      if (!item || !offer) continue
      const { round, agent } = offer
      const pending = { round, agentId: agent.id, version: item.offeredAt, origin: item }
      const channel = workChannelOf(item)
      if (hasRoom() && isDue(id, item.version, 'offer'))
        pass.give(id, agent.id, channel, () => completeOffer(steps, id, pending))
      else pass.reserve(id, agent.id, channel)
    }
    if (!board.roster.hasAgents) return Infinity
    routeQueue(pass)
    if (now >= reviewedAt + reasonMs) reviewReasons(pass)
    const nextReview = board.queued.length > 0 ? reviewedAt + reasonMs : Infinity
    return Math.min(board.arrived.length + board.queued.length > 0 ? nextShift(terms(), now) : Infinity, nextReview)
  }

  /** Records again why tickets wait, where the reason has changed. */
  const reviewReasons = ({ now, isDue, hasRoom, run }: RoutingPass): void => {
    reviewedAt = now
    for (const { id, version, reason } of review(board.queued, choose(instant(new Date(now))), now)) {
      if (!hasRoom()) return
      if (isDue(id, version, 'queue')) run(id, () => queueTicket(steps, { id, version }, reason, terms().policyVersion))
    }
  }

  /** While nobody has a place, tickets that are already queued are not tried. */
  const routeQueue = ({ now, isDue, mayBeDue, hasRoom, run, give }: RoutingPass): void => {
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
        give(id, choice.colleague.id, workChannelOf(item), () => offerTicket(steps, item, choice, inForce))
      } else if (item.routing.queued === undefined && isDue(id, version, 'queue', patience)) {
        run(id, () => queueTicket(steps, item, choice.reason, inForce.policyVersion))
      }
    }
  }

  const readTicket = async (stream: string): Promise<void> => {
    let item: WorkItem | undefined
    for await (const page of readInPages(desk.store, stream)) {
      for (const envelope of page) item = evolveWorkItem(item, envelope as Parameters<typeof evolveWorkItem>[1])
    }
    if (item) board.updateTicket(item)
  }

  const loop = createRoutingLoop({
    concurrency: 128,
    ...options,
    category: 'ticket',
    name: 'routing',
    roster: board.roster,
    begin: async () => {
      const beginning = await begin?.()
      if (beginning) await applyBeginning(board, desk, beginning)
      return beginning?.after
    },
    apply: async (envelope) => {
      if (board.apply(envelope) === 'unknown_ticket') await readTicket(envelope.stream)
    },
    knows: (id) => board.ticket(id) !== undefined,
    pass,
  })

  return {
    ...loop,
    status: () => ({
      ...loop.status(),
      waiting: board.arrived.length + board.queued.length,
      offered: board.offered().size,
      unsettled: board.unsettled().size,
    }),
  }
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

/** Applies the initial knowledge to a board, and caches in the desk the agents' streams, which grow without end. */
async function applyBeginning(
  board: Board,
  desk: Pick<Desk, 'cacheState'>,
  { agents, endedImports, tickets }: Beginning,
): Promise<void> {
  for (const { id, version, state } of agents) {
    board.roster.update(id, version, state)
    desk.cacheState('agent', id, { version, state })
  }
  for (const id of endedImports) board.endImport(id)
  for await (const item of tickets) board.updateTicket(item)
}

/** Chooses agents for one ticket after the other, on the current board. */
type ChooseOnBoard = (at: Instant) => (item: WorkItem) => Choice

/**
 * Within one pass, tickets with the same requirements share a failed search: an agent who was not available for the
 * first has not become so since, and one who has declined may suit the next.
 */
export function chooseOnBoard(board: Board, terms: () => RoutingTerms): ChooseOnBoard {
  const chooserAt = cachedChooser(terms)
  return (at) => {
    const choose = chooserAt(at)
    const inVain = new Map<string, Choice>()
    return (item) => {
      const { category, language, channel, priority, routing, level, handedDown, towards } = item
      const { declined } = routing
      const workChannel = workChannelOf(item)
      const request = { category, language, channel, workChannel, priority, level, handedDown, towards }
      const kind = kindOf(request)
      const knownChoice = inVain.get(kind)
      if (knownChoice) return knownChoice
      const choice = choose({ ...request, declined }, board.roster.colleagues())
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
