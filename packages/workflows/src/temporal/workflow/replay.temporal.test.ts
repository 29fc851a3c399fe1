import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from '@temporalio/worker'
import { beforeAll, describe, expect, it } from 'vitest'
import { listenToRuntime } from '../reports.ts'
import { workflowCode } from '../workflow-code.ts'

const folder = fileURLToPath(new URL('./histories', import.meta.url))

describe('the current workflow code', () => {
  beforeAll(() => listenToRuntime(() => undefined))

  it.each(readdirSync(folder))('replays the history %s', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    await Worker.runReplayHistory({ workflowBundle: await workflowCode() }, history)
  })

  it('fails on a history that it does not fit', async () => {
    const text = readFileSync(join(folder, 'chased.json'), 'utf8')
    const other: unknown = JSON.parse(
      text.replace('"fireDue"', '"somethingElse"').replace('core_local_activity', 'core_patch'),
    )
    await expect(Worker.runReplayHistory({ workflowBundle: await workflowCode() }, other)).rejects.toThrow()
  })
})
