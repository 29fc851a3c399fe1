import type { TestProject } from 'vitest/node'
import { findServer, startDevServer } from '../packages/workflows/src/temporal/servers/index.ts'

/**
 * One Temporal server for the whole run: the one at TEMPORAL_ADDRESS, else one that is on this machine. Where there is none the
 * tests on Temporal are skipped, with a line that says how to get it; on the build server that is a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEMPORAL_ADDRESS']
  const executable = given ? undefined : findServer('dev')
  const server = executable ? await startDevServer({ executable }) : undefined
  const address = given ?? server?.address
  if (!address && process.env['CI']) throw new Error(missing)
  if (!address) console.warn(`Skipping the tests on Temporal: ${missing}`)
  project.provide('temporalServer', address)
  return async () => server?.stop()
}

const missing = 'there is no Temporal server on this machine; `npm run temporal:install` gets one'
