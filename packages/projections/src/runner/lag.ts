import type { EventStore, Position } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import type { Alarm } from '@guichet/eventstore'
import { readBatch } from '@guichet/eventstore'
import type { RunnerLog } from './failure.ts'
import { messageOf } from './failure.ts'
import type { Generation } from './generation.ts'

/** How far a read model is behind. */
export type ModelLag = {
  readonly name: string
  /** How long the first missing event has been stored, in milliseconds; 0 when none is missing. */
  readonly milliseconds: number
}

/** When read models count as lagging, and where that is logged. */
export type LagOptions = {
  /** The lag in milliseconds from which a read model counts as lagging; 30,000 by default, 0 for never. */
  readonly laggingMs?: number
  /** The pause between two checks, in milliseconds; 5,000 by default. A second at most while read models lag. */
  readonly lookEveryMs?: number
  /**
   * Called once when read models start to lag, with the lag, or when the lag is unknown; and once when that is over.
   */
  readonly log?: RunnerLog
}

type LagWatch = LagOptions & {
  readonly store: EventStore
  readonly generations: () => Promise<readonly Generation[]>
  readonly alarm: Alarm
  readonly signal: AbortSignal
}

/** The longest pause while read models lag or the lag is unknown, so that recovery is noticed soon. */
const lookAgainMs = 1_000

/** Checks regularly how far the read models are behind, whichever process moves them. */
type Lagging = {
  /** The read models that had lagged for long at the last check, the furthest behind first. */
  lagging(): readonly ModelLag[]
  /** Why the last check failed, or has not ended within the lagging threshold; undefined when it succeeded. */
  unknown(): string | undefined
  /** Checks until the signal aborts. */
  watch(): Promise<void>
}

/**
 * Knows nothing before the first check. A lagging read model counts as such until its lag is less than half the
 * threshold.
 */
export function createLagWatch(options: LagWatch): Lagging {
  const { store, generations, alarm, signal } = options
  const { laggingMs = 30_000, lookEveryMs = 5_000, log = () => undefined } = options
  let lagging: ReadonlyMap<string, ModelLag> = new Map()
  let unknown: string | undefined

  const failed = (reason: string): void => {
    if (signal.aborted) return
    if (unknown === undefined) log('warn', `it is not known how far read models are behind: ${reason}`)
    unknown = reason
  }
  const succeeded = (): void => {
    if (unknown !== undefined) log('info', 'it is known again how far read models are behind')
    unknown = undefined
  }

  const look = async (): Promise<void> => {
    const models = shownOf(await generations())
    const positions = models.map(({ position }) => position)
    const next = await nextEventsAfter(store, positions)
    const behind = models
      .map(({ projection, position }) => ({
        name: projection,
        milliseconds: next.get(position)?.milliseconds ?? 0,
        position,
      }))
      .filter(({ name, milliseconds }) => milliseconds >= (lagging.has(name) ? laggingMs / 2 : laggingMs))
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
    const newcomers = behind.filter(({ name }) => !lagging.has(name))
    const over = [...lagging.keys()].filter((name) => behind.every((each) => each.name !== name))
    lagging = new Map(behind.map(({ name, milliseconds }) => [name, { name, milliseconds }]))
    const [slowest] = newcomers
    if (slowest) {
      const events = await eventsAfter(store, slowest.position)
      log('warn', `read models lag: ${namesOf(newcomers)}, ${secondsOf(slowest)} and ${events} behind`)
    }
    if (over.length > 0) log('info', `read models have caught up: ${over.join(', ')}`)
  }

  return {
    lagging: () => [...lagging.values()],
    unknown: () => unknown,
    watch: async () => {
      while (laggingMs > 0 && !signal.aborted) {
        const late = setTimeout(() => failed(`no answer within ${laggingMs} ms`), laggingMs)
        await look().then(succeeded, (error: unknown) => failed(messageOf(error)))
        clearTimeout(late)
        await alarm.pause(lagging.size > 0 || unknown !== undefined ? Math.min(lookEveryMs, lookAgainMs) : lookEveryMs)
      }
    },
  }
}

/** The generations that readers see or that are built for the first time, without those that are stopped. */
function shownOf(generations: readonly Generation[]): readonly Generation[] {
  const serves = new Set(generations.filter(({ role }) => role === 'serving').map(({ projection }) => projection))
  return generations.filter(({ projection, role, error }) => !error && (role === 'serving' || !serves.has(projection)))
}

