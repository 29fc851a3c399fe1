import type { Desk, EventEnvelope, Position, Roster, RoutingTerms, WorkChannel } from '@guichet/domain'
import { parseStream, streamName, unlessDeleted } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { noReports, subscribe } from '@guichet/eventstore'
import type { OnError } from '../supervision.ts'
import type { RoutingPass } from './passes.ts'
import { createPasses, createRoutingBackOff, createRoutingPass } from './passes.ts'

/** The options of every router. */
export type RoutingOptions = {
  readonly desk: Desk
  /** The terms in force now. */
  readonly terms: () => RoutingTerms
  /** For how many milliseconds it gathers events after a read of the history; 0 by default. */
  readonly gatherMs?: number
  /** How many tickets or chats it processes concurrently. */
  readonly concurrency?: number
  readonly onError?: OnError
  /** Receives successes and failures in following the history. */
  readonly health?: FollowerReports
}

/** Finds agents for work, from `start` to `stop`. */
export type RoutingProcess<S> = {
  /** Follows the history until `stop`; resolves when it knows where to begin. */
  start(): Promise<void>
  /** Accepts no new work and resolves when work under way has ended. The next router completes unfinished work. */
  stop(): Promise<void>
  status(): S
}

/** The progress of every router. */
export type RoutingProgress = {
  /** How far the router knows the history. */
  readonly position: Position | undefined
  /** How many tickets or chats it is processing. */
  readonly underWay: number
  /** For how many tickets or chats it stores when they may be tried again. */
  readonly paced: number
  /** Whether there is nothing that it could do now, or after a pause. */
  readonly idle: boolean
}

type LoopOptions = Pick<RoutingOptions, 'desk' | 'gatherMs' | 'onError' | 'health'> & {
  /** What it routes. */
  readonly category: 'ticket' | 'chat'
  /** Its name in errors and reports. */
  readonly name: string
  readonly roster: Roster
  readonly concurrency: number
  /** The types of the events to follow; all by default. */
  readonly types?: readonly string[]
  /** Reads the initial knowledge; returns the position after which events are followed. */
  begin(): Promise<Position | undefined>
  /** Applies an event to the board. */
  apply(envelope: EventEnvelope): Promise<void>
  /** Whether the board knows the ticket or the chat. */
  knows(id: string): boolean
  /** Whether new events may have brought work; always by default. */
  hasWork?(): boolean
  /** Starts what is due. Returns when the next pass is due by the clock, in milliseconds of the epoch; or infinity. */
  pass(pass: RoutingPass): number
}

type RoutingLoop = RoutingProcess<RoutingProgress> & {
  /** Requests a pass: something has changed besides the history. */
  kick(): void
  /** Lets a ticket or chat rest that has not changed by a step, before it is tried again. */
  rest(id: string): void
}

/**
 * The loop of a router: follows the history, and runs a pass over its board after every change and whenever one is due
 * by the clock. Of a ticket or chat it runs one step at a time; one that fails rests, longer after each failure.
 */
export function createRoutingLoop(options: LoopOptions): RoutingLoop {
  const { category, name, desk, roster, concurrency, types, gatherMs = 0, hasWork = () => true } = options
  const { onError = () => undefined, health = noReports } = options
  const pace = createRoutingBackOff(Date.now)
  const underWay = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  let position: Position | undefined
  let idle = false
  let following: Promise<void> = Promise.resolve()

  const kick = (): void => {
    idle = false
    passes.kick()
  }

  const run = (id: string, work: () => Promise<number>, ended?: () => void): void => {
    const stream = streamName(category, id)
    const step = async (): Promise<void> => {
      try {
        pace.done(id, await work())
      } catch (error) {
        pace.failed(id)
        onError(error, `routing ${stream}`)
      } finally {
        underWay.delete(id)
        ended?.()
        if (!options.knows(id) && roster.holders(stream).size === 0) pace.forget(id)
        kick()
      }
    }
    underWay.set(id, step())
  }

  const give = (id: string, agentId: string, channel: WorkChannel, work: () => Promise<number>): void => {
    const stream = streamName(category, id)
    roster.reserve(agentId, stream, channel, Date.now())
    run(id, work, () => roster.release(agentId, stream))
  }

  const passes = createPasses(
    () => {
      const pass = createRoutingPass({ category, roster, pace, underWay, concurrency, run, give })
      let due: number
      let ended: ReturnType<RoutingPass['end']>
      try {
        due = options.pass(pass)
      } finally {
        ended = pass.end()
      }
      passes.kickIn(Math.min(due, ended.next) - pass.now)
      idle = !ended.left && underWay.size === 0 && !passes.requested
    },
    stopping.signal,
    onError,
  )

  const onApplied = (events: readonly EventEnvelope[]): void => {
    for (const { stream } of events) {
      const applied = parseStream(stream)
      if (applied.category === category && !options.knows(applied.id) && !underWay.has(applied.id)) {
        pace.forget(applied.id)
      }
    }
    if ((events.length > 0 && hasWork()) || !idle) kick()
  }

  /** A ticket or chat whose history is lost has nothing to route. */
  const applyOrPassOver = (envelope: EventEnvelope): Promise<void> =>
    unlessDeleted(options.apply(envelope), (deleted) => onError(deleted, `routing passes over ${envelope.id}`))

  return {
    kick,
    rest: pace.failed,
    start: async () => {
      position = await options.begin()
      kick()
      following = subscribe(desk.store, {
        after: position,
        gatherMs,
        ...(types && { types }),
        signal: stopping.signal,
        onBatch: async (events, to) => {
          for (const envelope of events) await applyOrPassOver(envelope)
          position = to.position
          onApplied(events)
        },
        onCaughtUp: () => onApplied([]),
        onError: (error, failures) => {
          if (failures === 1) onError(error, name)
          health.failed(name, error)
        },
        onSuccess: () => health.succeeded(name),
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
      paced: pace.size,
      idle: idle && !passes.requested,
    }),
  }
}
