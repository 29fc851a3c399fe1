import type { Pool } from 'pg'
import type { EventStore, Position } from '@guichet/domain'
import { readBatch } from '@guichet/eventstore'
import { BuildTakenOver } from './failure.ts'
import { upTo } from './follower.ts'
import type { Generation, GenerationRow } from './generation.ts'
import {
  advanceStatement,
  basisOf,
  fits,
  generationColumns,
  isFree,
  schemaOf,
  searchPathOf,
  showGeneration,
  toGeneration,
} from './generation.ts'
import type { Holder } from './lease.ts'
import { readGenerations } from './lease.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import type { OnStreamLost } from './stream-history.ts'
import { streamHistory } from './stream-history.ts'

type Switching = {
  readonly onStreamLost: OnStreamLost
  readonly store: EventStore
  readonly projection: Projection
  readonly built: Generation
  readonly from: Position | undefined
  readonly owner: string
}

/** How long the switch waits for readers to release a view: less than the deadlock timeout of Postgres. */
const lockTimeout = '300ms'

/**
 * Makes the built generation the live one in one transaction: writes the events that the live one has and this one
 * lacks, and switches the views, the checkpoint and the lease, while the live one is locked.
 * @throws a lock timeout when readers hold the views for long; the caller retries.
 */
export async function switchOver(session: Session, switching: Switching): Promise<void> {
  const { projection, built, owner } = switching
  await inTransaction(session, searchPathOf([built]), async () => {
    await session.query(`set local lock_timeout = '${lockTimeout}'`)
    const serving = await lockServing(session, built)
    if (serving) await drawLevel(session, switching, serving)
    await showGeneration(session, projection, built)
    await projection.switched?.(session.tx)
    await handOver(session, built, owner)
  })
}

/** Drops the tables of retired generations; those that are still being read are left for the next call. */
export async function dropRetired(session: Session, names: readonly string[]): Promise<void> {
  const retired = await session.query<GenerationRow>(
    `select ${generationColumns} from guichet_projections.generations g where role = 'retired' and projection = any ($1)`,
    [names],
  )
  for (const row of retired) {
    await inTransaction(session, 'public', async () => {
      await session.query(`set local lock_timeout = '${lockTimeout}'; drop schema if exists ${schemaOf(row)} cascade`)
      await session.query('delete from guichet_projections.generations where projection = $1 and generation = $2', [
        row.projection,
        row.generation,
      ])
    })
  }
}

async function lockServing(session: Session, { projection }: Generation): Promise<Generation | undefined> {
  const rows = await session.query<GenerationRow>(
    `select ${generationColumns} from guichet_projections.generations g
     where projection = $1 and role <> 'retired' order by generation for no key update`,
    [projection],
  )
  return rows.map(toGeneration).find(({ role }) => role === 'serving')
}

async function drawLevel(session: Session, switching: Switching, serving: Generation): Promise<void> {
  const { store, projection, built, owner, onStreamLost } = switching
  const end = serving.position
  let { from } = switching
  while (end !== undefined && (from === undefined || store.comparePositions(from, end) < 0)) {
    const page = await readBatch(store, from, { limit: 500 })
    const events = upTo(page.events as Parameters<Projection['project']>[0], end, store.comparePositions.bind(store))
    const last = events.at(-1)
    if (!last) return
    await projection.project(events, {
      tx: session.tx,
      schema: schemaOf(built),
      replaying: true,
      from,
      history: streamHistory(store, onStreamLost),
    })
    await session.query(advanceStatement([built], { owner, from, to: last, events: events.length }))
    from = last.position
  }
}

type LeaseRow = { owner: string | null; owner_backend: number | null; owner_since: string | null; until: string | null }

/** The live runner keeps its lease: it now moves the new live generation. */
async function handOver(session: Session, { projection, generation }: Generation, owner: string): Promise<void> {
  const [lease] = await session.query<LeaseRow>(
    `update guichet_projections.generations set role = 'retired' where projection = $1 and role = 'serving'
     returning owner, owner_backend, owner_since::text as owner_since, leased_until::text as until`,
    [projection],
  )
  const served = await session.query(
    `update guichet_projections.generations
     set role = 'serving', owner = $4, owner_backend = $5, owner_since = $6, leased_until = $7
     where projection = $1 and generation = $2 and role = 'building' and owner = $3 returning projection`,
    [
      projection,
      generation,
      owner,
      lease?.owner ?? null,
      lease?.owner_backend ?? null,
      lease?.owner_since ?? null,
      lease?.until ?? null,
    ],
  )
  if (served.length === 0) throw new BuildTakenOver(projection)
}

/**
 * Gives every projection a generation: a live one if there is no history yet, else one to be built, also when the live
 * one has another version or basis. Removes what dead processes have left.
 * @returns the projections that have to be built.
 */
export async function settle({
  store,
  pool,
  projections,
  builder,
}: {
  readonly store: EventStore
  readonly pool: Pool
  readonly projections: readonly Projection[]
  readonly builder: Holder
}): Promise<readonly Projection[]> {
  const names = projections.map(({ name }) => name)
  const generations = await readEveryGeneration(pool, names)
  const unsettled = projections.filter((projection) => !isSettled(projection, generations))
  if (unsettled.length === 0 && !generations.some(({ role }) => role === 'retired')) return []
  const session = await openSession(pool)
  const toBuild: Projection[] = []
  try {
    for (const projection of unsettled) {
      if ((await store.head()) === undefined) await openFirst(session, projection)
      const present = await readGenerations(session, [projection.name])
      const serving = present.find(({ role }) => role === 'serving')
      if (serving && fits(serving, projection)) {
        await dropLeftover(session, projection)
      } else {
        await openBuild(session, projection, builder, 'continue')
        toBuild.push(projection)
      }
    }
    await dropRetired(session, names).catch(() => undefined)
    return toBuild
  } finally {
    await session.close()
  }
}

