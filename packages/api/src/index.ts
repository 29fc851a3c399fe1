export type { Principal, Role } from './auth/principal.ts'
export type { AuthConfig } from './auth/tokens.ts'
export { createServer } from './server/create-server.ts'
export type { ServerDependencies } from './server/server-dependencies.ts'
