import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@guichet/eventstore'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { openScene } from '../contract/index.ts'
import { untilStatus } from '../testing/until.ts'
import type { RunningServer } from './servers/dev-server.ts'
import { startDevServer } from './servers/dev-server.ts'
import { fedTemporalClock } from './testing/clock.ts'

const executable = inject('devServer')
const patience = { interval: 50 }
const patienceMs = 120_000

describe.skipIf(!executable)('a Temporal server that stops and restarts', () => {
  let folder: string
  let port: number
  let server: RunningServer | undefined
  const start = async (): Promise<void> => {
    const database = join(folder, 'temporal.db')
    server = await startDevServer({ executable: executable ?? '', port, database, patienceMs })
  }
  const stop = async (): Promise<void> => {
    await server?.stop()
    server = undefined
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-temporal-'))
    port = await freePort()
  })
  afterAll(async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  })

  it(
    'is awaited at the start and after a stop, while commands continue and nothing is lost',
    { timeout: 300_000 },
    async () => {
      const reports: string[] = []
      const temporal = { connection: { address: `127.0.0.1:${port}` }, namespace: 'default' }
      const onError = (_error: unknown, context: string): void => void reports.push(context)
      const scene = await openScene((process) => fedTemporalClock(process, { temporal, onError }), {
        policy: { closeResolvedAfter: 1_000 },
      })
      const closed = (id: string) => vi.waitUntil(async () => (await scene.firedOn(id)).length > 0, patience)
      try {
        const early = await scene.resolvedTicket()
        const engine = await scene.startEngine()
        await untilStatus(engine, ({ unavailable }) => unavailable !== undefined)
        await start()
        await closed(early)

        const outstanding = await scene.resolvedTicket()
        await untilStatus(engine, ({ nextDue }) => nextDue !== undefined)
        await stop()
        const meanwhile = await scene.resolvedTicket()
        await untilStatus(engine, ({ late }) => late > 0)
        await start()
        const after = await scene.resolvedTicket()
        for (const id of [outstanding, meanwhile, after]) await closed(id)

        for (const id of [early, outstanding, meanwhile, after]) {
          expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
        }
        expect(reports.filter((context) => context.startsWith('handing deadlines over')).length).toBeLessThanOrEqual(2)
      } finally {
        await scene.dispose()
      }
    },
  )
})

describe.skipIf(!executable)('a Temporal server that comes back without its data', () => {
  it('receives everything again, and its clocks run', async () => {
    const port = await freePort()
    let server = await startDevServer({ executable: executable ?? '', port, patienceMs })
    const temporal = { connection: { address: `127.0.0.1:${port}` }, namespace: 'default' }
    const lines: string[] = []
    const log = (_: string, line: string): void => void lines.push(line)
    const scene = await openScene((process) => fedTemporalClock(process, { temporal, log, reconcileMs: 1_000 }), {
      policy: { closeResolvedAfter: 25_000 },
    })
    try {
      const id = await scene.resolvedTicket()
      const engine = await scene.startEngine()
      await untilStatus(engine, ({ nextDue }) => nextDue !== undefined)
      await server.stop()
      await vi.waitUntil(() => lines.length === 1, patience)
      server = await startDevServer({ executable: executable ?? '', port, patienceMs })
      await vi.waitUntil(async () => (await scene.firedOn(id)).length > 0, { ...patience, timeout: 180_000 })
      expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
    } finally {
      await scene.dispose()
      await server.stop()
    }
  })
})
