import type { AgentState, Board, Desk, EventEnvelope, Position, RoutingTerms, WorkItem } from '@guichet/domain'
import { createBoard, evolveWorkItem, instant, parseStream, streamName } from '@guichet/domain'
import { subscribe } from '@guichet/eventstore'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OnError } from '../supervision/on-error.ts'
import { chooseOnBoard } from './chooser.ts'
import { completeOffer, offerTicket } from './offer-ticket.ts'
import { inTurn } from './in-turn.ts'
import { createPace } from './pace.ts'
import { queueTicket, settleClaims } from './settle-claims.ts'

/** What a router knows when it begins: all that follows from the events up to a position, and perhaps from later ones. */
export type Beginning = {
  readonly after: Position | undefined
  readonly agents: readonly { readonly id: string; readonly version: number; readonly state: AgentState }[]
  /** The tickets that are open, all at once or as they are read. */
  readonly tickets: Iterable<WorkItem> | AsyncIterable<WorkItem>
}

export type RouterOptions = {
  readonly desk: Desk
  /** The terms in force now. */
  readonly terms: () => RoutingTerms
  /** Told apart from others by its name, where several are at work. */
  readonly name: string
  /** Where to begin; at the start of the history without it. */
  readonly begin?: (() => Promise<Beginning>) | undefined
  /** Up to how many milliseconds a router leaves to others before it looks at a ticket; 0, where it is alone, by default. */
  readonly spreadMs?: number
  /** After how many milliseconds it completes an offer that it has not made itself; 0 by default. */
  readonly takeUpAfterMs?: number
  /** For how many milliseconds a ticket without a category waits for a classifier to look at it; 0 by default. */
  readonly classificationMs?: number
  /** For how many milliseconds it gathers events after a look at the history; 0 by default. */
  readonly gatherMs?: number
  /** How many tickets it deals with at once; 128 by default. */
  readonly concurrency?: number
  readonly onError?: OnError
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
  /** Whether there is something that it could do now, or after a pause. */
  readonly idle: boolean
}

/** Whether what there is to do on a ticket at a version is this router's to do now. */
type IsDue = (id: string, version: number, what: 'route' | 'queue' | 'offer' | 'settle', extraMs?: number) => boolean

