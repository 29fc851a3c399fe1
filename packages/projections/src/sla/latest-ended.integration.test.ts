import { expect, it } from 'vitest'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import { act, after, apply, at, open, promising, reply, ring } from '../testing/promise-story.ts'
import { withLatestEnded } from './target-row.ts'

const promises = { name: 'all', firstResponse: '4h', resolution: '2d', update: '2h' }
const hoursOfReplies = [1, 2, 3, 6, 7, 8, 9, 10, 11, 12]
const story: readonly Step[] = [
  apply({ ...promising, sla: { policies: [promises] } }),
  open('a'),
  open('b'),
  ...hoursOfReplies.slice(0, 3).map((hour) => act('a', reply, hour)),
  ring('a'),
  ring('a'),
  ...hoursOfReplies.slice(3).map((hour) => act('a', reply, hour)),
]
const targetsOf = async ({ models }: ProjectedHistory, ended?: number) =>
  (await models.sla.ofTickets(['a', 'b', 'unknown'], at(13), ended)).get('a') ?? []

it('returns the open targets of a ticket, and the requested number of its latest ended ones', async () => {
  await after(story, async (history) => {
    const all = await targetsOf(history)
    expect(all.length).toBe(13)
    expect((await targetsOf(history, 0)).map(({ id }) => id)).toEqual(['a/resolution/1', 'a/update/11'])
    expect((await targetsOf(history, 2)).map(({ id }) => id)).toEqual([
      'a/resolution/1',
      'a/update/9',
      'a/update/10',
      'a/update/11',
    ])
    for (let ended = 0; ended <= 12; ended++) {
      expect(await targetsOf(history, ended)).toEqual(withLatestEnded(all, ended))
    }
  })
})

it('orders ended targets by when they ended, however early they began or were due', async () => {
  const resolved = [...story, act('a', { type: 'resolve' }, 60)]
  await after(resolved, async (history) => {
    expect((await targetsOf(history, 2)).map(({ id }) => id)).toEqual(['a/resolution/1', 'a/update/11'])
  })
})

it('scans no more ended targets than requested', async () => {
  await after(story, async (history) => {
    await history.pool.query(`
      insert into rm_test.sla_target
      select (jsonb_populate_record(t, jsonb_build_object('id', t.id || '/' || n, 'ended_at', t.ended_at - n * interval '1 second'))).*
      from rm_test.sla_target t cross join generate_series(1, 1500) n where not running`)
    await history.pool.query('analyze rm_test.sla_target')
    const plans = await history.analysed(({ sla }) => sla.ofTickets(['a', 'b'], at(13), 20))
    expect(plans.reduce((sum, plan) => sum + lookedAt(plan), 0)).toBeLessThan(60)
  })
})

/** The number of target rows that a plan scans, including filtered ones. */
function lookedAt(plan: AnalysedPlan): number {
  const count = (name: string): number => Number(plan[name] ?? 0)
  const own = plan['Relation Name'] === 'sla_target' ? count('Actual Rows') + count('Rows Removed by Filter') : 0
  return own * count('Actual Loops') + (plan.Plans ?? []).reduce((sum, each) => sum + lookedAt(each), 0)
}
