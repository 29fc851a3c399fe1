import type { EventStore } from '@guichet/domain'
import type { Alarm, FollowerReports } from '@guichet/eventstore'
import { feedOf, retryWithBackOff } from '@guichet/eventstore'
import type { Pool } from 'pg'
import type { Activity } from './activity.ts'
import { followersOf, standingOf } from './assess.ts'
import { createEventReader } from './event-reader.ts'
import type { Follower } from './follower.ts'
import { assertFollowedStore, ForeignHistory } from './foreign-history.ts'
import type { Generation } from './generation.ts'
import type { Holder } from './lease.ts'
import { claimServing, releaseLeases, renewServing, whileRenewing } from './lease.ts'
import type { Projection } from './projection.ts'
import { createRounds } from './round.ts'
import type { ProjectionError, WrittenBatch } from './runner.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import type { Standings } from './standings.ts'

/** What following the history takes. */
export type Following = {
  /** What operators read of it. */
  readonly name: string
  readonly store: EventStore
  readonly pool: Pool
  readonly projections: readonly Projection[]
  readonly holder: Holder
  /** Milliseconds for which events are gathered after a batch. */
  readonly gatherMs: number
  readonly batchSize: number
  readonly catchUpBatchSize: number
  readonly batchBytes: number
  readonly standings: Standings
  readonly activity: Activity
  readonly health: FollowerReports
  readonly alarm: Alarm
  readonly signal: AbortSignal
  /** Counts what the leases must be looked at for, such as switches of generations. */
  leaseChanges(): number
  onWritten(batch: WrittenBatch): void
  onStopped(stopped: { readonly projection: string; readonly error: ProjectionError }): void
}

const reconnectMs = { first: 100, last: 5_000 }

/** How many leases long a round may take before others may take over: it hangs, on a lock or on a lost connection. */
const mostLeases = 30

/**
 * Moves the live generations whose leases this process gets, until the signal. A failure of the surroundings begins
 * anew from what the database says, with growing pauses, for ever; a handler that keeps throwing stops its projection.
 */
export async function follow(following: Following): Promise<void> {
  const { signal, activity, pool } = following
  const attempt = async ({ succeeded }: { readonly succeeded: () => void }): Promise<void> => {
    if (signal.aborted) return
    let session: Session | undefined
    let foreign = false
    try {
      await assertFollowedStore(pool, following.store)
      session = await openSession(pool)
      await followOn(session, following, succeeded)
    } catch (error) {
      activity.failed('projections pause', error)
      following.health.failed(following.name, error)
      foreign = error instanceof ForeignHistory
      throw error
    } finally {
      disown(following, foreign)
      if (session) await leave(session, following.holder.owner)
    }
  }
  await retryWithBackOff(attempt, { backOff: reconnectMs, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** Follows on one connection until the signal, or until something fails that is no handler's fault. */
async function followOn(session: Session, following: Following, succeeded: () => void): Promise<void> {
  const { store, pool, alarm, signal, holder, projections, standings, gatherMs, health, name } = following
  const ahead = { limit: following.catchUpBatchSize, maxBytes: following.batchBytes }
  const rounds = createRounds(session, following, createEventReader(feedOf(store).next, ahead))
  const renewal = { leaseMs: holder.leaseMs, mostMs: mostLeases * holder.leaseMs }
  const claimEveryMs = Math.min(1_000, holder.leaseMs / 3)
  let followers: readonly Follower[] = []
  let owners = ''
  let claimAt = 0
  let changesSeen = following.leaseChanges()
  while (!signal.aborted) {
    alarm.reset()
    if (following.leaseChanges() !== changesSeen || performance.now() >= claimAt) {
      changesSeen = following.leaseChanges()
      const generations = await claimServing(session, projections, holder)
      followers = followersOf(projections, generations, holder.owner, followers)
      for (const each of projections) standings.set(each.name, standingOf(each, generations, holder.owner))
      standings.changed()
      const ownersNow = ownersOf(generations)
      if (followers.length === 0 && ownersNow !== undefined && ownersNow === owners) health.succeeded(name)
      owners = ownersNow ?? ''
      claimAt = performance.now() + claimEveryMs
    }
    const play = () => rounds.play(followers)
    const { moved, behind, claim } = await whileRenewing(() => renewServing(pool, holder), renewal, play)
    if (claim) claimAt = 0
    if (followers.length > 0) health.succeeded(name)
    succeeded()
    if (claim || behind) continue
    if (!moved) await alarm.wait(sleepFor(followers, claimAt))
    else if (gatherMs > 0) await alarm.pause(gatherMs)
  }
}

/** Who moves the live generations; undefined when nobody moves one of them. Whoever stays with them for a while gets on. */
function ownersOf(generations: readonly Generation[]): string | undefined {
  const owners = generations.filter(({ role, error }) => role === 'serving' && !error).map(({ owner }) => owner)
  return owners.every((owner) => owner !== undefined) ? owners.join() : undefined
}

/** Milliseconds until the next claim, or the next try of a suspect. */
function sleepFor(followers: readonly Follower[], claimAt: number): number {
  const due = Math.min(claimAt, ...followers.map(({ suspicion }) => suspicion?.retryAt ?? Infinity))
  return Math.max(0, due - performance.now())
}

/** What this process moved may now be moved by any other; of another store's events nothing is shown. */
function disown({ standings, projections }: Following, foreign: boolean): void {
  for (const { name } of projections) {
    const standing = standings.get(name)
    if (foreign) standings.set(name, { kind: 'idle' })
    else if (standing?.kind === 'own') standings.set(name, { ...standing, kind: 'foreign' })
  }
  standings.changed()
}

async function leave(session: Session, owner: string): Promise<void> {
  if (!session.broken()) await releaseLeases(session, owner).catch(() => undefined)
  await session.close()
}
