import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { DeliveryScene } from '../contract/index.ts'
import { openDeliveryScene } from '../contract/index.ts'
import { deliveryProcess, killWhileSending } from '../testing/killed-sender.ts'
import { useProgram } from '../testing/processes.ts'
import { readInstallation } from './clock-state.ts'
import { deliveryId } from './delivery.ts'
import { deliveryWithClock, useClient } from './testing/clock.ts'

const address = inject('temporalServer') ?? ''

/** `TIMEOUT_TYPE_HEARTBEAT`, as Temporal's API numbers what ran out of time. */
const heartbeat = 4

describe.skipIf(!address)('a worker killed between a delivery and its record', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  const program = useProgram({ beforeAll, afterAll }, deliveryProcess)
  let scene: DeliveryScene
  beforeAll(async () => {
    scene = await openDeliveryScene(deliveryWithClock)
  })
  afterAll(() => scene.dispose())

  it(
    'leaves the delivery to another one as soon as it falls silent, which sends it again under the same key',
    { timeout: 180_000 },
    async () => {
      const [key] = await scene.recorded(1)
      const env = { TEMPORAL_ADDRESS: address }
      expect(await killWhileSending(scene, 'temporal', { program: program(), leaseMs: 60_000, env })).toBe(key)
      await scene.startEngine()
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(scene.receiver.received.map((message) => message.key)).toEqual([key, key])
      const { events } = await client()
        .workflow.getHandle(deliveryId(key ?? '', (await readInstallation(scene.pool)).id))
        .fetchHistory()
      const failures = events?.map((event) => event.activityTaskStartedEventAttributes?.lastFailure?.timeoutFailureInfo)
      expect(failures?.filter(Boolean)).toMatchObject([{ timeoutType: heartbeat }])
    },
  )
})