async function readEveryGeneration(pool: Pool, names: readonly string[]): Promise<readonly Generation[]> {
  const { rows } = await pool.query<GenerationRow>(
    `select ${generationColumns} from guichet_projections.generations g where projection = any ($1)`,
    [names],
  )
  return rows.map(toGeneration)
}

/** Whether a projection has a live generation that fits, and nothing beside it: true of most at most starts. */
function isSettled(projection: Projection, generations: readonly Generation[]): boolean {
  const current = generations.filter((each) => each.projection === projection.name && each.role !== 'retired')
  const [only, ...others] = current
  return only?.role === 'serving' && others.length === 0 && fits(only, projection)
}

type Row = GenerationRow & { taken: boolean }

/** What to do with a generation that a runner left half built: `restart` discards it. */
export type Leftover = 'continue' | 'restart'

/**
 * Opens the generation that is to be built beside the live one, or continues one whose builder is dead. The first
 * generation of a projection is visible to readers while it fills, since there is no older one.
 * @returns undefined when another runner is building one.
 */
export async function openBuild(
  session: Session,
  projection: Projection,
  holder: Holder,
  leftover: Leftover,
): Promise<Generation | undefined> {
  return inTransaction(session, 'public', async () => {
    const present = await lockGenerations(session, projection, holder.owner)
    const row = present.find(({ role }) => role === 'building')
    if (row?.taken) return undefined
    if (row && leftover === 'continue' && fits(row, projection) && row.error === null) {
      return lease(session, row, holder)
    }
    if (row) await discard(session, row)
    const number = Math.max(0, ...present.filter((each) => each !== row).map(({ generation }) => generation)) + 1
    const site = { projection: projection.name, generation: number }
    await insert(session, projection, number, 'building')
    await furnish(session, projection, site)
    if (!present.some(({ role }) => role === 'serving')) await showGeneration(session, projection, site)
    return lease(session, site, holder)
  })
}

/** Creates the first generation as the live one, for an empty history. Does nothing if one exists. */
async function openFirst(session: Session, projection: Projection): Promise<void> {
  await inTransaction(session, 'public', async () => {
    if ((await lockGenerations(session, projection)).length > 0) return
    const first = { projection: projection.name, generation: 1 }
    await insert(session, projection, 1, 'serving')
    await furnish(session, projection, first)
    await projection.createIndexes(session.tx)
    await session.query(
      'update guichet_projections.generations set indexed = true where projection = $1 and generation = 1',
      [projection.name],
    )
    await showGeneration(session, projection, first)
  })
}

/** Discards a half-built generation whose builder is dead. */
async function dropLeftover(session: Session, projection: Projection): Promise<void> {
  await inTransaction(session, 'public', async () => {
    const row = (await lockGenerations(session, projection)).find(({ role }) => role === 'building')
    if (row && !row.taken) await discard(session, row)
  })
}

/** Discards a generation that its builder gives up, if it still owns it. */
export async function abandonBuild(session: Session, built: Generation, owner: string): Promise<void> {
  await inTransaction(session, 'public', async () => {
    const rows = await session.query(
      `select from guichet_projections.generations
       where projection = $1 and generation = $2 and role = 'building' and owner = $3 for update`,
      [built.projection, built.generation, owner],
    )
    if (rows.length > 0) await discard(session, built)
  })
}

/** Runs work in a transaction under a search path. */
export async function inTransaction<T>(session: Session, searchPath: string, work: () => Promise<T>): Promise<T> {
  try {
    await session.begin(searchPath)
    const result = await work()
    await session.query('commit')
    return result
  } catch (error) {
    await session.rollback()
    throw error
  }
}

async function lockGenerations(session: Session, { name }: Projection, owner?: string): Promise<readonly Row[]> {
  await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`generations of ${name}`])
  return session.query<Row>(
    `select ${generationColumns}, g.owner is distinct from $2 and not ${isFree} as taken
     from guichet_projections.generations g where projection = $1 order by generation for update`,
    [name, owner ?? null],
  )
}

async function insert(
  session: Session,
  projection: Projection,
  generation: number,
  role: Generation['role'],
): Promise<void> {
  await session.query(
    `insert into guichet_projections.generations (projection, generation, version, basis, role)
     values ($1, $2, $3, $4, $5)`,
    [projection.name, generation, projection.version, basisOf(projection), role],
  )
}

async function furnish(
  session: Session,
  projection: Projection,
  site: Pick<Generation, 'projection' | 'generation'>,
): Promise<void> {
  await session.query(`create schema ${schemaOf(site)}; set local search_path = ${searchPathOf([site])}`)
  await projection.createTables(session.tx)
}

async function lease(
  session: Session,
  { projection, generation }: Pick<Generation, 'projection' | 'generation'>,
  { owner, leaseMs }: Holder,
): Promise<Generation | undefined> {
  const [row] = await session.query<GenerationRow>(
    `update guichet_projections.generations g
     set owner = $3, owner_backend = $4, owner_since = $5,
       leased_until = clock_timestamp() + $6::integer * interval '1 millisecond'
     where projection = $1 and generation = $2 returning ${generationColumns}`,
    [projection, generation, owner, session.backend.id, session.backend.since, leaseMs],
  )
  return row && toGeneration(row)
}

async function discard(session: Session, site: Pick<Generation, 'projection' | 'generation'>): Promise<void> {
  await session.query(`drop schema if exists ${schemaOf(site)} cascade`)
  await session.query('delete from guichet_projections.generations where projection = $1 and generation = $2', [
    site.projection,
    site.generation,
  ])
}
