import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import type { Gate } from './testing/gate.ts'
import { openGate } from './testing/gate.ts'
import type { Watch } from './watch.ts'
import { watchServer } from './watch.ts'

const server = inject('temporalServer') ?? ''
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe.skipIf(!server)('the watch over a server', () => {
  let gate: Gate
  let watch: Watch
  afterEach(async () => {
    await watch.stop()
    await gate.close()
  })

  it('continues its checks after garbage collection', async () => {
    const lines: string[] = []
    let looks = 0
    gate = await openGate(server)
    gate.rule((method) => {
      if (method === 'DescribeNamespace') looks++
      return undefined
    })
    watch = watchServer(
      { connection: { address: gate.address }, namespace: 'default' },
      (_, line) => void lines.push(line),
      200,
    )
    const enough = (): boolean => {
      collectGarbage()
      return looks >= 3
    }
    await vi.waitUntil(enough, { interval: 100 })
    gate.rule(() => ({ code: 7, message: 'no more' }))
    await vi.waitUntil(() => lines.length > 0, { interval: 5 })
    expect(lines[0]).toContain('refuses the credentials (no more)')
  })
})