/** The first event that a read model lacks. */
type NextEvent = {
  /** How long it has been stored, in milliseconds; 0 where there is none. */
  readonly milliseconds: number
  /** Why it cannot be read. */
  readonly unreadable?: string
}

/** Looks at the event after each of these positions. */
export async function nextEventsAfter(
  store: EventStore,
  positions: Iterable<Position | undefined>,
): Promise<ReadonlyMap<Position | undefined, NextEvent>> {
  const head = await store.head()
  const nextEvents = new Map<Position | undefined, NextEvent>()
  for (const position of new Set(positions)) {
    const atHead = head === undefined || (position !== undefined && store.comparePositions(position, head) >= 0)
    nextEvents.set(position, atHead ? { milliseconds: 0 } : await nextEvent(store, position))
  }
  return nextEvents
}

async function nextEvent(store: EventStore, after: Position | undefined): Promise<NextEvent> {
  const since = (at: string): number => Math.max(1, Date.now() - Date.parse(at))
  try {
    const [next] = await store.readAll({ after, limit: 1 })
    return { milliseconds: next ? since(next.recordedAt) : 0 }
  } catch (error) {
    if (!(error instanceof CorruptHistory)) throw error
    return { milliseconds: error.recordedAt ? since(error.recordedAt) : 1, unreadable: error.message }
  }
}

/** A read model that waits before an event which cannot be read. */
export type BlockedModel = {
  readonly name: string
  readonly position: Position | undefined
  readonly reason: string
  /** Whether this process moves it: another one may be able to read the event. */
  readonly isOwn: boolean
}

/** The read models that readers see, or that are built for the first time, whose next event cannot be read. */
export async function blockedOf(
  store: EventStore,
  generations: readonly Generation[],
  self: string,
): Promise<readonly BlockedModel[]> {
  const models = shownOf(generations)
  const next = await nextEventsAfter(
    store,
    models.map(({ position }) => position),
  )
  return models.flatMap(({ projection: name, position, owner }) => {
    const reason = next.get(position)?.unreadable
    return reason === undefined ? [] : [{ name, position, reason, isOwn: owner === self }]
  })
}

const mostCounted = 5_000

/** Describes the number of events after a position; counts batch by batch and stores none. */
async function eventsAfter(store: EventStore, position: Position | undefined): Promise<string> {
  let after = position
  let count = 0
  try {
    while (count < mostCounted) {
      const { events, more } = await readBatch(store, after, { limit: mostCounted - count })
      count += events.length
      if (!more) return `${count} events`
      after = events.at(-1)?.position
    }
    return `${count} events or more`
  } catch {
    return `${count} events, then one that cannot be read,`
  }
}

const namesOf = (models: readonly ModelLag[]): string => models.map(({ name }) => name).join(', ')

const secondsOf = ({ milliseconds }: ModelLag): string => `${Math.round(milliseconds / 1_000)} s`

/** A position in the history, with the number of events up to and including it. */
type Milestone = { readonly position: Position | undefined; readonly events: number }

const pageSize = 5_000

/** Counts the events up to the head, reading only those that it has not counted before. */
export type HistoryLength = {
  /** Counts from the furthest of these milestones and the stored ones. */
  upToHead(milestones: readonly Milestone[]): Promise<number>
}

/**
 * Starts without milestones. Reads the store page by page; rejects with the store's errors. Stops counting at an event
 * that cannot be read.
 */
export function createHistoryLength(store: EventStore): HistoryLength {
  let lastMilestone: Milestone = { position: undefined, events: 0 }

  const advance = (milestone: Milestone): void => {
    if (milestone.events > lastMilestone.events) lastMilestone = milestone
  }

  return {
    async upToHead(milestones) {
      for (const milestone of milestones) advance(milestone)
      for (;;) {
        const page = await readBatch(store, lastMilestone.position, { limit: pageSize }).catch(unreadable)
        if (!page) return lastMilestone.events + 1
        const { events, more } = page
        const last = events.at(-1)
        if (last) advance({ position: last.position, events: lastMilestone.events + events.length })
        if (!more) return lastMilestone.events
      }
    },
  }
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof CorruptHistory)) throw error
}
