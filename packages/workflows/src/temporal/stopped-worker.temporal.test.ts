import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { compileWorkflows } from '../testing/processes.ts'

const stoppedWorker = fileURLToPath(new URL('testing/stopped-worker.mjs', import.meta.url))
const address = inject('temporalServer') ?? ''

describe.skipIf(!address)('a worker that is stopped while it is created', () => {
  beforeAll(async () => {
    await compileWorkflows()
  })

  it.each([
    ['one of workflows', 'true', 'created'],
    ['one of activities alone', 'false', 'created'],
    ['one of workflows that cannot be created', 'true', 'refused'],
  ])('lets the process end: %s', async (_, runsWorkflows, answer) => {
    const child = spawn(process.execPath, [stoppedWorker, address, runsWorkflows, answer], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 120_000,
      killSignal: 'SIGKILL',
    })
    const [output, exited] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect({ output, exited }).toEqual({ output: 'stopped\n', exited: [0, null] })
  })
})
