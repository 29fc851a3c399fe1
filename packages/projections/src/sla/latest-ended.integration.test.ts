import { expect, it } from 'vitest'
import type { Keyset, Page, Slice } from '../reading/reader.ts'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import type { Step } from '../testing/promise-story.ts'
import { act, after, apply, at, open, promising, reply, ring } from '../testing/promise-story.ts'
import type { SlaTargetRow } from './sla-query.ts'

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
const pageOf = async ({ models }: ProjectedHistory, page: Page): Promise<Slice<SlaTargetRow>> => {
  const slice = (await models.sla.pagesOf(['a', 'b', 'unknown'], page, at(13))).get('a')
  if (!slice) throw new Error('no page')
  return slice
}
const idsOf = ({ rows }: Slice<SlaTargetRow>): readonly string[] => rows.map(({ row }) => row.id)
const ended = (...cycles: readonly number[]) => cycles.map((cycle) => `a/update/${cycle}`)

it('lists the open targets of a ticket, then its ended ones, the latest first', async () => {
  await after(story, async (history) => {
    const all = (await history.models.sla.ofTickets(['a'], at(13))).get('a') ?? []
    const slice = await pageOf(history, { limit: 100 })
    expect(slice).toMatchObject({ hasPrevious: false, hasNext: false })
    expect(idsOf(slice)).toEqual([
      'a/resolution/1',
      ...ended(11, 10, 9, 8, 7, 6, 5, 4, 3, 2),
      ...idsOf(slice).slice(-2),
    ])
    expect(new Set(idsOf(slice))).toEqual(new Set(all.map(({ id }) => id)))
    expect(await history.models.sla.byIds(['a/update/2', 'a/update/99'], at(13))).toEqual(
      all.filter(({ id }) => id === 'a/update/2'),
    )
  })
})

it('pages through them in both directions, in pages of any size, without a gap', async () => {
  await after(story, async (history) => {
    const all = await pageOf(history, { limit: 100 })
    for (const limit of [1, 2, 5, 13]) {
      for (const backward of [false, true]) {
        const found: string[] = []
        for (let bound: Keyset | undefined; ;) {
          const slice = await pageOf(history, {
            limit,
            backward,
            ...(bound && { [backward ? 'before' : 'after']: bound }),
          })
          found[backward ? 'unshift' : 'push'](...idsOf(slice))
          expect(backward ? slice.hasNext : slice.hasPrevious).toBe(bound !== undefined)
          bound = slice.rows.at(backward ? 0 : -1)?.keyset
          if (!(backward ? slice.hasPrevious : slice.hasNext)) break
        }
        expect(found).toEqual(idsOf(all))
      }
    }
    for (const [from, { keyset: first }] of all.rows.entries()) {
      for (const [to, { keyset: last }] of all.rows.entries()) {
        const between = await pageOf(history, { limit: 100, after: first, before: last })
        expect(idsOf(between)).toEqual(idsOf(all).slice(from + 1, to))
      }
    }
    for (const value of ['', 'open', 'open x', '2026', 'x']) {
      await expect(pageOf(history, { limit: 1, after: { value, id: '' } })).rejects.toThrow(RangeError)
    }
  })
})

it('lists ended targets by when they ended, however early they began or were due', async () => {
  const resolved = [...story, act('a', { type: 'resolve' }, 60)]
  await after(resolved, async (history) => {
    expect(idsOf(await pageOf(history, { limit: 2 }))).toEqual(['a/update/11', 'a/resolution/1'])
  })
})

it('scans no more ended targets than a page holds', async () => {
  await after(story, async (history) => {
    await history.pool.query(`
      insert into rm_test.sla_target
      select (jsonb_populate_record(t, jsonb_build_object('id', t.id || '/' || n, 'ended_at', t.ended_at - n * interval '1 second'))).*
      from rm_test.sla_target t cross join generate_series(1, 1500) n where not running`)
    await history.pool.query('analyze rm_test.sla_target')
    const plans = await history.analysed(({ sla }) => sla.pagesOf(['a', 'b'], { limit: 20 }, at(13)))
    expect(plans.reduce((sum, plan) => sum + lookedAt(plan), 0)).toBeLessThan(60)
  })
})

/** The number of target rows that a plan scans, including filtered ones. */
function lookedAt(plan: AnalysedPlan): number {
  const count = (name: string): number => Number(plan[name] ?? 0)
  const own = plan['Relation Name'] === 'sla_target' ? count('Actual Rows') + count('Rows Removed by Filter') : 0
  return own * count('Actual Loops') + (plan.Plans ?? []).reduce((sum, each) => sum + lookedAt(each), 0)
}
