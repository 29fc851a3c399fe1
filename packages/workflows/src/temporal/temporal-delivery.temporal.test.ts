import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { DeliveryScene } from '../contract/index.ts'
import { deliveryContract, openDeliveryScene } from '../contract/index.ts'
import { readInstallation } from './clock-state.ts'
import { deliveryId } from './delivery.ts'
import { deliveryWithClock, useClient } from './testing/clock.ts'

const address = inject('temporalServer')

describe.skipIf(!address)('on a Temporal server', () => {
  deliveryContract('the delivery on Temporal', deliveryWithClock, 150)

  describe('a delivery in Temporal', () => {
    const client = useClient({ beforeAll, afterAll }, address)
    let scene: DeliveryScene

    beforeEach(async () => {
      scene = await openDeliveryScene(deliveryWithClock)
    })
    afterEach(() => scene.dispose())

    it('shows a refusal although the answer of that try was lost, and can be retried', async () => {
      const [key = ''] = await scene.recorded(1)
      scene.receiver.answers(async () => {
        await scene.pool.query(`update guichet_workflows.delivery set state = 'refused', settled_at = now()`)
        return { status: 503 }
      })
      await scene.startEngine()
      await scene.untilStatus(({ refused }) => refused === 1)
      const handle = client().workflow.getHandle(deliveryId(key ?? '', (await readInstallation(scene.pool)).id))
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'DeliveryRefused' } })
      scene.receiver.answers(() => undefined)
      expect(await scene.list.retryRefused(key)).toBe(1)
      await scene.untilStatus(({ refused, waiting }) => refused + waiting === 0)
      expect(scene.receiver.received.map((message) => message.key)).toEqual([key, key])
    })

    it('is sent again when a database lost its arrival in a crash', async () => {
      const [key = ''] = await scene.recorded(1)
      await scene.startEngine()
      await scene.receiver.untilKeys(1)
      expect(
        await client()
          .workflow.getHandle(deliveryId(key ?? '', (await readInstallation(scene.pool)).id))
          .result(),
      ).toBe('delivered')
      await scene.pool.query(
        `update guichet_workflows.delivery set state = 'waiting', settled_at = null, try_at = now()`,
      )
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(scene.receiver.received.map((message) => message.key)).toEqual([key, key])
    })

    it('shows a failure when it was refused, and neither recipient nor contents', async () => {
      scene.receiver.answers(({ type }) => ({ status: type === 'notification.email' ? 410 : 204 }))
      const { notificationSink } = await scene.startEngine()
      await scene.feed(notificationSink)
      await scene.repliedTicket()
      await scene.untilStatus(({ refused, waiting }) => refused === 1 && waiting === 0)
      const deliveries = await scene.list.list({ limit: 9 })
      expect(deliveries).toHaveLength(2)
      for (const { key, state } of deliveries) {
        const handle = client().workflow.getHandle(deliveryId(key ?? '', (await readInstallation(scene.pool)).id))
        const ended = await handle.result().then(
          () => 'delivered',
          () => 'refused',
        )
        expect(ended).toBe(state)
        const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()), decoded)
        const known = JSON.stringify([history, (await handle.describe()).memo])
        expect(known.match(/marie|facture|desk\.example|receiver answered/gi)).toBeNull()
        expect(known).toContain(`\\"key\\":\\"${key}\\"`)
        expect(known).toContain(`delivers ${key}`)
      }
    })
  })
})

/** Payloads are in base64. */
const decoded = (name: string, value: unknown): unknown =>
  name === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value
