import type { EventStore, Position } from '@guichet/domain'
import { readBatch } from '@guichet/eventstore'
import { inTransaction } from './build-site.ts'
import { BuildTakenOver } from './rebuild-errors.ts'
import { upTo } from './follower.ts'
import type { Generation, GenerationRow } from './generation.ts'
import { advanceStatement, generationColumns, schemaOf, searchPathOf, toGeneration } from './generation.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'
import { streamHistory } from './stream-history.ts'
import { showGeneration } from './views.ts'

type Switching = {
  readonly store: EventStore
  readonly projection: Projection
  readonly built: Generation
  readonly from: Position | undefined
  readonly owner: string
}

/** How long the switch waits for readers to let go of a view: less than what Postgres calls a deadlock after. */
const lockTimeout = '300ms'

/**
 * Makes the built generation the live one: the last events that the live one has and this one lacks, the views, the
 * checkpoint and the lease in one transaction, while the live one stands still.
 * @throws a lock timeout when readers hold the views for long, for the caller to try again.
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

/** Drops the tables of generations that no longer serve; those that somebody still reads stay for the next time. */
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
  const { store, projection, built, owner } = switching
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
      history: streamHistory(store),
    })
    await session.query(advanceStatement([built], { owner, from, to: last.position, events: events.length }))
    from = last.position
  }
}

type LeaseRow = { owner: string | null; owner_backend: number | null; owner_since: string | null; until: string | null }

/** The live runner keeps its lease: it now moves the generation that takes over. */
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
