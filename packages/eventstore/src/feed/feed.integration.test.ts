import { feedSuite } from '../contract/feed-suite.ts'
import { sampleCatalogue } from '../contract/harness.ts'
import { postgresStore } from '../postgres/store.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'

feedSuite('The Postgres store', async () => {
  const database = await createTestDatabase()
  return {
    open: (catalogue) => postgresStore({ connectionString: database.url, catalogue }),
    appendSlowly: (append) => appendSlowly(database.url, sampleCatalogue, append),
    dispose: database.drop,
  }
})
