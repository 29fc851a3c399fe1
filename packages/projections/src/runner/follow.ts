import type { Pool } from 'pg'
import type { EventStore } from '@guichet/domain'
import type { Alarm, FollowerReports } from '@guichet/eventstore'
import { feedOf, retryWithBackOff } from '@guichet/eventstore'
import type { EventReader } from './batch.ts'
import { createBatchLimit, createEventReader, writeBatch } from './batch.ts'
import type { Activity, ProjectionError, WrittenBatch } from './failure.ts'
import { isCheckpointMoved, isTransient, messageOf } from './failure.ts'
import type { Follower } from './follower.ts'
import { cohorts, relieve, suspect, upTo } from './follower.ts'
import type { Generation } from './generation.ts'
import { fits } from './generation.ts'
import type { Holder } from './lease.ts'
import { claimServing, releaseLeases, renewServing, whileRenewing } from './lease.ts'
import type { FollowerProgress, ProgressTracker } from './progress.ts'
import { ForeignHistory } from './progress.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import { stillHeld, stopGeneration } from './status.ts'
import type { OnStreamLost } from './stream-history.ts'
import { streamHistory } from './stream-history.ts'

/** The dependencies of following the history. */
type Following = {
  /** The name that operators see. */
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
  readonly progress: ProgressTracker
  readonly activity: Activity
  readonly health: FollowerReports
  readonly alarm: Alarm
  readonly signal: AbortSignal
  /** Compares the store, and each checkpoint, with what was followed. @throws ForeignHistory for another store. */
  compareHistory(): Promise<void>
  /** Counts the changes that require another look at the leases, such as switches of generations. */
  leaseChanges(): number
  onWritten(batch: WrittenBatch): void
  readonly onStreamLost: OnStreamLost
  onStopped(stopped: { readonly projection: string; readonly error: ProjectionError }): void
}

const reconnectMs = { first: 100, last: 5_000 }

/**
 * The most leases that a round may last before other processes may take over: such a round hangs, on a lock or on a
 * lost connection.
 */
const mostLeases = 30

/**
 * Moves the live generations whose leases this process gets, until the signal aborts. After an environment failure it
 * retries for ever, with a growing back-off, from the state in the database. A handler that keeps throwing stops its
 * projection.
 */
