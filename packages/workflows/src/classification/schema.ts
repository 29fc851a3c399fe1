import type { SchemaPart } from '@guichet/eventstore'
import { classification } from './migrations/001-classification.ts'

/** What people have said that tickets are about, and the model that has learnt it. */
export const classificationSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'classification',
  steps: [classification],
}