type Turns = {
  readonly isDue: IsDue
  /** Whether it is worth while to find out what there is to do. */
  readonly mayBeDue: (id: string, version: number) => boolean
  readonly hasRoom: () => boolean
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
  const { desk, terms, name, begin, spreadMs = 0, takeUpAfterMs = 0, gatherMs = 0, concurrency = 128 } = options
  const { classificationMs = 0, onError = () => undefined } = options
  const board: Board = createBoard()
  const steps = { desk, board }
  const pace = createPace(name, spreadMs, Date.now)
  const underWay = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const choose = chooseOnBoard(board, terms)
  let position: Position | undefined
  let timer: NodeJS.Timeout | undefined
  let passing: Promise<void> | undefined
  let again = false
  let idle = false
  let following: Promise<void> = Promise.resolve()

  const kick = (): void => {
    idle = false
    again = true
    passing ??= passes()
  }
  const passes = async (): Promise<void> => {
    while (again && !stopping.signal.aborted) {
      again = false
      await nextTurn()
      pass()
    }
    passing = undefined
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
        kick()
      }
    }
    underWay.set(id, run())
  }

  /** What does not settle although nothing has changed rests, and is tried again. */
  const settle = async (id: string): Promise<number> => {
    const version = await settleClaims(steps, id)
    if (board.unsettled().has(id) && version <= (board.ticket(id)?.version ?? version)) pace.failed(id)
    return version
  }

  /** One look at everything that may have something to do. */
  const pass = (): void => {
    const now = Date.now()
    let next = Infinity
    const isDue: IsDue = (id, version, what, extraMs = 0) => {
      if (underWay.has(id) || pace.awaits(id, version)) return false
      const dueAt = pace.dueAt(id, `${version}/${what}`, extraMs)
      if (dueAt > now) next = Math.min(next, dueAt)
      return dueAt <= now
    }
    const mayBeDue = (id: string, version: number): boolean => {
      if (underWay.has(id) || pace.awaits(id, version)) return false
      const dueAt = pace.planned(id, version)
      if (dueAt > now) next = Math.min(next, dueAt)
      return dueAt <= now
    }
    const hasRoom = (): boolean => underWay.size < concurrency

    for (const id of board.unsettled()) {
      if (hasRoom() && isDue(id, board.ticket(id)?.version ?? Number.MAX_SAFE_INTEGER, 'settle'))
        deal(id, () => settle(id))
    }
    for (const id of board.offered()) {
      const item = board.ticket(id)
      const offer = item?.routing.offer
      if (!item || !offer || !hasRoom() || !isDue(id, item.version, 'offer', takeUpAfterMs)) continue
      const pending = { round: offer.round, agentId: offer.agent.id, version: item.offeredAt }
      deal(id, () => completeOffer(steps, id, pending))
    }
    if (board.roster.hasAgents) routeQueue(now, { isDue, mayBeDue, hasRoom })
    clearTimeout(timer)
    if (next < Infinity && !stopping.signal.aborted) timer = setTimeout(kick, Math.max(1, next - now))
    idle = next === Infinity && underWay.size === 0 && !again
  }

  /** While nobody has a place, those who are queued already need no look. */
  const routeQueue = (now: number, { isDue, mayBeDue, hasRoom }: Turns): void => {
    const chosen = choose(instant(new Date(now)))
    for (const item of inTurn(board.arrived, () => (board.roster.hasPlace ? board.queued : []))) {
      const { id, version } = item
      if (!hasRoom()) return
      if (!mayBeDue(id, version)) continue
      const patience = item.category === undefined && !item.classified ? classificationMs : 0
      const choice = chosen(item)
      const inForce = terms()
      if (choice.kind === 'chosen') {
        if (!isDue(id, version, 'route', patience)) continue
        const agentId = choice.colleague.id
        const work = streamName('ticket', id)
        board.roster.promise(agentId, work, now)
        deal(
          id,
          () => offerTicket(steps, item, choice, inForce),
          () => board.roster.takeBack(agentId, work),
        )
      } else if (item.routing.queued === undefined && isDue(id, version, 'queue', patience)) {
        deal(id, () => queueTicket(steps, item, choice.reason, inForce.policyVersion))
      }
    }
  }

  const lookUp = async (stream: string): Promise<void> => {
    let item: WorkItem | undefined
    for (const envelope of await desk.store.readStream(stream)) {
      item = evolveWorkItem(item, envelope as Parameters<typeof evolveWorkItem>[1])
    }
    if (item) board.learnTicket(item)
  }
  const onBatch = async (events: readonly EventEnvelope[]): Promise<void> => {
    for (const envelope of events) {
      if (board.learn(envelope) === 'unknown_ticket') await lookUp(envelope.stream)
      const { category, id } = parseStream(envelope.stream)
      if (category === 'ticket' && !board.ticket(id) && !underWay.has(id)) pace.forget(id)
    }
    position = events.at(-1)?.position
    kick()
  }

  return {
    start: async () => {
      const beginning = await begin?.()
      for (const { id, version, state } of beginning?.agents ?? []) board.roster.learn(id, version, state)
      for await (const item of beginning?.tickets ?? []) board.learnTicket(item)
      position = beginning?.after
      kick()
      following = subscribe(desk.store, {
        after: position,
        gatherMs,
        signal: stopping.signal,
        onBatch,
        onError: (error, failures) => {
          if (failures === 1) onError(error, 'routing')
        },
      })
    },
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await following
      await passing
      await Promise.all(underWay.values())
    },
    status: () => ({
      position,
      underWay: underWay.size,
      waiting: board.arrived.length + board.queued.length,
      offered: board.offered().size,
      unsettled: board.unsettled().size,
      idle: idle && !again,
    }),
  }
}
