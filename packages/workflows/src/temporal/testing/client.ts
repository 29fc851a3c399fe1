import { Client, Connection } from '@temporalio/client'

/** What runs around the tests of a suite: vitest's own. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/** Asks a Temporal server from before the first test of a suite until after the last one. */
export function useClient({ beforeAll, afterAll }: Hooks, address: string | undefined): () => Client {
  let client: Client | undefined
  beforeAll(async () => {
    client = new Client({ connection: await Connection.connect({ address: address ?? '' }) })
  })
  afterAll(async () => client?.connection.close())
  return () => {
    if (!client) throw new Error('the connection opens before the first test: ask for it in a test')
    return client
  }
}
