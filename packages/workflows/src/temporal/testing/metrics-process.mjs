// A worker that serves the metrics of the SDK at an address, of which it prints what is served, or what it hears of it.
import { setTimeout as delay } from 'node:timers/promises'
import { listenToRuntime } from '../../../dist/temporal/reports.js'
import { startWorker } from '../../../dist/temporal/worker.js'

const [server, metricsAddress] = process.argv.slice(2)
const heard = []
const worker = startWorker({
  address: { connection: { address: server }, namespace: 'default' },
  taskQueue: 'metrics',
  activities: { idle: async () => undefined },
  concurrency: 1,
  runsWorkflows: false,
  reports: {
    ready: async () =>
      void listenToRuntime((error, context) => void heard.push(`${context}: ${String(error)}`), { metricsAddress }),
    failed: (error) => void heard.push(String(error)),
  },
})
const served = async () => {
  const response = await fetch(`http://${metricsAddress}/metrics`).catch(() => undefined)
  return response?.ok ? response.text() : ''
}
for (let tries = 0; tries < 100 && heard.length === 0; tries++) {
  if ((await served()).includes('temporal_')) break
  await delay(100)
}
process.stdout.write(JSON.stringify({ heard, metrics: await served() }))
await worker.stop()
