import { createBatchLimit } from './batch-limit.ts'
import { writeBatch } from './batch.ts'
import type { EventReader } from './event-reader.ts'
import { isCheckpointMoved, isTransient, messageOf } from './failure.ts'
import type { Following } from './follow.ts'
import type { Follower } from './follower.ts'
import { cohorts, upTo } from './follower.ts'
import type { RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import { stillHeld, stopGeneration } from './stop.ts'
import { streamHistory } from './stream-history.ts'
import { relieve, suspect } from './suspicion.ts'

/** What a round came to: whether a checkpoint moved, whether more is known to wait, whether to look at the leases again. */
export type Round = { moved: boolean; behind: boolean; claim: boolean }

/** One round after another over the same connection. */
export type Rounds = { play(followers: readonly Follower[]): Promise<Round> }

/**
 * A round writes one batch for each cohort: the one in front first, so that nobody far behind keeps readers waiting;
 * those behind stop where the front stands, so that they join it.
 * @throws failures of the surroundings; those of handlers raise suspicion or stop their projection.
 */
export function createRounds(session: Session, following: Following, reader: EventReader): Rounds {
  const { store, batchSize, catchUpBatchSize, holder, standings, activity } = following
  const compare = store.comparePositions.bind(store)
  const batchLimit = createBatchLimit(catchUpBatchSize)
  const history = streamHistory(store)
  let frontLimit = batchSize

  const moved = (cohort: readonly Follower[], events: readonly RecordedEvent[], to: RecordedEvent): void => {
    for (const follower of cohort) {
      follower.position = to.position
      follower.events += events.length
      if (follower.suspicion) {
        const passed = compare(to.position, follower.suspicion.until) >= 0
        follower.suspicion = relieve(follower.suspicion, passed, performance.now())
      }
      standings.set(follower.projection.name, { kind: 'own', position: to.position, events: follower.events })
    }
    standings.changed()
  }

  const write = async (cohort: readonly Follower[], events: readonly RecordedEvent[]): Promise<void> => {
    const last = events.at(-1)
    if (!last) return
    const begun = performance.now()
    const [{ position: from } = { position: undefined }] = cohort
    await writeBatch(session, cohort, {
      events,
      from,
      to: last.position,
      owner: holder.owner,
      replaying: false,
      history,
    })
    const milliseconds = performance.now() - begun
    batchLimit.took(events.length, milliseconds)
    activity.written(events.length, milliseconds)
    following.onWritten({ projections: cohort.map(({ projection }) => projection.name), events, milliseconds })
    moved(cohort, events, last)
  }

  /** Answers true when the generation is no longer this runner's to move, because it has been stopped or otherwise. */
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
    standings.set(name, { kind: 'idle' })
    standings.changed()
    activity.log('error', `projection ${name} stopped at event ${stopped.eventId}: ${stopped.message}`)
    following.onStopped({ projection: name, error: stopped })
    return true
  }

  /** Writes for all together; if that is some handler's fault, for each alone. Answers whether the leases changed. */
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
