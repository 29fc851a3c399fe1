import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { DeliveryScene } from '../../contract/index.ts'
import { openDeliveryScene } from '../../contract/index.ts'
import { buildSender, killWhileSending } from '../../delivery/testing/killed-sender.ts'
import { deliveryWithClock } from '../testing/delivery.ts'

const address = inject('temporalServer') ?? ''

describe.skipIf(!address)('a worker killed between a delivery and its note of it', () => {
  let scene: DeliveryScene
  beforeAll(async () => {
    await buildSender()
    scene = await openDeliveryScene(deliveryWithClock)
  })
  afterAll(() => scene.dispose())

  it(
    'leaves it to another one within seconds, which sends it again under the same key',
    { timeout: 90_000 },
    async () => {
      const [key] = await scene.recorded(1)
      const env = { TEMPORAL_ADDRESS: address }
      expect(await killWhileSending(scene, 'temporal', { leaseMs: 60_000, env })).toBe(key)
      const killedAt = Date.now()
      await scene.startEngine()
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(scene.receiver.received.map((message) => message.key)).toEqual([key, key])
      expect(Date.now() - killedAt).toBeLessThan(30_000)
    },
  )
})
