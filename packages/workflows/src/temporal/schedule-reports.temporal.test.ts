import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Instant } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { DailyReport } from '@guichet/projections'
import type { DeliveryScene } from '../contract/index.ts'
import { openDeliveryScene } from '../contract/index.ts'
import type { DeliveryOptions } from '../delivery/delivery-list.ts'
import { webhookTransport } from '../delivery/webhook.ts'
import { readInstallation } from './clock-state.ts'
import { reportScheduleId } from './delivery.ts'
import { deliveryWithClock, useClient } from './testing/clock.ts'

const address = inject('temporalServer')
const patience = { interval: 50 }

describe.skipIf(!address)('the daily report on a schedule', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: DeliveryScene
  let now: Instant
  let timeZone: string

  beforeEach(async () => {
    scene = await openDeliveryScene(deliveryWithClock)
    timeZone = 'Pacific/Auckland'
  })
  afterEach(() => scene.dispose())

  const schedule = async () =>
    client().schedule.getHandle(reportScheduleId((await readInstallation(scene.pool)).taskQueue))
  const published = async (): Promise<string | undefined> => {
    const { rows } = await scene.pool.query<{ day: string }>(
      `select published_until::text as day from guichet_workflows.daily_report`,
    )
    return rows[0]?.day
  }
  const settings = (): Partial<DeliveryOptions> => ({
    transports: { webhook: webhookTransport({ url: scene.receiver.url, secrets: [scene.receiver.secret] }) },
    reports: {
      terms: async () => ({ timeZone, language: 'en' }),
      targets: [{ channel: 'webhook' }],
      days: async (first, last) => [first, last].filter((day, index) => index === 0 || day !== first).map(emptyReport),
      complete: async () => true,
    },
    now: () => now,
  })

  it('is made at 00:05 of the desk, once for each day, despite concurrent and repeated requests', async () => {
    now = instant('2026-03-27T11:04:59Z')
    await Promise.all([scene.startEngine(settings()), scene.startEngine(settings())])
    await vi.waitUntil(async () => (await published()) === '2026-03-26', patience)
    const { spec, action } = await (await schedule()).describe()
    expect(spec.timezone).toBe('Pacific/Auckland')
    expect(spec.calendars?.map(({ hour, minute }) => [hour, minute])).toEqual([
      [[{ start: 0, end: 0, step: 1 }], [{ start: 5, end: 5, step: 1 }]],
      [[{ start: 1, end: 1, step: 1 }], [{ start: 5, end: 5, step: 1 }]],
    ])
    expect(action.workflowType).toBe('publishReports')

    now = instant('2026-03-27T11:05:00Z')
    await (await schedule()).trigger()
    await (await schedule()).trigger()
    await scene.receiver.untilKeys(1)
    now = instant('2026-03-28T11:05:00Z')
    // Requests of the same second are one to Temporal.
    await vi.waitUntil(
      async () => {
        await (await schedule()).trigger()
        return (await published()) === '2026-03-28'
      },
      { interval: 500 },
    )
    await scene.receiver.untilKeys(2)
    await scene.untilStatus(({ waiting }) => waiting === 0)
    const { received } = scene.receiver
    expect(received.map(({ type, data }) => `${type} ${String(data['id'])}`)).toEqual([
      'daily_report daily-report/2026-03-27/webhook',
      'daily_report daily-report/2026-03-28/webhook',
    ])
    expect(await published()).toBe('2026-03-28')
  })

  it('follows the desk to another time zone', async () => {
    now = instant('2026-03-27T11:04:59Z')
    await scene.startEngine({ ...settings(), pollMs: 100 })
    await vi.waitUntil(async () => (await published()) === '2026-03-26', patience)
    timeZone = 'America/Montreal'
    const zone = async () => (await (await schedule()).describe()).spec.timezone
    await vi.waitUntil(async () => (await zone()) === 'America/Montreal', patience)
  })

  it('has no schedule once it has no recipients', async () => {
    now = instant('2026-03-27T11:04:59Z')
    const engine = await scene.startEngine(settings())
    await vi.waitUntil(async () => (await published()) === '2026-03-26', patience)
    await engine.stop()
    await scene.startEngine({ ...settings(), reports: undefined })
    const handle = await schedule()
    const isRemoved = (): Promise<boolean> =>
      handle.describe().then(
        () => false,
        () => true,
      )
    await vi.waitUntil(isRemoved, patience)
  })
})

const emptyReport = (day: string): DailyReport => ({
  day,
  opened: 1,
  agentReplies: 0,
  customerReplies: 0,
  resolved: 0,
  reopened: 0,
  closed: 0,
  closedUnanswered: 0,
  spam: 0,
  chases: 0,
  stagnations: 0,
  atEndOfDay: { new: 1, in_progress: 0, waiting_customer: 0, resolved: 0, closed: 0, total: 1 },
  medianFirstResponse: null,
})