export async function follow(following: Following): Promise<void> {
  const { signal, activity, pool } = following
  /** The database may be another one since: its start has checked the first. */
  let again = false
  const attempt = async ({ succeeded }: { readonly succeeded: () => void }): Promise<void> => {
    if (signal.aborted) return
    let session: Session | undefined
    let foreign = false
    try {
      if (again) await following.compareHistory()
      again = true
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

/** Follows on one connection until the signal aborts or something fails that is not a handler's fault. */
async function followOn(session: Session, following: Following, succeeded: () => void): Promise<void> {
  const { store, pool, alarm, signal, holder, projections, progress, gatherMs, health, name } = following
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
      for (const each of projections) progress.set(each.name, progressOf(each, generations, holder.owner))
      progress.changed()
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

/**
 * The owners of the live generations; undefined when one of them has no owner. Stable owners mean that following works.
 */
function ownersOf(generations: readonly Generation[]): string | undefined {
  const owners = generations.filter(({ role, error }) => role === 'serving' && !error).map(({ owner }) => owner)
  return owners.every((owner) => owner !== undefined) ? owners.join() : undefined
}

/** Milliseconds until the next claim, or the next try of a suspect. */
function sleepFor(followers: readonly Follower[], claimAt: number): number {
  const due = Math.min(claimAt, ...followers.map(({ suspicion }) => suspicion?.retryAt ?? Infinity))
  return Math.max(0, due - performance.now())
}

/**
 * Marks this process's projections as movable by any process; as idle if the store is a foreign one, so that none of
 * its events are shown.
 */
function disown({ progress, projections }: Following, foreign: boolean): void {
  for (const { name } of projections) {
    const entry = progress.get(name)
    if (foreign) progress.set(name, { kind: 'idle' })
    else if (entry?.kind === 'own') progress.set(name, { ...entry, kind: 'foreign' })
  }
  progress.changed()
}

async function leave(session: Session, owner: string): Promise<void> {
  if (!session.broken()) await releaseLeases(session, owner).catch(() => undefined)
  await session.close()
}

/**
 * The result of a round: whether a checkpoint moved, whether more events are known to wait, whether to claim leases
 * again.
 */
type Round = { moved: boolean; behind: boolean; claim: boolean }

/** Runs rounds one after another on the same connection. */
type Rounds = { play(followers: readonly Follower[]): Promise<Round> }

/**
 * A round writes one batch for each cohort. The cohort in front goes first, so that a cohort far behind does not make
 * readers wait; those behind stop at the front's position and join it there.
 * @throws environment failures. A handler's failure makes its projection suspect or stops it.
 */
function createRounds(session: Session, following: Following, reader: EventReader): Rounds {
  const { store, batchSize, catchUpBatchSize, holder, progress, activity } = following
  const compare = store.comparePositions.bind(store)
  const batchLimit = createBatchLimit(catchUpBatchSize)
  const history = streamHistory(store, following.onStreamLost)
  let frontLimit = batchSize

  const moved = (cohort: readonly Follower[], events: readonly RecordedEvent[], to: RecordedEvent): void => {
    for (const follower of cohort) {
      follower.position = to.position
      follower.events += events.length
      if (follower.suspicion) {
        const passed = compare(to.position, follower.suspicion.until) >= 0
        follower.suspicion = relieve(follower.suspicion, passed, performance.now())
      }
      progress.set(follower.projection.name, { kind: 'own', position: to.position, events: follower.events })
    }
    progress.changed()
  }

  const write = async (cohort: readonly Follower[], events: readonly RecordedEvent[]): Promise<void> => {
    const last = events.at(-1)
    if (!last) return
    const startedAt = performance.now()
    const [{ position: from } = { position: undefined }] = cohort
    await writeBatch(session, cohort, {
      events,
      from,
      to: last,
      owner: holder.owner,
      replaying: false,
      history,
    })
    const milliseconds = performance.now() - startedAt
    batchLimit.took(events.length, milliseconds)
    activity.written(events.length, milliseconds)
    following.onWritten({ projections: cohort.map(({ projection }) => projection.name), events, milliseconds })
    moved(cohort, events, last)
  }

  /** Returns true when the generation is no longer this runner's to move, because it was stopped or taken over. */
  const blame = async (follower: Follower, events: readonly RecordedEvent[], error: unknown): Promise<boolean> => {
    const { name } = follower.projection
    if (!(await stillHeld(session, follower, holder.owner))) return true
    activity.failed(`projection ${name}`, error)
    const verdict = suspect(follower.suspicion, events, performance.now())
    if (verdict !== 'give up') {
      follower.suspicion = verdict
      return false
    }
    const stopped = await stopGeneration(session, follower, events, { owner: holder.owner, message: messageOf(error) })
    progress.set(name, { kind: 'idle' })
    progress.changed()
    activity.log('error', `projection ${name} stopped at event ${stopped.eventId}: ${stopped.message}`)
    following.onStopped({ projection: name, error: stopped })
    return true
  }

  /**
   * Writes for the whole cohort; if a handler fails, for each projection separately. Returns whether the leases
   * changed.
   */
  const writeOrBlame = async (cohort: readonly Follower[], events: readonly RecordedEvent[]): Promise<boolean> => {
    try {
      await write(cohort, events)
      return false
    } catch (error) {
      if (isCheckpointMoved(error)) {
        batchLimit.lost(events.length)
        return true
      }
      if (session.broken() || isTransient(error)) throw error
      const [alone, ...others] = cohort
      if (alone && others.length === 0) return blame(alone, events, error)
      let claim = false
      for (const follower of cohort) claim = (await writeOrBlame([follower], events)) || claim
      return claim
    }
  }

  return {
    async play(followers) {
      const round: Round = { moved: false, behind: false, claim: false }
      const [front, ...behind] = cohorts(followers, performance.now(), compare)
      if (!front) return round
      const lead = front[0]?.suspicion ? undefined : front[0]
      for (const cohort of [front, ...behind]) {
        const [first] = cohort
        if (!first) continue
        const inFront = first === lead
        const limit = Math.min(batchLimit.events(), inFront ? frontLimit : (first.suspicion?.limit ?? batchSize))
        const page = await (inFront ? reader.read(first.position, limit) : reader.readOnce(first.position, limit))
        if (inFront) frontLimit = page.more ? catchUpBatchSize : batchSize
        const events = inFront ? page.events : upTo(page.events, lead?.position, compare)
        if (events.length === 0) continue
        round.claim = (await writeOrBlame(cohort, events)) || round.claim
        round.moved = true
        round.behind ||= page.more || !inFront
        if (round.claim) return round
      }
      return round
    },
  }
}

/** The progress of a projection by its generations in the database, for the runner that calls itself `owner`. */
export function progressOf(
  projection: Projection,
  generations: readonly Generation[],
  owner?: string,
): FollowerProgress {
  const ownGenerations = generations.filter(({ projection: name }) => name === projection.name)
  const serving = ownGenerations.find(({ role }) => role === 'serving')
  if (serving && fits(serving, projection)) {
    if (serving.error) return { kind: 'idle' }
    const { position, events } = serving
    return { kind: serving.owner !== undefined && serving.owner === owner ? 'own' : 'foreign', position, events }
  }
  const building = ownGenerations.find((each) => each.role === 'building' && fits(each, projection))
  if (building) return building.error ? { kind: 'idle' } : { kind: 'building', events: building.events }
  return serving ? { kind: 'idle' } : { kind: 'foreign', position: undefined, events: 0 }
}

/** The generations that a runner moves. Suspicions of the same generation are carried over. */
function followersOf(
  projections: readonly Projection[],
  generations: readonly Generation[],
  owner: string,
  before: readonly Follower[],
): readonly Follower[] {
  return projections.flatMap((projection) => {
    const serving = generations.find(
      (each) => each.projection === projection.name && each.role === 'serving' && fits(each, projection),
    )
    if (!serving || serving.owner !== owner || serving.error) return []
    const { generation, position, events } = serving
    const follower = before.find((each) => each.projection === projection && each.generation === generation)
    return [{ projection, generation, position, events, suspicion: follower?.suspicion }]
  })
}
