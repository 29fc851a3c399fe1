import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { days, later } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { fedClock } from '../testing/fed-clock.ts'
import { openFeed } from '../testing/feed.ts'
import { killedOnceHeard, useProgram } from '../testing/processes.ts'
import { untilStatus } from '../testing/until.ts'
import { embeddedClock } from './clock.ts'

const clockProcess = new URL('../testing/clock-process.mjs', import.meta.url)
const leaseMs = 600

describe('a process killed between a command and its acknowledgement', () => {
  const program = useProgram({ beforeAll, afterAll }, clockProcess)
  let scene: Scene

  beforeAll(async () => {
    scene = await openScene((process) => fedClock(process, { leaseMs, pollMs: 50 }))
  })

  afterAll(() => scene.dispose())

  /** Runs a process until it has executed one command, and kills it before it can report that to the queue. */
  const killAfterOneCommand = async (): Promise<void> => {
    await killedOnceHeard(program(), [scene.databaseUrl, String(leaseMs)])
  }

  /** Queues due deadlines, while no engine runs. */
  const queueDeadlines = async (): Promise<void> => {
    const clock = await embeddedClock({ desk: scene.desk, connectionString: scene.databaseUrl })
    const feed = openFeed(scene.desk, scene.databaseUrl, clock.deadlineSink)
    await feed.start()
    await untilStatus(clock, ({ late }) => late === 8)
    await feed.stop()
    await clock.stop()
  }

  it('leaves exactly one effect of each deadline, six times over', async () => {
    const waiting = await Promise.all([1, 2, 3, 4].map(() => scene.waitingTicket(days(13))))
    const resolved = await Promise.all([1, 2, 3, 4].map(() => scene.resolvedTicket(days(2))))
    await queueDeadlines()

    for (let kill = 0; kill < 6; kill++) await killAfterOneCommand()
    const fired = async (): Promise<number> =>
      (await Promise.all([...waiting, ...resolved].map((id) => scene.firedOn(id)))).flat().length
    expect(await fired()).toBe(6)

    const engine = await scene.startEngine()
    for (const id of [...waiting, ...resolved]) await scene.untilFired(id, 1)
    const chases = (await Promise.all(waiting.map((id) => scene.firedOn(id)))).flat()
    const next = chases.map(({ at }) => later(at, days(2))).toSorted()[0]
    await untilStatus(engine, ({ nextDue }) => nextDue === next)

    expect(chases.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'ChaseSent'))
    for (const id of resolved) expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed' }])
  })
})
