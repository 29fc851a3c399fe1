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
  /** How long the first event that it lacks has been stored, in milliseconds; 0 when it lacks none. */
  readonly milliseconds: number
}

export type LagOptions = {
  /** From how many milliseconds on a read model counts as lagging; 30,000 by default, 0 for never. */
  readonly laggingMs?: number
  /** The pause between two looks, in milliseconds; 5,000 by default. While read models lag it is a second at the most. */
  readonly lookEveryMs?: number
  /** Hears once that read models lag, by how much, or that this is not known, and once that it is over. */
  readonly log?: RunnerLog
}

type LagWatch = LagOptions & {
  readonly store: EventStore
  readonly generations: () => Promise<readonly Generation[]>
  readonly alarm: Alarm
  readonly signal: AbortSignal
}

/** The longest pause while read models lag or this is not known, so that the end of it is noticed soon. */
const lookAgainMs = 1_000

/** Looks from time to time how far the read models are behind, whichever process moves them. */
type Lagging = {
  /** Those that were behind for long at the last look, the furthest first. */
  lagging(): readonly ModelLag[]
  /** Why the last look failed, or has not ended within the time from which on read models lag; undefined when it succeeded. */
  unknown(): string | undefined
  /** Looks until the signal. */
  watch(): Promise<void>
}

/** Knows nothing before the first look. A read model that lags does so until it is behind by less than half as much. */
export function createLagWatch(options: LagWatch): Lagging {
  const { store, generations, alarm, signal } = options
  const { laggingMs = 30_000, lookEveryMs = 5_000, log = () => undefined } = options
  const unreadable: Unreadable = new Map()
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
    const shown = shownOf(await generations())
    const positions = shown.map(({ position }) => position)
    const ages = await agesAfter(store, positions, unreadable)
    const behind = shown
      .map(({ projection, position }) => ({ name: projection, milliseconds: ages.get(position) ?? 0, position }))
      .filter(({ name, milliseconds }) => milliseconds >= (lagging.has(name) ? laggingMs / 2 : laggingMs))
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
    const begun = behind.filter(({ name }) => !lagging.has(name))
    const over = [...lagging.keys()].filter((name) => behind.every((each) => each.name !== name))
    lagging = new Map(behind.map(({ name, milliseconds }) => [name, { name, milliseconds }]))
    const [slowest] = begun
    if (slowest) {
      const events = await eventsAfter(store, slowest.position)
      log('warn', `read models lag: ${namesOf(begun)}, ${secondsOf(slowest)} and ${events} behind`)
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

/** Since when the event after a position has been unreadable, in milliseconds of the epoch. */
type Unreadable = Map<Position | undefined, number>

/** Those that readers see, or that are built for the first time; not those that are stopped. */
function shownOf(generations: readonly Generation[]): readonly Generation[] {
  const serves = new Set(generations.filter(({ role }) => role === 'serving').map(({ projection }) => projection))
  return generations.filter(({ projection, role, error }) => !error && (role === 'serving' || !serves.has(projection)))
}

/**
 * For how many milliseconds the event after each of these positions has been stored; 0 where there is none. Of one that
 * cannot be read the time counts from when that was first noticed.
 */
export async function agesAfter(
  store: EventStore,
  positions: Iterable<Position | undefined>,
  unreadable: Unreadable = new Map(),
): Promise<ReadonlyMap<Position | undefined, number>> {
  const head = await store.head()
  const ages = new Map<Position | undefined, number>()
  for (const position of new Set(positions)) {
    const atHead = head === undefined || (position !== undefined && store.comparePositions(position, head) >= 0)
    ages.set(position, atHead ? 0 : await ageOfNext(store, position, unreadable))
  }
  for (const position of unreadable.keys()) if (!ages.get(position)) unreadable.delete(position)
  return ages
}

async function ageOfNext(store: EventStore, position: Position | undefined, unreadable: Unreadable): Promise<number> {
  const now = Date.now()
  try {
    const [next] = await store.readAll({ after: position, limit: 1 })
    unreadable.delete(position)
    return next ? Math.max(0, now - Date.parse(next.recordedAt)) : 0
  } catch (error) {
    if (!(error instanceof CorruptHistory)) throw error
    const since = unreadable.get(position) ?? now
    unreadable.set(position, since)
    return Math.max(1, now - since)
  }
}

const mostCounted = 5_000

/** How many events there are after a position, in words; they are counted batch by batch, and none is kept. */
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

/** A place in history, with the number of events up to and including it. */
type Milestone = { readonly position: Position | undefined; readonly events: number }

const pageSize = 5_000

/** Knows how many events there are up to the head, counting only those that it has not counted before. */
export type HistoryLength = {
  /** Counts from the furthest of these milestones and of those known before. */
  upToHead(milestones: readonly Milestone[]): Promise<number>
}

/**
 * Knows no milestone yet. Reads the store page by page; rejects with what the store does. Of an event that cannot be read it
 * counts no further.
 */
export function createHistoryLength(store: EventStore): HistoryLength {
  let known: Milestone = { position: undefined, events: 0 }

  const advance = (milestone: Milestone): void => {
    if (milestone.events > known.events) known = milestone
  }

  return {
    async upToHead(milestones) {
      for (const milestone of milestones) advance(milestone)
      for (;;) {
        const page = await readBatch(store, known.position, { limit: pageSize }).catch(unreadable)
        if (!page) return known.events + 1
        const { events, more } = page
        const last = events.at(-1)
        if (last) advance({ position: last.position, events: known.events + events.length })
        if (!more) return known.events
      }
    },
  }
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof CorruptHistory)) throw error
}
