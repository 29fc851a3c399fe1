import { sampleCatalogue } from '../contract/harness.ts'
import { eventStoreContract } from '../contract/index.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'
import { postgresStore } from './store.ts'

eventStoreContract('The Postgres store', async () => {
  const database = await createTestDatabase()
  return {
    open: (catalogue) => postgresStore({ connectionString: database.url, catalogue }),
    appendSlowly: (append) => appendSlowly(database.url, sampleCatalogue, append),
    dispose: database.drop,
  }
})
