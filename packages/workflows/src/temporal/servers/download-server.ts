import { TestWorkflowEnvironment } from '@temporalio/testing'
import { setTimeout as delay } from 'node:timers/promises'
import type { Way } from './install-server.ts'

const reachableWithinMs = 5_000
const downloadedWithinMs = 300_000

/** The archive that each server is downloaded from: only where it answers is a download worth the wait. */
const sources = {
  dev: 'https://temporal.download/cli/default',
  'time-skipping': 'https://github.com/temporalio/sdk-java/releases',
} as const

/** Lets the SDK download a server, as it does by itself on machines that reach everything. */
export const downloadServer: Way = async (kind, folder, progress) => {
  progress(`Temporal ${kind} server: downloading it, as the SDK does`)
  try {
    await fetch(sources[kind], { method: 'HEAD', signal: AbortSignal.timeout(reachableWithinMs) })
  } catch {
    return `${new URL(sources[kind]).host} does not answer`
  }
  const executable = { type: 'cached-download', downloadDir: folder, ttl: '3650 days' } as const
  const start = () =>
    kind === 'dev'
      ? TestWorkflowEnvironment.createLocal({ server: { executable } })
      : TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
  const started = start().then((environment) => environment.teardown())
  const late = delay(downloadedWithinMs, undefined, { ref: false }).then(() => {
    throw new Error(`it was not there after ${downloadedWithinMs / 60_000} minutes`)
  })
  try {
    await Promise.race([started, late])
    return undefined
  } catch (error) {
    return `the download failed: ${error instanceof Error ? error.message : String(error)}`
  }
}
