import type { StreamName } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { Client, WorkflowHandle } from '@temporalio/client'
import pg from 'pg'
import { clockId } from '../clock-state.ts'
import { readInstallation } from '../installation.ts'

/** What the clock of a stream is called, for a database whose engine was opened once. */
export async function clockIdIn(databaseUrl: string, stream: StreamName): Promise<string> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    return clockId(stream, (await readInstallation(pool)).id)
  } finally {
    await pool.end()
  }
}

/** The clock of a ticket, or of a stream of another category. */
export async function clockOf(
  client: Client,
  { databaseUrl }: { readonly databaseUrl: string },
  id: string,
  category = 'ticket',
): Promise<WorkflowHandle> {
  return client.workflow.getHandle(await clockIdIn(databaseUrl, streamName(category, id)))
}
