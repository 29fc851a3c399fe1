import type { SchemaPart } from '../database/apply-migrations.ts'
import { reactions } from './migrations/001-reactions.ts'

/** The checkpoints of the reactions. */
export const reactionsSchema: SchemaPart = { name: 'reactions', migrations: [reactions] }
