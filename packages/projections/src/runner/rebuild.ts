import type { Pool } from 'pg'
import type { EventStore, Position } from '@guichet/domain'
import { readBatch, retryWithBackOff } from '@guichet/eventstore'
import { createBatchLimit, createEventReader, writeBatch } from './batch.ts'
import type { Activity } from './failure.ts'
import { BuildTakenOver, ConnectionLost, isCheckpointMoved, isTransient, messageOf, RebuildFailed } from './failure.ts'
import { upTo } from './follower.ts'
import type { Generation } from './generation.ts'
import { searchPathOf } from './generation.ts'
import type { Holder } from './lease.ts'
import { readGenerations, renewBuild, whileRenewing } from './lease.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import { stopBuild } from './status.ts'
import type { OnStreamLost } from './stream-history.ts'
import { streamHistory } from './stream-history.ts'
import type { Leftover } from './switch-over.ts'
import { abandonBuild, dropRetired, inTransaction, openBuild, switchOver } from './switch-over.ts'

/** The parameters of a rebuild. */
export type Rebuild = {
  readonly store: EventStore
  readonly pool: Pool
  readonly projection: Projection
  readonly holder: Holder
  readonly batchSize: number
  readonly batchBytes: number
  readonly activity: Activity
  readonly signal: AbortSignal
  /** What to do with a generation that was left half built. */
  readonly leftover: Leftover
  /** What to do with this generation if an event cannot be folded. */
  readonly whenFailed: 'discard' | 'keep with error'
  onEvents(events: number): void
  readonly onStreamLost: OnStreamLost
}

const retryMs = { first: 100, last: 5_000 }

/**
 * Builds a generation and switches readers to it. Retries transient failures for ever, from the stored checkpoint.
 * @returns false when another runner is building one, or has taken this one over after a long pause of this process.
 * @throws RebuildFailed, and the signal's reason.
 */
export async function rebuildProjection(rebuild: Rebuild): Promise<boolean> {
  const { activity, signal, projection } = rebuild
  let { leftover } = rebuild
  const opened = (): void => {
    leftover = 'continue'
  }
  const work = async (): Promise<boolean> => {
    signal.throwIfAborted()
    return attempt({ ...rebuild, leftover }, opened)
  }
  const onFailure = (error: unknown): void => activity.failed(`rebuild of ${projection.name}`, error)
  try {
    return await retryWithBackOff(work, { backOff: retryMs, signal, isRetryable: isTransient, onFailure })
  } catch (error) {
    if (error instanceof BuildTakenOver) return false
    throw error
  }
}

async function attempt(rebuild: Rebuild, opened: () => void): Promise<boolean> {
  const { pool, projection, holder, leftover, activity } = rebuild
  const session = await openSession(pool)
  try {
    const built = await openBuild(session, projection, holder, leftover)
    if (!built) return false
    opened()
    await whileRenewing(
      () => renewBuild(pool, built, holder),
      holder,
      () => buildOrClear(rebuild, session, built),
    )
    await dropRetired(session, [projection.name]).catch((error: unknown) => {
      activity.failed(`old tables of ${projection.name} stay for now`, error)
    })
    return true
  } catch (error) {
    throw session.broken() ? new ConnectionLost(error) : error
  } finally {
    await session.close()
  }
}

/** Builds; discards or keeps the generation, as requested, when that cannot succeed. */
async function buildOrClear(rebuild: Rebuild, session: Session, built: Generation): Promise<void> {
  const { owner } = rebuild.holder
  try {
    await carryOutBuild({ ...rebuild, session, built, owner })
  } catch (error) {
    if (session.broken() || isTransient(error) || error instanceof BuildTakenOver) throw error
    if (rebuild.whenFailed === 'discard') await abandonBuild(session, built, owner)
    else if (error instanceof RebuildFailed) await stopBuild(session, built, owner, error.at)
    throw error
  }
}

