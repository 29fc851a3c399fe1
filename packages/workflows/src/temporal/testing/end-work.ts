import { Client, Connection, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client'
import { NamespaceNotFoundError } from '@temporalio/common'
import pg from 'pg'
import { inParallel } from '../../supervision.ts'
import type { Installation } from '../clock-state.ts'
import { readInstallation } from '../clock-state.ts'
import { reportScheduleId } from '../delivery.ts'

/**
 * Deletes the schedules of a test's database on a Temporal server, in all namespaces, and ends the workflows that would
 * try again. Clocks stay: one that waits costs the server nothing, and to end it as much as to start it.
 */
export async function endWorkOf(databaseUrl: string, address: string): Promise<void> {
  const installation = await installationIn(databaseUrl)
  if (!installation) return
  const connection = await Connection.connect({ address })
  try {
    const { namespaces } = await connection.workflowService.listNamespaces({ pageSize: 1_000 })
    for (const { namespaceInfo } of namespaces) {
      const namespace = namespaceInfo?.name
      if (!namespace || namespace === 'temporal-system') continue
      await endIn(new Client({ connection, namespace }), installation).catch(unlessMissing)
    }
  } finally {
    await connection.close()
  }
}

/** The name that a database has in Temporal, unless no engine on Temporal was ever opened on it. */
async function installationIn(connectionString: string): Promise<Installation | undefined> {
  const pool = new pg.Pool({ connectionString, max: 1 })
  try {
    const { rows } = await pool.query<{ exists: boolean }>(
      `select to_regclass('guichet_workflows.installation') is not null as exists`,
    )
    return rows[0]?.exists ? await readInstallation(pool) : undefined
  } finally {
    await pool.end()
  }
}

async function endIn(client: Client, { taskQueue }: Installation): Promise<void> {
  for (const scheduleId of [`reconcile-clocks/${taskQueue}`, reportScheduleId(taskQueue)]) {
    await client.schedule.getHandle(scheduleId).delete().catch(unlessMissing)
  }
  const running: { readonly workflowId: string; readonly runId: string }[] = []
  const query = `TaskQueue = '${taskQueue}' AND WorkflowType != 'deadlineClock' AND ExecutionStatus = 'Running'`
  for await (const each of client.workflow.list({ query, pageSize: 1_000 })) running.push(each)
  await inParallel(running, 16, async ({ workflowId, runId }) => {
    await client.workflow.getHandle(workflowId, runId).terminate('its test has ended').catch(unlessMissing)
  })
}

/** A namespace of another test is listed some seconds before all of the server knows it: there is nothing of this one's in it. */
const missing = [ScheduleNotFoundError, WorkflowNotFoundError, NamespaceNotFoundError]

function unlessMissing(error: unknown): void {
  if (!missing.some((kind) => error instanceof kind)) throw error
}
