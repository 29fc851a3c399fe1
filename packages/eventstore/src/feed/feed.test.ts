import { inMemoryStore } from '@guichet/domain'
import { feedSuite } from '../contract/feed-suite.ts'
import { eventStoreDbStore } from '../eventstoredb/store.ts'
import { startEventStoreServer } from '../eventstoredb/testing/index.ts'

feedSuite('The in-memory store', async () => {
  const { log } = inMemoryStore({ catalogue: {} })
  return { open: async (catalogue) => inMemoryStore({ catalogue, log }), soleWriter: true }
})

feedSuite('The store in EventStoreDB, on a server in this process', async () => {
  const server = await startEventStoreServer()
  return {
    open: (catalogue) => eventStoreDbStore({ connectionString: server.url, catalogue }),
    dispose: server.stop,
  }
})
