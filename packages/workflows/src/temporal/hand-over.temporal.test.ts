import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { Client, Connection } from '@temporalio/client'
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { DeliveryScene } from '../contract/index.ts'
import { openDeliveryScene } from '../contract/index.ts'
import { deliveriesIn } from '../delivery/deliveries.ts'
import { startHandingOver } from './delivery.ts'
import { deliveryWithClock, patientClient } from './testing/clock.ts'

const address = inject('temporalServer') ?? ''
const failed = (error: unknown): void => expect.fail(String(error))

describe.skipIf(!address)('the hand-over of deliveries', () => {
  let scene: DeliveryScene
  beforeEach(async () => {
    scene = await openDeliveryScene(deliveryWithClock)
  })
  afterEach(() => scene.dispose())

  const due = async (): Promise<number> => {
    const { rows } = await scene.pool.query<{ count: number }>(
      `select count(*)::integer from guichet_workflows.delivery where try_at <= now()`,
    )
    return rows[0]?.count ?? 0
  }

  it('ends at once when it is stopped, and leaves the remaining deliveries to another one', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const connection = Connection.lazy({ address: `127.0.0.1:${(silent.address() as AddressInfo).port}` })
    const parts = { channels: ['push'] as const, deliveries: deliveriesIn(scene.pool), pollMs: 50 }
    await scene.recorded(40)
    const client = patientClient(new Client({ connection }))
    const handingOver = startHandingOver(parts, {
      client,
      installation: { id: 'none', taskQueue: 'none' },
      reports: { failed },
    })
    await vi.waitUntil(async () => (await due()) === 0, { interval: 5 })
    await handingOver.stop()
    expect(await due()).toBe(40)
    await connection.close()
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('leaves a retried delivery to its workflow, for as long as that is not late', async () => {
    const [key] = await scene.recorded(1)
    const deliveries = deliveriesIn(scene.pool)
    const handedOver = async (periodMs: number) =>
      (await deliveries.takeToHandOver(['push'], 10, periodMs)).map((each) => each.key)
    expect(await handedOver(60_000)).toEqual([key])
    await deliveries.take(key ?? '', 60_000)
    await deliveries.postponed(key ?? '', 'the receiver answered 503', 0)
    expect(await handedOver(60_000)).toEqual([])
    const [listed] = await scene.list.list({ limit: 1 })
    expect(Date.parse(listed?.nextTry ?? '')).toBeLessThan(Date.now() + 30_000)
    await scene.pool.query(`
      update guichet_workflows.delivery
      set waiting_since = now() - interval '1 hour', try_at = now() - interval '61 seconds'`)
    expect(await handedOver(60_000)).toEqual([key])
    await deliveries.giveBack([key ?? ''])
    expect(await handedOver(60_000)).toEqual([key])
  })
})
