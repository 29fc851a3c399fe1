import { migrateSchema } from '@guichet/eventstore'
import type { Pool } from 'pg'
import { generations } from './migrations/001-generations.ts'
import { followedStore } from './migrations/002-followed-store.ts'

/**
 * Brings the schema `guichet_projections` up to date.
 * @throws SchemaTooNew when the schema is newer than this program.
 */
export function migrateProjections(pool: Pool): Promise<void> {
  return migrateSchema(pool, {
    schema: 'guichet_projections',
    part: 'projections',
    steps: [generations, followedStore],
  })
}
