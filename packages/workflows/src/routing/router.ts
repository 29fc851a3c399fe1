import type { Board, Desk, EventEnvelope, Position, RoutingTerms, WorkItem } from '@guichet/domain'
import { createBoard, days, instant, parseStream, streamName, workChannelOf } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { unheardReports } from '@guichet/eventstore'
import type { OnError } from '../supervision/on-error.ts'
import type { Beginning } from './beginning.ts'
import { learnBeginning } from './beginning.ts'
import { chooseOnBoard } from './chooser.ts'
import type { Known } from './follow-history.ts'
import { followHistory } from './follow-history.ts'
import { completeOffer, offerTicket } from './offer-ticket.ts'
import { inTurn } from './in-turn.ts'
import type { Look } from './look.ts'
import { createLook } from './look.ts'
import type { Sharing } from './pace.ts'
import { createPace } from './pace.ts'
import { createPasses } from './passes.ts'
import { queueTicket, settleClaims } from './settle-claims.ts'
import { staleReasons } from './stale-reasons.ts'

export type RouterOptions = {
  readonly desk: Desk
  /** The terms in force now. */
  readonly terms: () => RoutingTerms
  /** Told apart from others by its name, where several are at work. */
  readonly name: string
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<Beginning>) | undefined
  /** Who else is at work, where the tickets are shared out; without it a router takes every ticket at once. */
  readonly sharing?: Sharing | undefined
  /** For how many milliseconds a ticket without a category waits for a classifier to look at it; 0 by default. */
  readonly classificationMs?: number
  /** For how many milliseconds the reason for which a ticket waits stays as it was said; a minute by default. */
  readonly reasonMs?: number
  /** For how many milliseconds it gathers events after a look at the history; 0 by default. */
  readonly gatherMs?: number
  /** How many tickets it deals with at once; 128 by default. */
  readonly concurrency?: number
  readonly onError?: OnError
  /** Hears how it follows the history. */
  readonly health?: FollowerReports
}

export type RouterStatus = {
  /** How far the router knows the history. */
  readonly position: Position | undefined
  /** How many tickets it is dealing with. */
  readonly underWay: number
  /** How many tickets are to be offered, are offered, and take places that they should not. */
  readonly waiting: number
  readonly offered: number
  readonly unsettled: number
  /** Of how many tickets it remembers when they may be looked at again. */
  readonly paced: number
  /** Whether there is something that it could do now, or after a pause. */
  readonly idle: boolean
}

/** Finds an agent for each ticket. */
export type Router = {
  /** Follows the history until `stop`; resolves when it knows where to begin. */
  start(): Promise<void>
  /** Takes up nothing new and resolves when what is under way has ended. What is left half done is completed by the next one. */
  stop(): Promise<void>
  status(): RouterStatus
}

/**
 * Routes the tickets of a desk: any number of routers at once lead to the same as one, because the streams of tickets and agents decide, and
 * every step has a command id of its own. What a router knows may be out of date: that costs a step for nothing.
 */
