export { migrateSchema, SchemaRefused, SchemaTooNew } from './migrate-schema.ts'
export type { SchemaPart } from './migrate-schema.ts'
