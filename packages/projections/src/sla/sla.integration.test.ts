import type { Instant } from '@guichet/domain'
import { hours, later, minutes } from '@guichet/domain'
import { describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import {
  act,
  after,
  apply,
  assign,
  at,
  customer,
  move,
  open,
  opened,
  promising,
  register,
  reply,
  ring,
  targetsOf,
} from '../testing/promise-story.ts'

describe('a target', () => {
  it('is pending, then about to breach, then breached, and answered late', async () => {
    await after([open('a')], async (history) => {
      const first = (await targetsOf(history, 'a', 1))['first_response 1']
      expect(first).toMatchObject({ state: 'PENDING', open: true, since: opened, dueAt: at(4), policy: 'all' })
    })
    await after([open('a'), ring('a')], async (history) => {
      const first = (await targetsOf(history, 'a', 3.5))['first_response 1']
      expect(first).toMatchObject({ state: 'IMMINENT_BREACH', warnedAt: at(3), dueAt: at(4) })
    })
    await after([open('a'), ring('a'), ring('a'), act('a', reply, 6)], async (history) => {
      expect((await targetsOf(history, 'a', 7))['first_response 1']).toMatchObject({
        state: 'BREACHED',
        open: false,
        warnedAt: at(3),
        dueAt: at(4),
        breachedAt: at(4),
        answeredAt: at(6),
        metAt: undefined,
      })
    })
  })

  it('is breached once it is overdue, even if no breach is recorded', async () => {
    await after([open('a')], async (history) => {
      expect((await targetsOf(history, 'a', 4))['first_response 1']).toMatchObject({ state: 'PENDING' })
      const missed = (await targetsOf(history, 'a', 4.001))['first_response 1']
      expect(missed).toMatchObject({ state: 'BREACHED', open: true, breachedAt: at(4) })
    })
  })

  it('is achieved by an answer in time, and keeps the time of the warning', async () => {
    await after([open('a'), ring('a'), act('a', reply, 4)], async (history) => {
      expect((await targetsOf(history, 'a', 30))['first_response 1']).toMatchObject({
        state: 'ACHIEVED',
        warnedAt: at(3),
        dueAt: at(4),
        metAt: at(4),
        policyVersion: 'configuration-1',
        cancelledAt: undefined,
      })
    })
  })

  it('is paused while the desk waits for the customer, and moves by the length of the pause', async () => {
    const waits = act('a', { ...reply, then: 'waiting_customer' }, 1)
    await after([open('a'), waits], async (history) => {
      expect((await targetsOf(history, 'a', 100))['resolution 1']).toMatchObject({
        state: 'PAUSED',
        pausedSince: at(1),
        dueAt: undefined,
        timeLeft: hours(23),
      })
    })
    await after([open('a'), waits, act('a', { type: 'customerReply', body: 'w' }, 11, customer)], async (history) => {
      const targets = await targetsOf(history, 'a', 12)
      expect(targets['resolution 1']).toMatchObject({ state: 'PENDING', dueAt: at(34), pausedSince: undefined })
      expect(targets['next_response 1']).toMatchObject({ state: 'PENDING', since: at(11), dueAt: at(13) })
    })
  })

  it('is cancelled when the ticket is closed before it is due, without being fulfilled', async () => {
    await after([open('a'), act('a', { type: 'markSpam' }, 1)], async (history) => {
      const targets = await targetsOf(history, 'a', 100)
      expect(targets['first_response 1']).toMatchObject({ state: 'CANCELLED', cancelledAt: at(1), dueAt: at(4) })
      expect(targets['resolution 1']).toMatchObject({ state: 'CANCELLED', open: false })
    })
  })

  it('stays breached when the ticket is closed later, and starts again when it is reopened', async () => {
    const steps = [open('a'), act('a', { type: 'close', reason: 'other' }, 5), act('a', { type: 'reopen' }, 6)]
    await after(steps, async (history) => {
      const targets = await targetsOf(history, 'a', 7)
      expect(targets['first_response 1']).toMatchObject({ state: 'BREACHED', breachedAt: at(4), cancelledAt: at(5) })
      expect(targets['resolution 1']).toMatchObject({ state: 'CANCELLED' })
      expect(targets['resolution 2']).toMatchObject({ state: 'PENDING', since: at(6), dueAt: at(30) })
    })
  })

  it('follows an applied configuration, and is deleted when no policy promises it any more', async () => {
    const faster = { ...promising, sla: { policies: [{ name: 'fast', firstResponse: '2h' }] } }
    await after([open('a'), apply(faster, 1)], async (history) => {
      const targets = await targetsOf(history, 'a', 1)
      expect(targets['first_response 1']).toMatchObject({
        dueAt: at(2),
        policy: 'fast',
        policyVersion: 'configuration-2',
      })
      expect(targets['resolution 1']).toBeUndefined()
    })
  })
})

const noFilter = { filter: {}, period: {}, by: 'target' } as const

describe('the dashboard', () => {
  it('counts open targets by state, and those met and missed', async () => {
    const steps = [
      open('late', { category: 'bill/late' }),
      open('warned', { category: 'bill', hour: 1 }),
      ring('warned'),
      open('met', { category: 'login', hour: 1 }),
      act('met', { ...reply, then: 'waiting_customer' }, 2),
    ]
    await after(steps, async ({ models }) => {
      const { total, groups } = await models.sla.dashboard({ filter: {}, period: {}, by: 'category' }, at(4.5))
      expect(total).toEqual({
        onTime: 2,
        aboutToBreach: 1,
        breached: 1,
        paused: 1,
        met: 1,
        missed: 1,
        cancelled: 0,
        share: 0.5,
      })
      expect(groups.map(({ key }) => key)).toEqual(['bill', 'login'])
      expect(groups[0]?.figures).toMatchObject({
        onTime: 2,
        aboutToBreach: 1,
        breached: 1,
        met: 0,
        missed: 1,
        share: 0,
      })
      const inner = await models.sla.dashboard({ filter: { category: ['bill'] }, period: {}, by: 'category' }, at(4.5))
      expect(inner.groups.map(({ key, figures }) => [key, figures.breached])).toEqual([
        ['bill', 0],
        ['bill/late', 1],
      ])
    })
  })

  it('counts only what ended within the period, to the millisecond', async () => {
    const steps = [
      open('a'),
      act('a', reply, 2),
      open('b', { hour: 30 }),
      act('b', reply, 30.5),
      open('c', { hour: 60 }),
    ]
    await after(steps, async ({ models }) => {
      const met = async (from: Instant | undefined, to: Instant | undefined): Promise<number> =>
        (await models.sla.dashboard({ ...noFilter, period: { from, to } }, at(61))).total.met
      expect(await met(undefined, undefined)).toBe(2)
      expect(await met(at(2), undefined)).toBe(2)
      expect(await met(later(at(2), 1), undefined)).toBe(1)
      expect(await met(undefined, at(30.5))).toBe(1)
      expect(await met(undefined, later(at(30.5), 1))).toBe(2)
      expect(await met(at(2), later(at(2), 1))).toBe(1)
      expect(await met(at(3), at(4))).toBe(0)
    })
  })

  it('groups by the level of the ticket', async () => {
    const up = act('b', { type: 'escalate', team: 'supervisors', level: 2, reason: 'x' }, 1)
    await after([open('a'), open('b'), up], async ({ models }) => {
      const { groups } = await models.sla.dashboard({ filter: {}, period: {}, by: 'level' }, at(2))
      expect(groups.map(({ key, figures }) => [key, figures.onTime])).toEqual([
        ['1', 2],
        ['2', 2],
      ])
      const second = await models.sla.dashboard({ filter: { level: [2] }, period: {}, by: 'level' }, at(2))
      expect(second.total.onTime).toBe(2)
    })
  })

  it('credits a team with what was met while it had the ticket, not with what a hand-over to another team meets', async () => {
    const up = (id: string) => act(id, { type: 'escalate', team: 'supervisors', reason: 'x' }, 1)
    const wish = { type: 'handOverToProduct' } as const
    const steps = [
      open('a'),
      act('a', wish, 2),
      open('b'),
      up('b'),
      act('b', wish, 2),
      open('c'),
      up('c'),
      act('c', wish, 5),
      open('again'),
      act('again', wish, 1),
      act('again', { type: 'reopen' }, 2),
      act('again', { type: 'resolve' }, 3),
    ]
    await after(steps, async (history) => {
      const { groups } = await history.models.sla.dashboard({ filter: {}, period: {}, by: 'team' }, at(6))
      expect(groups.map(({ key, figures: { met, missed } }) => [key, met, missed])).toEqual([
        ['product', 1, 0],
        ['supervisors', 3, 1],
        [null, 4, 0],
      ])
      const found = await history.models.sla.list({ team: ['product'] }, { limit: 9 }, at(6))
      expect(found.rows.map(({ row }) => row.id)).toEqual(['again/resolution/2'])
    })
  })

  it('groups by the centre of the ticket’s agent, and follows the agent while targets are open', async () => {
    const steps = [
      open('mine'),
      open('nobodys'),
      open('done'),
      assign('mine', 'jo', 1),
      register('jo', 'paris'),
      assign('done', 'jo', 1),
      act('done', reply, 1),
    ]
    const byCentre = async ({ models }: ProjectedHistory) => {
      const { groups } = await models.sla.dashboard({ filter: {}, period: {}, by: 'centre' }, at(2))
      return groups.map(({ key, figures }) => [key, figures.onTime, figures.met])
    }
    await after(steps, async (history) => {
      expect(await byCentre(history)).toEqual([
        ['paris', 3, 1],
        [null, 2, 0],
      ])
    })
    await after([...steps, move('jo', 'toronto')], async (history) => {
      expect(await byCentre(history)).toEqual([
        ['paris', 0, 1],
        ['toronto', 3, 0],
        [null, 2, 0],
      ])
      const found = await history.models.sla.list({ centre: ['toronto'] }, { limit: 9 }, at(2))
      expect(found.rows.map(({ row }) => row.id)).toEqual([
        'mine/first_response/1',
        'done/resolution/1',
        'mine/resolution/1',
      ])
    })
    await after([...steps, move('jo', null)], async (history) => {
      expect(await byCentre(history)).toEqual([
        ['paris', 0, 1],
        [null, 5, 0],
      ])
    })
  })
})

describe('the list', () => {
  it('lists what breaches within a time, earliest first, page by page', async () => {
    const steps = [open('b', { hour: 1 }), open('a'), open('c', { hour: 2 }), open('d', { hour: 3 })]
    await after(steps, async ({ models }) => {
      const soon = {
        state: ['PENDING', 'IMMINENT_BREACH'],
        dueAt: { from: at(4.5), to: later(at(6), minutes(1)) },
      } as const
      const first = await models.sla.list(soon, { limit: 1 }, at(4.5))
      expect(first.rows.map(({ row }) => row.ticketId)).toEqual(['b'])
      const next = await models.sla.list(soon, { limit: 5, after: first.rows[0]?.keyset }, at(4.5))
      expect(next.rows.map(({ row }) => row.ticketId)).toEqual(['c'])
      expect(next.hasNext).toBe(false)
      const breached = await models.sla.list({ state: ['BREACHED'] }, { limit: 5 }, at(4.5))
      expect(breached.rows.map(({ row }) => row.ticketId)).toEqual(['a'])
    })
  })

  it('filters by fields of the target and its ticket', async () => {
    const steps = [open('a', { category: 'bill/late', priority: 'urgent' }), open('b'), assign('b', 'agent-2', 1)]
    await after(steps, async ({ models }) => {
      const found = async (filter: Parameters<typeof models.sla.list>[0]) =>
        (await models.sla.list(filter, { limit: 9 }, at(1))).rows.map(({ row }) => row.id)
      expect(await found({ category: ['bill'], target: ['resolution'] })).toEqual(['a/resolution/1'])
      expect(await found({ priority: ['urgent'] })).toEqual(['a/first_response/1', 'a/resolution/1'])
      expect(await found({ assigneeId: ['agent-2'], target: ['first_response'] })).toEqual(['b/first_response/1'])
      expect(await found({ plan: ['gold'] })).toEqual([])
      expect(await found({ policy: ['all'], open: false })).toEqual([])
    })
  })
})

it('scans few rows: each query has its index', async () => {
  await after([open('a'), act('a', reply, 1)], async (history) => {
    const period = { from: at(-5), to: at(90) }
    const overdue = await history.plansOf(async ({ sla }) => void (await sla.dashboard({ ...noFilter, period }, at(9))))
    expect(overdue.join('\n')).toMatch(/Index.*breaches_at/)
    expect(overdue.join('\n')).toMatch(/Index.*outcome_at/)
    const list = await history.plansOf(async ({ sla }) => void (await sla.list({ open: true }, { limit: 5 }, at(9))))
    expect(list.join('\n')).toMatch(/Index Scan using sla_target_due_at/)
  })
})
