import { runMigrations } from 'graphile-worker'
import type { SchemaPart } from '@guichet/eventstore'
import { silent } from './log.ts'
import { clock } from './migrations/001-clock.ts'
import { claims } from './migrations/002-claims.ts'

/** The Postgres schema of the job queue: apart from `graphile_worker`, which may belong to the embedding application. */
export const queueSchema = 'guichet_jobs'

/** The clock's tables and functions, on top of the job queue's own. */
export const clockSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'clock',
  steps: [clock, claims],
  prepare: (pgPool) => runMigrations({ pgPool, schema: queueSchema, logger: silent }),
}
