import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import { days, defaultProactiveSettings, hours, instant, later, minutes } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import type { ProjectedHistory } from '@guichet/projections/testing'
import { emptyDesk, historyOf, projectHistory } from '@guichet/projections/testing'
import type { ActivityStore } from './activity-port.ts'
import { postgresActivities } from './activity-store.ts'
import { activitySchema, addDays } from './activity-tables.ts'

const noon = instant('2026-03-10T12:00:00.000Z')
const at = (milliseconds: number): Instant => later(noon, milliseconds)
const ana = { by: { kind: 'agent', id: 'ana', name: 'Ana' } } as const
const payment = { kind: 'error_occurred', code: 'E_PAYMENT' }
const visitor = 'visitor-00000000-0000-4000-8000-000000000001'

describe('the solved tickets after trouble', () => {
  let desk: ReturnType<typeof emptyDesk>
  let history: ProjectedHistory
  let store: ActivityStore

  beforeEach(async () => {
    desk = emptyDesk()
    history = await projectHistory([])
    await migrateSchema(history.pool, activitySchema)
    await addDays(history.pool, noon)
    store = postgresActivities({
      pool: history.pool,
      settings: async () => defaultProactiveSettings,
      onDue: () => undefined,
    })
  })
  afterEach(() => history.drop())

  /** Records that a person has had trouble, each time some minutes after a moment. */
  const meet = async (personId: string, begin: Instant, code = 'E_PAYMENT', times: readonly number[] = [0, 5]) => {
    const activities = times.map((minute) => ({
      id: `${code}-${begin}-${minute}`,
      kind: 'error_occurred',
      code,
      at: later(begin, minutes(minute)),
      page: '/pay',
      version: undefined,
      detail: { code },
    }))
    await store.record([{ person: { id: personId }, activities }], later(begin, minutes(10)))
  }
  const solve = async (id: string, personId: string, openedAt: Instant, resolvedAt = openedAt, draft?: object) => {
    const opening = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id: personId } } as const
    const sender = draft ? ({ by: { kind: 'system', id: 'proactive' } } as const) : ana
    const opened = await desk.execute('ticket', id, { ...opening, ...draft }, { ...sender, at: openedAt })
    expect(opened).toMatchObject({ ok: true })
    const resolved = await desk.execute('ticket', id, { type: 'resolve' }, { ...ana, at: resolvedAt })
    expect(resolved).toMatchObject({ ok: true })
  }
  const project = async () => history.project([await historyOf(desk)])

  it('are those that customers have opened within three days after they had it more than once on a day', async () => {
    await meet('zoe', noon)
    await meet('once', noon, 'E_PAYMENT', [0])
    await meet('max', noon, 'E_OTHER')
    await solve('before', 'zoe', at(-1))
    await solve('at-once', 'zoe', noon)
    await solve('in-time', 'zoe', at(days(3) + minutes(5) - 1))
    await solve('too-late', 'zoe', at(days(3) + minutes(5)))
    await solve('of-a-draft', 'zoe', at(hours(1)), at(hours(1)), { draft: { customerId: 'zoe', number: 1 } })
    await solve('after-one', 'once', at(hours(1)))
    await solve('after-other', 'max', at(hours(1)))
    await solve('closed-as-none', 'zoe', at(hours(1)))
    const none = { type: 'close', reason: 'invalid' } as const
    await desk.execute('ticket', 'closed-as-none', none, { ...ana, at: at(hours(2)) })
    await project()
    expect(await store.solvedAfter(payment, 9)).toEqual(['in-time', 'at-once'])
    expect(await store.solvedAfter(payment, 1)).toEqual(['in-time'])
    expect(await store.solvedAfter(payment, 9, ['max', 'once'])).toEqual([])
    expect(await store.solvedAfter({ ...payment, code: 'E_OTHER' }, 9)).toEqual(['after-other'])
  })

  it('are also those of customers who had it as visitors, before they signed in, or under another id', async () => {
    for (const id of [visitor, 'old', 'stranger']) await meet(id, noon)
    for (const id of ['old', 'new', 'newest']) await desk.execute('customer', id, { type: 'register', name: id }, ana)
    expect(await desk.claimVisitor(visitor, { customer: { id: 'zoe' } })).toMatchObject({ ok: true })
    for (const [source, target] of [
      ['old', 'new'],
      ['new', 'newest'],
    ] as const) {
      const merged = await desk.mergeCustomers(source, target, { ...ana, commandId: `merge-${source}` })
      expect(merged).toMatchObject({ ok: true })
    }
    await solve('of-zoe', 'zoe', at(hours(1)))
    await solve('of-newest', 'newest', at(hours(2)))
    await solve('of-max', 'max', at(hours(3)))
    await project()
    expect(await store.solvedAfter(payment, 9)).toEqual(['of-newest', 'of-zoe'])
    expect(await store.solvedAfter(payment, 9, ['zoe', visitor])).toEqual(['of-zoe'])
  })

  it('are those that were resolved last, however many others had the trouble later and wrote nothing', async () => {
    await meet('zoe', noon)
    await meet('eve', at(hours(1)))
    await Promise.all(Array.from({ length: 250 }, (_, number) => meet(`a-${number}`, at(days(1)))))
    await solve('opened-last', 'eve', at(hours(2)), at(hours(3)))
    await solve('resolved-last', 'zoe', at(hours(1)), at(hours(4)))
    await project()
    expect(await store.solvedAfter(payment, 9)).toEqual(['resolved-last', 'opened-last'])
  })
})
