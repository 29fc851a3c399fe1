import type { SchemaPart } from '@guichet/eventstore'
import { reactions } from './migrations/001-reactions.ts'

/** The checkpoints of the reactions. */
export const reactionsSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'reactions',
  steps: [reactions],
}
