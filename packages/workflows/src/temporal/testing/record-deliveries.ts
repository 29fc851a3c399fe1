import { Client, Connection } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { NativeConnection, Worker } from '@temporalio/worker'
import { startDevServer } from '../servers/dev-server.ts'
import { findServer } from '../servers/find-server.ts'
import { workflowCode } from '../workflow-code.ts'
import type { deliver, DeliveryActivities, publishReports } from '../workflow/workflows.ts'
import { historiesIn } from './save-history.ts'

// Records the present behaviour of deliveries and reports, to be replayed by later code:
// node packages/workflows/dist/temporal/testing/record-deliveries.js packages/workflows/src/temporal/workflow/histories
const [folder = 'histories'] = process.argv.slice(2)
const save = historiesIn(folder)
const taskQueue = 'recorded'
const tried = new Set<string>()
const activities: DeliveryActivities = {
  deliver: async (key) => {
    if (key === 'refused') return 'refused'
    if (tried.has(key)) return 'delivered'
    tried.add(key)
    throw ApplicationFailure.create({ type: 'NotDelivered', message: 'not delivered yet', nextRetryDelay: 100 })
  },
  publishReports: async () => ['2026-03-28'],
}

const server = await startDevServer({ executable: findServer('dev') ?? '' })
const connection = await Connection.connect({ address: server.address })
const native = await NativeConnection.connect({ address: server.address })
const client = new Client({ connection })
const worker = await Worker.create({
  connection: native,
  taskQueue,
  activities,
  workflowBundle: await workflowCode(),
})
await worker.runUntil(async () => {
  for (const key of ['delivered', 'refused']) {
    const workflowId = `delivery/${key}`
    const started = await client.workflow.start<typeof deliver>('deliver', {
      workflowId,
      taskQueue,
      args: [{ key, queue: taskQueue }],
    })
    await started.result().catch(() => undefined)
    await save(client, `delivery-${key}`, workflowId)
  }
  const workflowId = 'daily-report'
  const published = await client.workflow.start<typeof publishReports>('publishReports', {
    workflowId,
    taskQueue,
    args: [taskQueue],
  })
  await published.result()
  await save(client, 'reports-published', workflowId)
})
await native.close()
await connection.close()
await server.stop()
