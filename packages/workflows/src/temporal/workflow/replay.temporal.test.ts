import { Worker } from '@temporalio/worker'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { listenToRuntime } from '../connection/runtime.ts'
import { workflowCode } from '../worker/workflow-code.ts'

const folder = fileURLToPath(new URL('./histories', import.meta.url))

describe('the workflow code of today', () => {
  beforeAll(() => listenToRuntime(() => undefined))

  it.each(readdirSync(folder))('fits what clocks did before: %s', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    await Worker.runReplayHistory({ workflowBundle: await workflowCode() }, history)
  })

  it('fits a clock that older code has ended though it was told that operators look for it', async () => {
    const text = readFileSync(join(folder, 'relabelled.json'), 'utf8')
    const ended = text.replaceAll(/"data": "([^"]+)"/g, (all, encoded: string) => {
      const told = Buffer.from(encoded, 'base64')
        .toString()
        .replace('"breached":false', '"breached":false,"outstanding":true')
      return all.replace(encoded, Buffer.from(told).toString('base64'))
    })
    expect(ended).not.toBe(text)
    await Worker.runReplayHistory({ workflowBundle: await workflowCode() }, JSON.parse(ended))
  })

  it('is found out when it does not fit', async () => {
    const text = readFileSync(join(folder, 'silent-customer.json'), 'utf8')
    const other: unknown = JSON.parse(text.replace('EVENT_TYPE_TIMER_STARTED', 'EVENT_TYPE_MARKER_RECORDED'))
    await expect(Worker.runReplayHistory({ workflowBundle: await workflowCode() }, other)).rejects.toThrow()
  })
})
