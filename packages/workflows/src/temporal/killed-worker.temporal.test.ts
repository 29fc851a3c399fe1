import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { days } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { openFeed } from '../testing/feed.ts'
import { killedOnceHeard, useProgram } from '../testing/processes.ts'
import { untilStatus } from '../testing/until.ts'
import { temporalClock } from './temporal-clock.ts'
import { fedTemporalClock } from './testing/clock.ts'

const clockProcess = new URL('testing/clock-process.mjs', import.meta.url)
const address = inject('temporalServer') ?? ''
const kills = 6

describe.skipIf(!address)('a worker killed between a command and its acknowledgement', () => {
  const program = useProgram({ beforeAll, afterAll }, clockProcess)
  let scene: Scene

  beforeAll(async () => {
    scene = await openScene((process) => fedTemporalClock(process))
  })
  afterAll(() => scene.dispose())

  /** Runs a worker until it has executed one command, and kills it before it can report that to Temporal. */
  const killAfterOneCommand = (): Promise<string> =>
    killedOnceHeard(program(), [scene.databaseUrl], {
      env: { ...process.env, TEMPORAL_ADDRESS: address },
      stderr: 'ignore',
    })

  /** Records due streams in the outbox, while no engine runs. */
  const noteDeadlines = async (tickets: number): Promise<void> => {
    const temporal = { connection: { address }, namespace: 'default' }
    const clock = await temporalClock({ desk: scene.desk, connectionString: scene.databaseUrl, temporal })
    const feed = openFeed(scene.desk, scene.databaseUrl, clock.deadlineSink)
    await feed.start()
    await untilStatus(clock, ({ late }) => late === tickets)
    await feed.stop()
    await clock.stop()
  }

  it('leaves exactly one effect of each deadline, six times over', async () => {
    const half = Array.from({ length: kills / 2 })
    const waiting = await Promise.all(half.map(() => scene.waitingTicket(days(13))))
    const resolved = await Promise.all(half.map(() => scene.resolvedTicket(days(2))))
    await noteDeadlines(kills)

    for (let kill = 0; kill < kills; kill++) expect(await killAfterOneCommand()).toBe('carried out')
    await scene.startEngine()
    const tickets = [...waiting, ...resolved]
    const fired = async () => Promise.all(tickets.map((id) => scene.firedOn(id)))
    await vi.waitUntil(async () => (await fired()).every((events) => events.length > 0), {
      timeout: 120_000,
      interval: 200,
    })
    for (const id of waiting) expect(await scene.firedOn(id)).toMatchObject([{ type: 'ChaseSent', step: 1 }])
    for (const id of resolved) expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed' }])
  })
})
