import type { Pool } from 'pg'
import type { Generation, GenerationRow } from './generation.ts'
import { basisOf, generationColumns, isFree, toGeneration } from './generation.ts'
import type { Projection } from './projection.ts'
import type { Session } from './session.ts'

/** The identity of a runner in leases: unique among all runners of all processes. */
export type Holder = { readonly owner: string; readonly leaseMs: number }

/**
 * Claims and renews the leases on the live generations of these projections, except those that another runner that is
 * alive holds. Releases those of versions and bases that this program does not have. Uses the database's time.
 * @returns the present state of every generation of these projections, whoever holds it.
 */
export async function claimServing(
  session: Session,
  projections: readonly Projection[],
  { owner, leaseMs }: Holder,
): Promise<readonly Generation[]> {
  const { backend } = session
  const names = projections.map(({ name }) => name)
  await session.query(
    `with claimable as (
      select g.projection, g.generation, (g.version, g.basis) = (wanted.version, wanted.basis) as fits
      from guichet_projections.generations g
      join unnest($1::text[], $2::integer[], $7::text[]) as wanted (projection, version, basis) using (projection)
      where g.role = 'serving'
        and (g.owner = $3
          or ((g.version, g.basis) = (wanted.version, wanted.basis) and ${isFree}))
      order by g.projection, g.generation
      for no key update of g
    )
    update guichet_projections.generations g set
      owner = case when fits then $3 end,
      owner_backend = case when fits then $4::integer end,
      owner_since = case when fits then $5::timestamptz end,
      leased_until = case when fits then clock_timestamp() + $6::integer * interval '1 millisecond' end
    from claimable c
    where g.projection = c.projection and g.generation = c.generation`,
    [
      names,
      projections.map(({ version }) => version),
      owner,
      backend.id,
      backend.since,
      leaseMs,
      projections.map(basisOf),
    ],
  )
  return readGenerations(session, names)
}

/**
 * Renews the leases that this runner still holds on live generations. Skips rows that a commit under way has locked
 * until the next renewal, so that it never waits for a batch.
 */
export async function renewServing(pool: Pool, { owner, leaseMs }: Holder): Promise<void> {
  await pool.query(
    `with held as (
      select projection, generation from guichet_projections.generations
      where role = 'serving' and owner = $1 for no key update skip locked
    )
    update guichet_projections.generations g
    set leased_until = clock_timestamp() + $2::integer * interval '1 millisecond'
    from held h where g.projection = h.projection and g.generation = h.generation`,
    [owner, leaseMs],
  )
}

/** Renews a lease while work runs, on another connection than the work's; for `mostMs` at most, if given. */
export async function whileRenewing<T>(
  renew: () => Promise<void>,
  { leaseMs, mostMs = Infinity }: { readonly leaseMs: number; readonly mostMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now()
  let renewing = false
  const beat = setInterval(() => {
    if (renewing || performance.now() - startedAt > mostMs) return
    renewing = true
    void renew()
      .catch(() => undefined)
      .finally(() => (renewing = false))
  }, leaseMs / 3)
  try {
    return await work()
  } finally {
    clearInterval(beat)
  }
}

/** Renews the lease on a generation that is being built. */
export async function renewBuild(
  pool: Pool,
  { projection, generation }: Pick<Generation, 'projection' | 'generation'>,
  { owner, leaseMs }: Holder,
): Promise<void> {
  await pool.query(
    `update guichet_projections.generations set leased_until = clock_timestamp() + $4::integer * interval '1 millisecond'
     where projection = $1 and generation = $2 and role = 'building' and owner = $3`,
    [projection, generation, owner, leaseMs],
  )
}

/** Releases all leases of a runner. */
export async function releaseLeases(session: Session, owner: string): Promise<void> {
  await session.query(
    `update guichet_projections.generations
     set owner = null, owner_backend = null, owner_since = null, leased_until = null where owner = $1`,
    [owner],
  )
}

/** The generations of these projections that are live or being built. */
export async function readGenerations(
  source: Session | Pool,
  names: readonly string[],
): Promise<readonly Generation[]> {
  const text = `select ${generationColumns} from guichet_projections.generations g
    where g.projection = any ($1) and g.role <> 'retired'
    order by g.projection, g.generation`
  const rows =
    'backend' in source
      ? await source.query<GenerationRow>(text, [names])
      : (await source.query<GenerationRow>(text, [names])).rows
  return rows.map(toGeneration)
}
