// Runs a worker that serves the SDK’s metrics at an address, and prints these metrics and the reported failures.
import { setTimeout as delay } from 'node:timers/promises'
import { listenToRuntime } from '../../../dist/temporal/reports.js'
import { startWorker } from '../../../dist/temporal/worker.js'

const [server, metricsAddress] = process.argv.slice(2)
const reported = []
const worker = startWorker({
  address: { connection: { address: server }, namespace: 'default' },
  taskQueue: 'metrics',
  activities: { idle: async () => undefined },
  concurrency: 1,
  runsWorkflows: false,
  reports: {
    ready: async () =>
      void listenToRuntime((error, context) => void reported.push(`${context}: ${String(error)}`), { metricsAddress }),
    failed: (error) => void reported.push(String(error)),
  },
})
const served = async () => {
  const response = await fetch(`http://${metricsAddress}/metrics`).catch(() => undefined)
  return response?.ok ? response.text() : ''
}
for (let tries = 0; tries < 100 && reported.length === 0; tries++) {
  if ((await served()).includes('temporal_')) break
  await delay(100)
}
process.stdout.write(JSON.stringify({ reported, metrics: await served() }))
await worker.stop()
