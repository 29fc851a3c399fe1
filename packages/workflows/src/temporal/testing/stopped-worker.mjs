// A worker that is stopped while the SDK is still creating it. The SDK requests the namespace from the server then, which answers or
// refuses. The process has nothing else to do, and ends by itself when the worker has released everything.
import { listenToRuntime } from '../../../dist/temporal/reports.js'
import { startWorker } from '../../../dist/temporal/worker.js'
import { openGate } from '../../../dist/temporal/testing/gate.js'

const [behind, runsWorkflows, answer] = process.argv.slice(2)
const gate = await openGate(behind)
const say = (error) => void process.stdout.write(`${String(error)}\n`)
const stopped = new Promise((resolve) => {
  gate.rule((method) => {
    if (method !== 'DescribeNamespace') return undefined
    resolve(worker.stop())
    return answer === 'refused' ? { code: 5, says: 'no such namespace' } : undefined
  })
})
const worker = startWorker({
  address: { connection: { address: gate.address }, namespace: 'default' },
  taskQueue: 'stopped-worker',
  activities: { idle: async () => undefined },
  concurrency: 1,
  runsWorkflows: runsWorkflows === 'true',
  reports: { ready: async () => void listenToRuntime(say), failed: say },
})
await stopped
await gate.close()
process.stdout.write('stopped\n')
