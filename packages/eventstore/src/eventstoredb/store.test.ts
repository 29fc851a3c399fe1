import { inject, vi } from 'vitest'
import { eventStoreContract } from '../contract/index.ts'
import { withOwnStreams } from '../testing/postgres.ts'
import { eventStoreDbStore } from './store.ts'
import { startEventStoreServer } from './testing/index.ts'

eventStoreContract('The store in EventStoreDB, on a server in this process,', async () => {
  const server = await startEventStoreServer()
  return {
    open: (catalogue) => eventStoreDbStore({ connectionString: server.url, catalogue }),
    dispose: server.stop,
  }
})

eventStoreContract('The store in EventStoreDB, with a prefix on a server in this process,', async () => {
  const server = await startEventStoreServer()
  const connectionString = withOwnStreams(server.url)
  return { open: (catalogue) => eventStoreDbStore({ connectionString, catalogue }), dispose: server.stop }
})

/** A real server with any other contents. */
const real = inject('eventStoreUrl')
if (real) {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
  eventStoreContract('The store in EventStoreDB', async () => {
    const connectionString = withOwnStreams(real)
    return { open: (catalogue) => eventStoreDbStore({ connectionString, catalogue }) }
  })
}
