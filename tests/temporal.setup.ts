import { Connection } from '@temporalio/client'
import type { TestProject } from 'vitest/node'
import { startDevServer } from '../packages/workflows/src/temporal/servers/dev-server.ts'
import { findServer } from '../packages/workflows/src/temporal/servers/find-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address in `TEMPORAL_ADDRESS`, when the tests run with one. */
    temporalAddress?: string | undefined
    /** Why tests of the project are skipped; undefined when none need be. */
    skippedBecause?: string | undefined
  }
}

/**
 * One Temporal server for the whole run: the one at TEMPORAL_ADDRESS, else one installed on this machine. Without a
 * server the tests on Temporal are skipped, with a line on how to get one; in CI that is a failure.
 * @throws Error that names the address when nobody answers at TEMPORAL_ADDRESS.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = project.getProvidedContext().temporalAddress
  if (given) await assertAnswering(given)
  const devServer = findServer('dev')
  const timeSkippingServer = findServer('time-skipping')
  const missing = [...(given || devServer ? [] : ['dev']), ...(timeSkippingServer ? [] : ['time-skipping'])]
  if (missing.length > 0) {
    const line = `no Temporal ${missing.join(' and no ')} server on this machine: \`npm run temporal:install\` gets one`
    if (process.env['CI']) throw new Error(line)
    console.warn(`\nTests on Temporal are skipped, because there is ${line}\n`)
    project.provide('skippedBecause', `there is ${line}`)
  }
  const server = devServer && !given ? await startDevServer({ executable: devServer, patienceMs: 120_000 }) : undefined
  project.provide('temporalServer', given ?? server?.address)
  project.provide('devServer', devServer)
  project.provide('timeSkippingServer', timeSkippingServer)
  return async () => server?.stop()
}

/** Connects once: each test would wait for two minutes. */
async function assertAnswering(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '10s' }).catch((cause: unknown) => {
    throw new Error(`no Temporal server answers at ${address}, the TEMPORAL_ADDRESS: start it, or unset the variable`, {
      cause,
    })
  })
  await connection.close()
}