/** The parameters of filling a generation. */
type Build = {
  readonly store: EventStore
  readonly session: Session
  readonly projection: Projection
  readonly built: Generation
  readonly owner: string
  readonly batchSize: number
  readonly batchBytes: number
  readonly activity: Activity
  readonly signal: AbortSignal
  onEvents(events: number): void
  readonly onStreamLost: OnStreamLost
}

/** Once fewer events than this are missing, the switch itself writes them. */
const closeEnough = 500

/**
 * Fills a generation up to the checkpoint of the live one (up to the head, if there is none), creates its indexes and
 * switches readers to it.
 * @throws RebuildFailed at an event that cannot be folded, the signal's reason, and transient failures.
 */
async function carryOutBuild(build: Build): Promise<void> {
  const filling = createFilling(build)
  await filling.fill(await goal(build))
  if (!build.built.indexed) await addIndexes(build)
  while ((await filling.fill(await goal(build))) >= closeEnough);
  build.signal.throwIfAborted()
  await switchOver(build.session, { ...build, from: filling.position() })
}

/** The checkpoint of the live generation; the head without one. */
async function goal({ session, store, projection }: Build): Promise<Position | undefined> {
  const present = await readGenerations(session, [projection.name])
  const serving = present.find(({ role }) => role === 'serving')
  return serving ? serving.position : store.head()
}

type Filling = {
  position(): Position | undefined
  /** Folds all events up to the position; returns their number. */
  fill(end: Position | undefined): Promise<number>
}

function createFilling({
  store,
  session,
  projection,
  built,
  owner,
  batchSize,
  batchBytes,
  activity,
  signal,
  onEvents,
  onStreamLost,
}: Build): Filling {
  const reader = createEventReader((after, bounds) => readBatch(store, after, bounds), {
    limit: batchSize,
    maxBytes: batchBytes,
  })
  const batchLimit = createBatchLimit(batchSize)
  const compare = store.comparePositions.bind(store)
  const written = [{ projection, generation: built.generation }]
  const history = streamHistory(store, onStreamLost)
  let { position, events: total } = built

  const write = async (events: readonly RecordedEvent[]): Promise<void> => {
    const last = events.at(-1)
    if (!last) return
    signal.throwIfAborted()
    const startedAt = performance.now()
    try {
      await writeBatch(session, written, { events, from: position, to: last, owner, replaying: true, history })
    } catch (error) {
      if (isCheckpointMoved(error)) throw new BuildTakenOver(projection.name)
      if (session.broken() || isTransient(error)) throw error
      if (events.length === 1) throw failure(projection.name, last, error)
      const middle = Math.ceil(events.length / 2)
      await write(events.slice(0, middle))
      return write(events.slice(middle))
    }
    position = last.position
    total += events.length
    const milliseconds = performance.now() - startedAt
    batchLimit.took(events.length, milliseconds)
    activity.written(events.length, milliseconds)
    onEvents(total)
  }

  return {
    position: () => position,
    async fill(end) {
      const before = total
      while (end !== undefined && (position === undefined || compare(position, end) < 0)) {
        const page = await reader.read(position, batchLimit.events())
        const events = upTo(page.events, end, compare)
        if (events.length === 0) break
        await write(events)
      }
      return total - before
    },
  }
}

async function addIndexes({ session, projection, built, owner, signal }: Build): Promise<void> {
  signal.throwIfAborted()
  await inTransaction(session, searchPathOf([built]), async () => {
    await projection.createIndexes(session.tx)
    await session.query(projection.tables.map((table) => `analyze ${table}`).join('; '))
    const rows = await session.query(
      `update guichet_projections.generations set indexed = true
       where projection = $1 and generation = $2 and role = 'building' and owner = $3 returning projection`,
      [built.projection, built.generation, owner],
    )
    if (rows.length === 0) throw new BuildTakenOver(projection.name)
  })
}

function failure(projection: string, event: RecordedEvent, error: unknown): RebuildFailed {
  const at = {
    position: event.position,
    eventId: event.id,
    message: messageOf(error),
    at: new Date().toISOString(),
  }
  return new RebuildFailed(projection, at, error)
}
