import { mkdtemp, chmod, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster, openCluster, startServer } from '../embedded/cluster.ts'
import { freePort } from '../embedded/free-port.ts'

/** A Postgres that lives as long as a test run; `url` is its administrator's. */
export type TestPostgres = { readonly url: string; stop(): Promise<void> }

/**
 * Starts an empty Postgres in a temporary folder, on a free port. With the environment variable
 * GUICHET_TEST_DATABASE_URL it is that server instead, which is left running.
 * `durable: false` turns fsync off: faster, and safe against everything but a crash of the machine.
 */
export async function startTestPostgres(options: { readonly durable?: boolean } = {}): Promise<TestPostgres> {
  const given = process.env['GUICHET_TEST_DATABASE_URL']
  if (given) return { url: given, stop: async () => undefined }

  const temporary = await mkdtemp(join(tmpdir(), 'guichet-test-'))
  await chmod(temporary, 0o755)
  const cluster = await openCluster(join(temporary, 'postgres'))
  await createCluster(cluster, 'test')
  const port = await freePort()
  const fast = { fsync: 'off', full_page_writes: 'off' }
  const server = await startServer(cluster, {
    port,
    settings: { max_connections: '200', ...(options.durable === false && fast) },
  })
  return {
    url: `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop()
      await rm(temporary, { recursive: true, force: true })
    },
  }
}
