import type { EventStore } from '@guichet/domain'
import type { Pool } from 'pg'
import { dropLeftover, openBuild, openFirst } from './build-site.ts'
import { fits } from './generation.ts'
import type { Holder } from './lease.ts'
import { readGenerations } from './lease.ts'
import type { Projection } from './projection.ts'
import { openSession } from './session.ts'
import { dropRetired } from './switch-over.ts'

/**
 * Gives every projection a generation: a live one where there is no history yet, one to be built where there is, or
 * where the live one has another version or basis. Clears away what dead processes have left.
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
  const session = await openSession(pool)
  const toBuild: Projection[] = []
  try {
    for (const projection of projections) {
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
    const names = projections.map(({ name }) => name)
    await dropRetired(session, names).catch(() => undefined)
    return toBuild
  } finally {
    await session.close()
  }
}
