import { expect, it } from 'vitest'
import { act, after, assign, at, open, register, reply } from '../testing/promise-story.ts'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import type { SlaTargetFilter } from './sla-query.ts'

const copies = 1_500

/** Copies every ended target, a second apart, except those of the last ticket, whose terms stay unique. */
async function multiply({ pool }: ProjectedHistory): Promise<void> {
  await pool.query(`
    insert into rm_test.sla_target
    select (jsonb_populate_record(t, jsonb_build_object('id', t.id || '/' || n, 'ticket_id', t.ticket_id || '/' || n,
      'due_at', t.due_at + n * interval '1 second'))).*
    from rm_test.sla_target t cross join generate_series(1, ${copies}) n where not running and ticket_id <> 'last'`)
  await pool.query('analyze rm_test.sla_target, rm_test.sla_terms')
}

/** The number of target rows that a query scans, including filtered ones. */
async function lookedAt(history: ProjectedHistory, filter: SlaTargetFilter): Promise<number> {
  const plans = await history.analysed(({ sla }) => sla.list(filter, { limit: 5 }, at(99)))
  return plans.reduce((sum, plan) => sum + rowsOf(plan), 0)
}

function rowsOf(plan: AnalysedPlan): number {
  const count = (name: string): number => Number(plan[name] ?? 0)
  const own = plan['Relation Name'] === 'sla_target' ? count('Actual Rows') + count('Rows Removed by Filter') : 0
  return own * count('Actual Loops') + (plan.Plans ?? []).reduce((sum, each) => sum + rowsOf(each), 0)
}

const over = (id: string) => [act(id, reply, 1), act(id, { type: 'resolve' }, 2)]

it('reads no more ended targets than a page of each requested way of ending', async () => {
  const story = [
    register('ann', 'paris'),
    open('a', { category: 'bill/late' }),
    assign('a', 'ann', 0),
    ...over('a'),
    open('b', { priority: 'urgent' }),
    ...over('b'),
    open('last', { category: 'login', hour: 1 }),
    ...over('last'),
  ]
  await after(story, async (history) => {
    await multiply(history)
    const { sla } = history.models
    for (const filter of [
      {},
      { team: ['nobody'] },
      { policy: ['none'] },
      { policy: ['all'] },
      { category: ['login'] },
      { category: ['bill'] },
      { state: ['CANCELLED'] },
      { state: ['ACHIEVED'] },
      { category: ['bill'], state: ['BREACHED'] },
      { assigneeId: ['nobody'] },
      { assigneeId: ['ann'] },
      { target: ['resolution'], priority: ['urgent'] },
    ] as const satisfies readonly SlaTargetFilter[]) {
      expect([filter, (await lookedAt(history, { ...filter, open: false })) < 400]).toEqual([filter, true])
    }
    const login = await sla.list({ category: ['login'], open: false }, { limit: 5 }, at(99))
    expect(login.rows.map(({ row }) => row.id)).toEqual(['last/first_response/1', 'last/resolution/1'])
  })
})

it('pages through several ways of ending in one order, forwards and backwards', async () => {
  const story = ['a', 'b', 'c'].flatMap((id, hour) => [
    open(id, { hour, ...(id === 'b' && { category: 'login' }) }),
    act(id, reply, hour + 1),
  ])
  await after(story, async ({ models: { sla } }) => {
    const filter = { open: false, target: ['first_response'] } as const
    const first = await sla.list(filter, { limit: 2 }, at(99))
    expect([first.rows.map(({ row }) => row.ticketId), first.hasNext]).toEqual([['a', 'b'], true])
    const next = await sla.list(filter, { limit: 2, after: first.rows[1]?.keyset }, at(99))
    expect([next.rows.map(({ row }) => row.ticketId), next.hasNext, next.hasPrevious]).toEqual([['c'], false, true])
    const back = await sla.list(filter, { limit: 1, backward: true, before: next.rows[0]?.keyset }, at(99))
    expect([back.rows.map(({ row }) => row.ticketId), back.hasPrevious, back.hasNext]).toEqual([['b'], true, true])
  })
})
