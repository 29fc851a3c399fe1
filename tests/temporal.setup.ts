import type { TestProject } from 'vitest/node'
import { startDevServer } from '../packages/workflows/src/temporal/servers/dev-server.ts'
import { findServer } from '../packages/workflows/src/temporal/servers/find-server.ts'

/**
 * One Temporal server for the whole run: the one at TEMPORAL_ADDRESS, else one installed on this machine. Without a
 * server the tests on Temporal are skipped, with a line on how to get one; in CI that is a failure.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEMPORAL_ADDRESS']
  const devServer = findServer('dev')
  const timeSkippingServer = findServer('time-skipping')
  const missing = [...(given || devServer ? [] : ['dev']), ...(timeSkippingServer ? [] : ['time-skipping'])]
  if (missing.length > 0) {
    const line = `no Temporal ${missing.join(' and no ')} server on this machine: \`npm run temporal:install\` gets one`
    if (process.env['CI']) throw new Error(line)
    console.warn(`\nTests on Temporal are skipped, because there is ${line}\n`)
  }
  const server = devServer && !given ? await startDevServer({ executable: devServer }) : undefined
  project.provide('temporalServer', given ?? server?.address)
  project.provide('devServer', devServer)
  project.provide('timeSkippingServer', timeSkippingServer)
  return async () => server?.stop()
}
