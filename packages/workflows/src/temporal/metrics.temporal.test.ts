import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@guichet/eventstore'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { compileWorkflows } from '../testing/processes.ts'

const address = inject('temporalServer') ?? ''
const program = fileURLToPath(new URL('testing/metrics-process.mjs', import.meta.url))

describe.skipIf(!address)('the metrics of the SDK', () => {
  beforeAll(compileWorkflows)

  const servedAt = async (metricsAddress: string): Promise<{ reported: string[]; metrics: string }> => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, address, metricsAddress])
    return JSON.parse(stdout) as { reported: string[]; metrics: string }
  }

  it('are served for Prometheus on request', async () => {
    const { reported, metrics } = await servedAt(`127.0.0.1:${await freePort()}`)
    expect(reported).toEqual([])
    expect(metrics).toMatch(/^temporal_\w+\{.*namespace="default"/m)
  })

  it('are not served where something else listens, which is reported, and the worker works', async () => {
    const other = createServer((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const { reported } = await servedAt(`127.0.0.1:${(other.address() as AddressInfo).port}`)
      expect(reported).toHaveLength(1)
      expect(reported[0]).toContain('metrics')
    } finally {
      other.close()
    }
  })
})
