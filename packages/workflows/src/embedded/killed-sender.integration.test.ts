import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryScene } from '../contract/index.ts'
import { openDeliveryScene } from '../contract/index.ts'
import { deliveryProcess, killWhileSending } from '../testing/killed-sender.ts'
import { useProgram } from '../testing/processes.ts'
import { embeddedDelivery } from './delivery.ts'

const kills = 5
const leaseMs = 2_000

describe('a process killed between a delivery and its record', () => {
  const program = useProgram({ beforeAll, afterAll }, deliveryProcess)
  let scene: DeliveryScene
  beforeAll(async () => {
    scene = await openDeliveryScene(embeddedDelivery)
  })
  afterAll(() => scene.dispose())

  it('leaves the delivery to another one, which sends it again under the same key', async () => {
    const keys = await scene.recorded(1)
    for (let kill = 0; kill < kills; kill++)
      expect(await killWhileSending(scene, 'embedded', { program: program(), leaseMs })).toBe(keys[0])
    await scene.startEngine()
    await scene.untilStatus(({ waiting }) => waiting === 0)
    expect(scene.receiver.received.map(({ key }) => key)).toEqual(Array.from({ length: kills + 1 }, () => keys[0]))
    expect(await scene.list.list({ limit: 9 })).toMatchObject([{ state: 'delivered', attempts: kills + 1 }])
  })
})
