import type { SchemaPart } from '@guichet/eventstore'
import { outbox } from './migrations/001-outbox.ts'
import { clocks } from './migrations/002-clocks.ts'

/** What the clock on Temporal keeps in Postgres: what is still to be handed over, what clocks were started with, and what fails. */
export const temporalSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'temporal clock',
  steps: [outbox, clocks],
}
