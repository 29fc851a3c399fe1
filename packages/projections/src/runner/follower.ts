import type { EventStore, Position } from '@guichet/domain'
import { pauseAfter } from '@guichet/eventstore'
import type { Projection, RecordedEvent } from './projection.ts'

/** A live generation that this process moves. */
export type Follower = {
  readonly projection: Projection
  readonly generation: number
  position: Position | undefined
  events: number
  /** Set after its handler threw, until it has passed the batch at which it threw. */
  suspicion: Suspicion | undefined
}

/** The search for the event that a handler cannot process, by halving the batch. */
export type Suspicion = {
  /** The last event of the batch that failed first. */
  readonly until: Position
  readonly limit: number
  /** How often the handler threw at one single event. */
  readonly failures: number
  /** The earliest time of the next try, in milliseconds of `performance.now()`. */
  readonly retryAt: number
}

/**
 * Groups followers that can be written together: those at one position, the furthest first; then each suspect that is
 * due, separately.
 */
export function cohorts(
  followers: readonly Follower[],
  now: number,
  comparePositions: EventStore['comparePositions'],
): readonly (readonly Follower[])[] {
  const byPosition = new Map<Position | undefined, Follower[]>()
  const suspects: Follower[][] = []
  for (const follower of followers) {
    const { position, suspicion } = follower
    if (suspicion) {
      if (suspicion.retryAt <= now) suspects.push([follower])
      continue
    }
    const together = byPosition.get(position)
    if (together) together.push(follower)
    else byPosition.set(position, [follower])
  }
  const together = [...byPosition].sort(([a], [b]) => fromFront(a, b, comparePositions))
  return [...together.map(([, cohort]) => cohort), ...suspects]
}

/** The events up to and including a position; all of them without one. */
export function upTo(
  events: readonly RecordedEvent[],
  end: Position | undefined,
  comparePositions: EventStore['comparePositions'],
): readonly RecordedEvent[] {
  if (end === undefined) return events
  const beyond = events.findIndex(({ position }) => comparePositions(position, end) > 0)
  return beyond < 0 ? events : events.slice(0, beyond)
}

function fromFront(
  a: Position | undefined,
  b: Position | undefined,
  comparePositions: EventStore['comparePositions'],
): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  return comparePositions(b, a)
}

/**
 * How often a handler may throw at one event before its projection is stopped, and the pauses between the tries, in
 * milliseconds.
 */
const attempts = 4

const retryMs = { first: 100, last: 1_000 }

/**
 * Decides what to do after a handler threw at these events: try fewer of them, retry the one event later, or give up.
 * @param now milliseconds of `performance.now()`
 */
export function suspect(
  before: Suspicion | undefined,
  events: readonly RecordedEvent[],
  now: number,
): Suspicion | 'give up' {
  const last = events.at(-1)
  if (!last) throw new RangeError('an empty batch cannot fail')
  const until = before?.until ?? last.position
  if (events.length > 1) return { until, limit: half(events.length), failures: 0, retryAt: now }
  const failures = (before?.failures ?? 0) + 1
  if (failures >= attempts) return 'give up'
  return { until, limit: 1, failures, retryAt: now + pauseAfter(failures, retryMs) }
}

/**
 * What remains of a suspicion after a batch succeeded: the other half holds the failing event, until the whole batch is
 * passed.
 */
export function relieve(before: Suspicion, passed: boolean, now: number): Suspicion | undefined {
  return passed ? undefined : { until: before.until, limit: half(before.limit), failures: 0, retryAt: now }
}

const half = (length: number): number => Math.max(1, Math.ceil(length / 2))
