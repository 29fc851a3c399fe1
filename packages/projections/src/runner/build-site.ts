import type { Generation, GenerationRow } from './generation.ts'
import { basisOf, fits, generationColumns, schemaOf, searchPathOf, toGeneration } from './generation.ts'
import type { Holder } from './lease.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'
import { showGeneration } from './views.ts'

type Row = GenerationRow & { taken: boolean }

/** What to do with a generation that a runner left half built: `restart` throws it away. */
export type Leftover = 'continue' | 'restart'

/**
 * Opens the generation that is to be built beside the live one, or goes on with one whose builder is gone. The first
 * generation of a projection is shown to readers while it fills: there is nothing older.
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
    const found = present.find(({ role }) => role === 'building')
    if (found?.taken) return undefined
    if (found && leftover === 'continue' && fits(found, projection) && found.error === null) {
      return lease(session, found, holder)
    }
    if (found) await discard(session, found)
    const number = Math.max(0, ...present.filter((each) => each !== found).map(({ generation }) => generation)) + 1
    const site = { projection: projection.name, generation: number }
    await insert(session, projection, number, 'building')
    await furnish(session, projection, site)
    if (!present.some(({ role }) => role === 'serving')) await showGeneration(session, projection, site)
    return lease(session, site, holder)
  })
}

/** Creates the first generation as the live one: right when there is no history yet. Nothing, if there is one already. */
export async function openFirst(session: Session, projection: Projection): Promise<void> {
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

/** Throws a half-built generation away whose builder is gone. */
export async function dropLeftover(session: Session, projection: Projection): Promise<void> {
  await inTransaction(session, 'public', async () => {
    const found = (await lockGenerations(session, projection)).find(({ role }) => role === 'building')
    if (found && !found.taken) await discard(session, found)
  })
}

/** Throws a generation away that its builder gives up; nothing, if it is no longer his. */
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
    `select ${generationColumns}, g.owner is distinct from $2 and not guichet_projections.is_free(g) as taken
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
