import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { clockOf, fedTemporalClock } from './testing/clock.ts'
import { searchAttributes } from './workflow/clock-state.ts'

const address = inject('temporalServer') ?? ''
const patience = { interval: 100 }

describe.skipIf(!address)('the workers of a process', () => {
  let connection: Connection
  let scene: Scene
  beforeEach(async () => {
    connection = await Connection.connect({ address })
  })
  afterEach(async () => {
    await scene.dispose()
    await connection.close()
  })
  const temporal = { connection: { address }, namespace: 'default' }

  it('receive clocks when their version becomes the current one, also earlier ones', async () => {
    const name = `guichet-${randomUUID()}`
    let buildId = 'one'
    scene = await openScene(
      (process) => fedTemporalClock(process, { temporal: { ...temporal, worker: { deployment: { name, buildId } } } }),
      { policy: { closeResolvedAfter: 2_000 } },
    )
    const makeCurrent = (build: string) =>
      vi.waitUntil(
        () =>
          connection.workflowService
            .setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName: name, buildId: build })
            .then(
              () => true,
              () => false,
            ),
        patience,
      )
    /** The version that executed a clock, as soon as its task is completed: its effect is visible a little earlier. */
    const versionOf = (id: string): Promise<string> =>
      vi.waitUntil(async () => {
        const { events } = await (await clockOf(new Client({ connection }), scene, id)).fetchHistory()
        const done = events?.find((event) => event.workflowTaskCompletedEventAttributes)
        return done?.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId
      }, patience)
    await scene.startEngine()
    await makeCurrent('one')
    const early = await scene.resolvedTicket()
    await scene.untilFired(early, 1)
    expect(await versionOf(early)).toBe('one')

    buildId = 'two'
    await scene.startEngine()
    const waiting = await scene.resolvedTicket()
    await vi.waitUntil(
      () =>
        clockOf(new Client({ connection }), scene, waiting)
          .then((clock) => clock.describe())
          .catch(() => undefined),
      patience,
    )
    await makeCurrent('two')
    const late = await scene.resolvedTicket()
    await scene.untilFired(late, 1)
    expect(await versionOf(late)).toBe('two')
    expect(await scene.untilFired(waiting, 1)).toHaveLength(1)
  })

  it('encode payloads with a codec if there is one, and leave labels readable for lists', async () => {
    const turned = (data: Uint8Array | null | undefined): Uint8Array =>
      Buffer.from(data ?? []).map((byte) => byte ^ 255)
    const codec = {
      encode: async (payloads: readonly { data?: Uint8Array | null }[]) =>
        payloads.map((payload) => ({ ...payload, data: turned(payload.data) })),
      decode: async (payloads: readonly { data?: Uint8Array | null }[]) =>
        payloads.map((payload) => ({ ...payload, data: turned(payload.data) })),
    }
    scene = await openScene((process) =>
      fedTemporalClock(process, { temporal: { ...temporal, payloadCodecs: [codec] } }),
    )
    await scene.startEngine()
    const id = await scene.waitingTicket()
    const clock = await vi.waitUntil(async () => {
      const handle = await clockOf(new Client({ connection }), scene, id)
      return handle.describe().then(
        () => handle,
        () => undefined,
      )
    }, patience)
    const { events } = await clock.fetchHistory()
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []
    expect(Buffer.from(payload?.data ?? []).toString()).not.toContain(id)
    expect(Buffer.from(turned(payload?.data)).toString()).toContain(id)
    const { typedSearchAttributes: labels } = await clock.describe()
    expect(labels.get(searchAttributes.status)).toBe('waiting_customer')
    const due = await scene.resolvedTicket(25 * 3_600_000)
    expect(await scene.untilFired(due, 1)).toHaveLength(1)
  })
})
