import type { SchemaPart } from '@guichet/eventstore'
import { outbox } from './migrations/001-outbox.ts'

/** What the clock on Temporal keeps in Postgres: what is still to be handed over, and what fails. */
export const temporalSchema: SchemaPart = { schema: 'guichet_workflows', part: 'temporal clock', steps: [outbox] }
