import { expect, it } from 'vitest'
import { configurationSchema, createDesk, guichetEvents, inMemoryStore, instant } from '@guichet/domain'
import type { ActivityStore } from '@guichet/workflows'
import type { Principal } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import { activitiesInMemory } from '../server/testing/activities-under-test.ts'
import { recordActivities } from './record-activities.ts'

const now = instant('2026-03-02T09:00:00Z')
const desk = createDesk({ store: inMemoryStore({ catalogue: guichetEvents }), now: () => now, newId: () => 'id' })
const service: Principal = { id: 'shop', role: 'service', expiresAt: Infinity }

/** A batch with an activity of each of some customers. */
const batchOf = (...customerIds: readonly string[]) => ({
  sentAt: now,
  activities: customerIds.map((customerId, index) => ({
    id: `activity-${index}`,
    kind: 'page_view',
    at: now,
    customerId,
  })),
})

const report = (batch: ReturnType<typeof batchOf>, activities: ActivityStore) =>
  recordActivities(
    batch,
    { principal: service, userAgent: undefined, address: undefined },
    { desk, activities, takeActivities: () => undefined },
  )

it('stores the activities of all customers of a service together', async () => {
  const activities = activitiesInMemory()
  expect(await report(batchOf('ana', 'bob', 'cid'), activities)).toEqual({ stored: 3, refused: [] })
  expect(activities.receivedAt).toEqual([now])
  expect(['ana', 'bob', 'cid'].map((id) => activities.of(id).length)).toEqual([1, 1, 1])
})

it('refuses what is beyond the quota before it looks at any activity', async () => {
  const principal: Principal = { id: 'ana', role: 'customer', expiresAt: Infinity }
  const exhausted = edgeError('quota_exceeded')
  const recorded = recordActivities(
    batchOf('bob'),
    { principal, userAgent: undefined, address: undefined },
    { desk, activities: activitiesInMemory(), takeActivities: () => exhausted },
  )
  await expect(recorded).rejects.toBe(exhausted)
})

it('fails where the database fails, and stores what is sent again', async () => {
  const activities = activitiesInMemory()
  let isAway = true
  const record: ActivityStore['record'] = async (...parameters) => {
    if (isAway) throw new Error('the database is away')
    await activities.record(...parameters)
  }
  const batch = batchOf('ana', 'bob', 'cid')
  await expect(report(batch, { ...activities, record })).rejects.toThrow('the database is away')
  isAway = false
  expect(await report(batch, { ...activities, record })).toEqual({ stored: 3, refused: [] })
  expect(['ana', 'bob', 'cid'].map((id) => activities.of(id).length)).toEqual([1, 1, 1])
})

it('takes the kinds of a configuration that another process has applied', async () => {
  const store = inMemoryStore({ catalogue: guichetEvents })
  const [intake, other] = [1, 2].map((process) => {
    let ids = 0
    return createDesk({ store, now: () => now, newId: () => `${process}-${++ids}`, lookEveryMs: 0 })
  })
  if (!intake || !other) throw new Error('there are two processes')
  const [activity] = batchOf('ana').activities
  const sending = () =>
    recordActivities(
      { sentAt: now, activities: [{ ...activity, kind: 'own_kind' }] },
      { principal: service, userAgent: undefined, address: undefined },
      { desk: intake, activities: activitiesInMemory(), takeActivities: () => undefined },
    )
  expect(await sending()).toMatchObject({ stored: 0, refused: [{ code: 'malformed_input' }] })
  const configuration = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    proactive: { kinds: ['own_kind'] },
  })
  const by = { kind: 'agent', id: 'ada' } as const
  expect(await other.execute('configuration', 'desk', { type: 'apply', configuration }, { by })).toMatchObject({
    ok: true,
  })
  expect(await sending()).toEqual({ stored: 1, refused: [] })
})
