import { startTestPostgres } from '@guichet/eventstore/testing'
import type { TestProject } from 'vitest/node'

/** One Postgres for the whole run; every test file creates a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres({ durable: false })
  project.provide('postgresUrl', postgres.url)
  return () => postgres.stop()
}
