import type { Client } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes histories of workflows into a folder, to be replayed by later code. */
export const historiesIn =
  (folder: string) =>
  async (client: Client, name: string, workflowId: string, runId?: string): Promise<void> => {
    const recorded = historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory())
    const nameless: unknown = JSON.parse(recorded, withoutMachine)
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify(nameless, null, 2)}\n`)
  }

/** Leaves out which machine and process did the work. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return ''
  return key === 'identity' || (typeof value === 'string' && /^\d+@/.test(value)) ? 'worker' : value
}
