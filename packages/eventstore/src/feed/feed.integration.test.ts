import { sampleCatalogue } from '../contract/sample-events.ts'
import { postgresStore } from '../postgres/index.ts'
import { appendSlowly, createTestDatabase } from '../testing/index.ts'
import { feedSuite } from '../contract/feed-suite.ts'

feedSuite('The Postgres store', async () => {
  const database = await createTestDatabase()
  return {
    open: (catalogue) => postgresStore({ connectionString: database.url, catalogue }),
    appendSlowly: (append) => appendSlowly(database.url, sampleCatalogue, append),
    dispose: database.drop,
  }
})
