import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import type { TicketFilter, TicketOrder } from './ticket-query.ts'

const tickets = 20_000
const day = (n: number): Instant => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString() as Instant

/** A desk of a year: every fiftieth ticket is open, of which every third waits for its customer. */
const fill = `
  insert into rm_test.ticket
    (id, number, version, status, urgency, customer_id, level, tags, opened_at, updated_at, public_updated_at, last_reply_at,
    last_customer_reply_at, last_agent_reply_at, waiting_since, customer_waiting_since, unread_since, idle_since, resolved_at, shown)
  select 't-' || n, n, 3, status, 1, 'c-' || n % 500, 1, '{}', opened, later, later, later, opened, later,
    case when status = 'waiting_customer' then later end, case when status = 'new' then opened end,
    case when status = 'new' then opened end, case when status = 'in_progress' then later end,
    case when status = 'closed' then later end, json_build_object('text', repeat('x', 900))
  from generate_series(1, ${tickets}) n
  cross join lateral (select timestamptz '2026-01-01Z' + n * interval '365 days' / ${tickets} as opened,
    timestamptz '2026-01-01Z' + n * interval '365 days' / ${tickets} + interval '2 hours' as later,
    case n % 150 when 0 then 'waiting_customer' when 50 then 'in_progress' when 100 then 'new' else 'closed' end as status) g`

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([])
  await history.pool.query(fill)
  await history.pool.query('analyze rm_test.ticket')
})
afterAll(() => history.drop())

/** The rows of tickets that a query has read, in every node of its plans. */
function rowsRead(plans: readonly AnalysedPlan[]): number {
  return plans.reduce((sum, plan) => {
    const read = Number(plan['Actual Rows']) + Number(plan['Rows Removed by Filter'] ?? 0)
    const own = plan['Relation Name'] === 'ticket' ? read * Number(plan['Actual Loops']) : 0
    return sum + own + rowsRead(plan.Plans ?? [])
  }, 0)
}

const open = ['new', 'in_progress', 'waiting_customer'] as const
const lists: readonly (readonly [string, TicketFilter, TicketOrder['by']])[] = [
  ['new tickets', { status: ['new'] }, 'openedAt'],
  ['customers who wait longest for the desk', { customerWaitingSince: {} }, 'customerWaitingSince'],
  ['customers whom the desk has waited for since three days', { waitingSince: { to: day(360) } }, 'waitingSince'],
  ['work that nobody has done for a day', { idleSince: { to: day(363) } }, 'idleSince'],
  ['unread messages', { unread: true }, 'unreadSince'],
  ['unread messages, by the opening', { unread: true }, 'openedAt'],
  ['tickets that were resolved since Monday', { resolvedAt: { from: day(363) } }, 'resolvedAt'],
  [
    'open tickets on which nobody has replied for ten days',
    { status: open, lastReplyAt: { to: day(355) } },
    'lastReplyAt',
  ],
  ['tickets by the last reply', {}, 'lastReplyAt'],
  ['open tickets by the last reply of the desk', { status: open }, 'lastAgentReplyAt'],
  ['open tickets by the last reply of the customer', { status: open }, 'lastCustomerReplyAt'],
]

describe('a work list', () => {
  it.each(lists)('of %s reads few of many tickets for each of its pages', async (_, filter, by) => {
    for (const direction of ['asc', 'desc'] as const) {
      const order = { by, direction }
      const first = await history.models.tickets.list(filter, order, { limit: 25 }, 'all')
      expect(first.rows).toHaveLength(25)
      const after = first.rows.at(-1)?.keyset
      for (const page of [{}, { after }, { backward: true }]) {
        const plans = await history.analysed(({ tickets }) =>
          tickets.list(filter, order, { limit: 25, ...page }, 'all'),
        )
        const read = rowsRead(plans)
        expect([direction, page, read, read < 2_000]).toEqual([direction, page, read, true])
      }
    }
  })

  it.each(lists.filter(([, filter]) => Object.keys(filter).length > 0))(
    'of %s is counted from few of many',
    async (_, filter) => {
      const read = rowsRead(await history.analysed(({ tickets }) => tickets.count(filter, 10_000, 'all')))
      expect([read, read < 2_000]).toEqual([read, true])
    },
  )

  it('stops counting at a bound', async () => {
    expect(await history.models.tickets.count({}, 1_000, 'all')).toBe(1_000)
    const read = rowsRead(await history.analysed(({ tickets }) => tickets.count({}, 1_000, 'all')))
    expect([read, read <= 1_000]).toEqual([read, true])
  })
})
