import type { EventStore, Position } from '@guichet/domain'
import { readBatch } from '@guichet/eventstore'
import type { Activity } from './activity.ts'
import { createBatchLimit } from './batch-limit.ts'
import { writeBatch } from './batch.ts'
import { inTransaction } from './build-site.ts'
import { createEventReader } from './event-reader.ts'
import { isCheckpointMoved, isTransient, messageOf } from './failure.ts'
import { upTo } from './follower.ts'
import type { Generation } from './generation.ts'
import { searchPathOf } from './generation.ts'
import { readGenerations } from './lease.ts'
import type { Projection, RecordedEvent } from './projection.ts'
import { BuildTakenOver, RebuildFailed } from './rebuild-errors.ts'
import type { Session } from './session.ts'
import { streamHistory } from './stream-history.ts'
import { switchOver } from './switch-over.ts'

/** What filling a generation takes. */
export type Build = {
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
}

/** Once fewer events than this are missing, the switch itself makes up for them. */
const closeEnough = 500

/**
 * Fills a generation up to where the live one stands (up to the head, when there is none), gives it its indexes and
 * switches readers to it.
 * @throws RebuildFailed at an event that cannot be folded, the signal's reason, and failures of the surroundings.
 */
export async function carryOutBuild(build: Build): Promise<void> {
  const filling = createFilling(build)
  await filling.fill(await goal(build))
  if (!build.built.indexed) await addIndexes(build)
  while ((await filling.fill(await goal(build))) >= closeEnough);
  build.signal.throwIfAborted()
  await switchOver(build.session, { ...build, from: filling.position() })
}

/** Where the live generation stands; the head without one. */
async function goal({ session, store, projection }: Build): Promise<Position | undefined> {
  const present = await readGenerations(session, [projection.name])
  const serving = present.find(({ role }) => role === 'serving')
  return serving ? serving.position : store.head()
}

type Filling = {
  position(): Position | undefined
  /** Folds all events up to the position; answers how many there were. */
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
}: Build): Filling {
  const reader = createEventReader((after, bounds) => readBatch(store, after, bounds), {
    limit: batchSize,
    maxBytes: batchBytes,
  })
  const batchLimit = createBatchLimit(batchSize)
  const compare = store.comparePositions.bind(store)
  const written = [{ projection, generation: built.generation }]
  const history = streamHistory(store)
  let { position, events: total } = built

  const write = async (events: readonly RecordedEvent[]): Promise<void> => {
    const last = events.at(-1)
    if (!last) return
    signal.throwIfAborted()
    const begun = performance.now()
    try {
      await writeBatch(session, written, { events, from: position, to: last.position, owner, replaying: true, history })
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
    const milliseconds = performance.now() - begun
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
