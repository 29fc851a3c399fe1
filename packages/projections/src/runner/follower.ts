import type { EventStore, Position } from '@guichet/domain'
import type { Projection, RecordedEvent } from './projection.ts'

/** A live generation that this process moves. */
export type Follower = {
  readonly projection: Projection
  readonly generation: number
  position: Position | undefined
  events: number
  /** Set after its handler threw, until it has passed the batch that it threw at. */
  suspicion: Suspicion | undefined
}

/** The search for the event that a handler cannot take, by halving the batch. */
export type Suspicion = {
  /** The last event of the batch that failed first. */
  readonly until: Position
  readonly limit: number
  /** How often the handler threw at one single event. */
  readonly failures: number
  /** Not to be tried before, in milliseconds of `performance.now()`. */
  readonly retryAt: number
}

/**
 * Groups followers that can be written together: those at one position, the furthest first; then each suspect that is
 * due, alone.
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
