export { findServer } from './find-server.ts'
export type { ServerKind } from './server-kind.ts'
export { startDevServer, startTimeSkippingServer } from './start-server.ts'
export type { DevServerOptions, RunningServer } from './start-server.ts'