export function createRouter(options: RouterOptions): Router {
  const { desk, terms, name, begin, sharing, gatherMs = 0, concurrency = 128 } = options
  const { classificationMs = 0, reasonMs = 60_000, onError = () => undefined, health = unheardReports } = options
  const board: Board = createBoard()
  const steps = { desk, board }
  const pace = createPace(name, sharing, Date.now)
  const underWay = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const choose = chooseOnBoard(board, terms)
  const review = staleReasons(reasonMs)
  const known: Known = { position: undefined, asOf: 0 }
  let idle = false
  /** The tickets that this router would have offered at its last look, had it been its turn. */
  let leftToOthers: ReadonlySet<string> = new Set()
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

  /** Deals with a ticket, which counts as given to an agent meanwhile. */
  const give = ({ id, channel }: WorkItem, agentId: string, now: number, work: () => Promise<number>): void => {
    board.roster.promise(agentId, streamName('ticket', id), workChannelOf(channel), now)
    deal(id, work, () => board.roster.takeBack(agentId, streamName('ticket', id)))
  }

  /** What does not settle although nothing has changed rests, and is tried again. */
  const settle = async (id: string): Promise<number> => {
    const version = await settleClaims(steps, id)
    if (board.unsettled().has(id) && version <= (board.ticket(id)?.version ?? version)) pace.failed(id)
    return version
  }

  /** One look at everything that may have something to do. */
  const pass = (): void => {
    const look = createLook({ roster: board.roster, pace, underWay, concurrency, asOf: known.asOf })
    const { now, turnOf, hasRoom, suppose } = look
    for (const id of board.unsettled()) {
      if (hasRoom() && turnOf(id, board.ticket(id)?.version ?? Number.MAX_SAFE_INTEGER, 'settle') === 'own')
        deal(id, () => settle(id))
    }
    for (const id of board.offered()) {
      const item = board.ticket(id)
      const offer = item?.routing.offer
      if (!item || !offer || underWay.has(id)) continue
      const { round, agent } = offer
      const pending = { round, agentId: agent.id, version: item.offeredAt, channel: item.channel }
      const isOwn = hasRoom() && turnOf(id, item.version, 'offer') === 'own'
      if (isOwn) give(item, agent.id, now, () => completeOffer(steps, id, pending))
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
    idle = !left && underWay.size === 0 && !passes.asked
  }

  const passes = createPasses(pass, stopping.signal, onError)

  /** When others are on shift than now, while somebody waits; a timer takes no more than a day. */
  const nextShift = (now: number): number => {
    if (board.arrived.length + board.queued.length === 0) return Infinity
    const at = terms().shiftEnds?.(instant(new Date(now)))
    return at === undefined ? Infinity : Math.min(Date.parse(at), now + days(1))
  }

  /** Says anew why tickets wait, where the reason has changed. */
  const reviewReasons = ({ now, turnOf, hasRoom }: Look): void => {
    reviewedAt = now
    for (const { id, version, reason } of review(board.queued, choose(instant(new Date(now))), now)) {
      if (!hasRoom()) return
      if (turnOf(id, version, 'queue') === 'own')
        deal(id, () => queueTicket(steps, { id, version }, reason, terms().policyVersion))
    }
  }

  /**
   * While nobody has a place, those who are queued already need no look. Routers that share out the tickets draw up the same plan, as
   * far as they know the same, and each carries out its own part.
   */
  const routeQueue = ({ now, turnOf, mayBeDue, hasRoom, suppose }: Look): void => {
    const chosen = choose(instant(new Date(now)))
    const left = new Set<string>()
    for (const item of inTurn(board.arrived, () => (board.hasPlaceForQueued ? board.queued : []))) {
      const { id, version } = item
      if (!hasRoom()) break
      if (item.routing.queued && !board.roster.hasPlace(workChannelOf(item.channel))) continue
      if (!mayBeDue(id, version)) continue
      const unfiled = item.category === undefined && !item.classified && item.routing.queued === undefined
      const patience = unfiled ? classificationMs : 0
      const choice = chosen(item)
      const inForce = terms()
      if (choice.kind === 'chosen') {
        const whose = turnOf(id, version, 'route', patience)
        if (whose === 'nobody') continue
        const agentId = choice.colleague.id
        if (whose === 'own') give(item, agentId, now, () => offerTicket(steps, item, choice, inForce))
        else {
          suppose(item, agentId)
          left.add(id)
        }
      } else if (item.routing.queued === undefined && turnOf(id, version, 'queue', patience) === 'own') {
        deal(id, () => queueTicket(steps, item, choice.reason, inForce.policyVersion))
      }
    }
    for (const id of leftToOthers) if (!left.has(id)) pace.restart(id)
    leftToOthers = left
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
      idle: idle && !passes.asked,
    }),
  }
}
