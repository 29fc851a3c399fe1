import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's URL of the test run's Postgres. */
    postgresUrl: string
  }
}

/** A database of its own for one test file. */
export type TestDatabase = { readonly url: string; drop(): Promise<void> }

/** Creates an empty database in the Postgres of the test run; `drop` ends what is still connected to it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const url = new URL(admin)
  url.pathname = `/${name}`
  await run(admin, `create database ${name}`)
  return { url: url.href, drop: () => run(admin, `drop database if exists ${name} with (force)`) }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
