import { vi } from 'vitest'
import { eventStoreContract } from '../contract/index.ts'
import { eventStoreDbStore } from './index.ts'
import { startEventStoreServer } from './testing/index.ts'

eventStoreContract('The store in EventStoreDB, on a server in this process,', async () => {
  const server = await startEventStoreServer()
  return {
    open: (catalogue) => eventStoreDbStore({ connectionString: server.url, catalogue }),
    dispose: server.stop,
  }
})

/** A real server, which holds nothing but what this suite has written. */
const connectionString = process.env['EVENTSTORE_URL']
if (connectionString) {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
  eventStoreContract('The store in EventStoreDB', async () => ({
    open: (catalogue) => eventStoreDbStore({ connectionString, catalogue }),
  }))
}
