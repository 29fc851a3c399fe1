import { ownerOfEmbedded, startEmbeddedPostgres } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** The Postgres that everything is measured on: the embedded one as it always runs, fsync on; gone when the bench ends. */
export type Ground = {
  /** A folder for files of the bench. */
  readonly folder: string
  /** Creates an empty database and returns its URL. */
  database(): Promise<string>
  stop(): Promise<void>
}

/** Starts a Postgres with nothing in it, in a temporary folder. */
export async function prepareGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'))
  await chmod(folder, 0o755)
  const postgres = await startEmbeddedPostgres({ dataDir: folder })
  return {
    folder,
    database: async () => {
      const url = new URL(postgres.url)
      url.pathname = `/bench_${randomUUID().replaceAll('-', '')}`
      const client = new pg.Client({ connectionString: ownerOfEmbedded(postgres.url) })
      try {
        await client.connect()
        await client.query(`create database ${url.pathname.slice(1)} owner ${url.username}`)
      } finally {
        await client.end()
      }
      return url.href
    },
    stop: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
