import type { SchemaPart } from '@guichet/eventstore'
import { delivery } from './migrations/001-delivery.ts'

/** What is delivered outside, and what became of it. */
export const deliverySchema: SchemaPart = { schema: 'guichet_workflows', part: 'delivery', steps: [delivery] }
