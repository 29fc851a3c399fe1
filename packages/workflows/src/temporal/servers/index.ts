export { findServer } from './find-server.ts'
export type { ServerKind } from './server-kind.ts'
export { startDevServer } from './start-server.ts'
export type { DevServerOptions, RunningServer } from './start-server.ts'
