import fc from 'fast-check'
import { expect, it } from 'vitest'
import { slaStates } from '@guichet/domain'
import { inBatches } from '../testing/harness.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOut, randomActs } from '../testing/random-history.ts'

const recounts = {
  sla_terms: `
    select terms as id, target, policy, category, priority, plan, team, level, centre, count(*) as targets
    from guichet_read.sla_target group by 1, 2, 3, 4, 5, 6, 7, 8, 9`,
  sla_open: `
    select terms, count(*) filter (where state = 'PENDING') as pending,
      count(*) filter (where state = 'IMMINENT_BREACH') as imminent,
      count(*) filter (where state = 'BREACHED') as breached, count(*) filter (where state = 'PAUSED') as paused
    from guichet_read.sla_target where running and not held group by 1`,
  sla_outcome: `
    select span, date_trunc(span, ended at time zone 'utc')::date as day, terms,
      count(*) filter (where state = 'ACHIEVED') as met, count(*) filter (where state = 'BREACHED') as missed,
      count(*) filter (where state = 'CANCELLED') as cancelled
    from guichet_read.sla_target, unnest(array['day', 'month']) span,
      lateral (select coalesce(record ->> 'breachedAt', record ->> 'metAt', record ->> 'cancelledAt')::timestamptz as ended) e
    where state in ('ACHIEVED', 'BREACHED', 'CANCELLED') and not (running and held) group by 1, 2, 3`,
}

it('equal the rows after any history', async () => {
  const seen = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(randomActs, fc.integer({ min: 1, max: 30 }), async (acts, size) => {
      const batches = inBatches(await carryOut(acts), [size])
      const history = await projectHistory([])
      try {
        for (const [index, batch] of batches.entries()) {
          await history.project([batch])
          if (index % 5 !== 0 && index < batches.length - 1) continue
          const rows = await history.rows()
          for (const row of rows['sla_target'] ?? []) seen.add((row as { state: unknown }).state)
          for (const [table, recount] of Object.entries(recounts)) {
            const again = await history.pool.query<{ row: unknown }>(
              `select to_jsonb(t) as row from (${recount}) t order by to_jsonb(t)::text collate "C"`,
            )
            expect(rows[table]).toEqual(again.rows.map(({ row }) => row))
          }
        }
      } finally {
        await history.drop()
      }
    }),
    { numRuns: 8, seed: 5, endOnFailure: true },
  )
  expect([...seen].sort()).toEqual([...slaStates].sort())
})
