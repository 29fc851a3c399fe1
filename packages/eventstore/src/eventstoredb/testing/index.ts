import type { EventStoreServer, EventStoreServerOptions } from './server.ts'

export type { EventLog, Faults } from './event-log.ts'
export type { EventStoreServer, EventStoreServerOptions } from './server.ts'

/** Starts a server in this process that speaks the protocol of EventStoreDB; its libraries are loaded only now. */
export async function startEventStoreServer(options: EventStoreServerOptions = {}): Promise<EventStoreServer> {
  const { startServer } = await import('./server.ts')
  return startServer(options)
}
