export { ownerOfEmbedded } from './roles.ts'
export { startEmbeddedPostgres } from './embedded-postgres.ts'
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from './embedded-postgres.ts'
export { DataDirectoryInUse } from './ownership.ts'
