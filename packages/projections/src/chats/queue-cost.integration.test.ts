import { expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import type { AnalysedPlan } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'

const now = '2026-03-27T12:00:00.000Z' as Instant

/** The rows of every node of a plan that reads a table. */
function scansIn(plan: AnalysedPlan): readonly { readonly table: string; readonly rows: number }[] {
  const { Plans = [] } = plan
  const table = plan['Relation Name']
  const read = Number(plan['Actual Rows']) + Number(plan['Rows Removed by Filter'] ?? 0)
  const own = typeof table === 'string' ? [{ table, rows: read * Number(plan['Actual Loops']) }] : []
  return [...own, ...Plans.flatMap(scansIn)]
}

it('reads the waiting chats and the last hour, however many chats there were before', async () => {
  const history = await projectHistory([])
  try {
    await history.pool.query(`
      insert into rm_test.agent (id, version, status, tickets, chats, chat_places, state)
      select 'agent-' || n, 1, 'active', 0, 2 + n % 2, 3, jsonb_build_object('profile',
        jsonb_build_object('centre', case when n <= 50 then 'Dubai' end, 'shift', null)) from generate_series(1, 200) n`)
    await history.pool.query(`
      insert into rm_test.chat (id, customer_id, channel, started_at, opening, version, status, urgency, involved, awaited_from,
        awaited_since, overdue, queued_since, disconnected, shown)
      select 'chat-' || n, 'customer-' || n, 'web', at, '{}', 1, case when n <= 1000 then 'waiting' else 'closed' end,
        n % 4, '{}', 'desk', at, false, at, false, jsonb_build_object('text', repeat('x', 900))
      from generate_series(1, 20000) n cross join lateral (select '${now}'::timestamptz - n * interval '1 s' as at) t`)
    await history.pool.query(`
      insert into rm_test.chat_figure (id, status, channel, urgency, agents, started_at, queued_since, accepted_at, awaited_since, answered_at,
        closed_at, reason, promised, handled, handled_last, converted, solved_by_service)
      select 'old-' || n, 'closed', 'web', 1, '[]', at, at, at + interval '20 s', at, at + interval '40 s', at + interval '5 m',
        'solved', 30000, 280000, 280000, false, false
      from generate_series(1, 20000) n cross join lateral (select '${now}'::timestamptz - n * interval '10 s' as at) t`)
    await history.pool.query('analyze rm_test.agent, rm_test.chat, rm_test.chat_figure')
    const { chats, ...pace } = await history.models.chatQueue.queue(now)
    expect(chats).toHaveLength(1_000)
    expect(pace).toMatchObject({ places: 600, freePlaces: 100, handled: 360, meanHandling: 280_000 })
    expect(chats[0]).toMatchObject({ position: 1, priority: 'urgent', expectedWait: { mean: 0 } })
    const last = chats.at(-1)?.expectedWait
    expect(last).toMatchObject({ mean: (900 * 280_000) / 600 })
    const centres: (string | null)[] = []
    const inDubai = await history.models.chatQueue.queue(
      now,
      ({ centre }) => (centres.push(centre), centre === 'Dubai'),
    )
    expect(inDubai).toMatchObject({ places: 150, freePlaces: 25 })
    expect(centres).toHaveLength(200)
    expect(await history.models.chatQueue.queue(now, () => false)).toMatchObject({ places: 0, freePlaces: 0 })
    const plans = await history.analysed((models) => models.chatQueue.queue(now))
    const read = plans.flatMap(scansIn)
    const rowsOf = (table: string) =>
      read.filter((scan) => scan.table === table).reduce((sum, { rows }) => sum + rows, 0)
    expect(rowsOf('chat')).toBe(1_000)
    expect(rowsOf('agent')).toBe(200)
    expect(rowsOf('chat_figure')).toBeLessThan(1_500)
  } finally {
    await history.drop()
  }
})
