import { expect, it } from 'vitest'
import type { Desk, IncidentCommandInput } from '@guichet/domain'
import {
  configurationSchema,
  constantPolicy,
  defaultTicketPolicy,
  importCorrelation,
  instant,
  ticketDeadlines,
} from '@guichet/domain'
import type { Keyset, Page } from '../reading/reader.ts'
import type { AnalysedPlan, ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { ClockStateChange } from './clock-states.ts'

const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
const imported = { ...agent, correlationId: importCorrelation('old') }
const far = instant('2027-01-01T00:00:00Z')

async function open(desk: Desk, id: string, sender: typeof agent): Promise<void> {
  const customer = { id: 'c-1' }
  await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer, priority: 'urgent' }, sender)
}

/** The rows of a table that a query has read, in every node of its plans. */
function rowsRead(plans: readonly AnalysedPlan[], table: string): number {
  return plans.reduce((sum, plan) => {
    const read = Number(plan['Actual Rows']) + Number(plan['Rows Removed by Filter'] ?? 0)
    const own = plan['Relation Name'] === table ? read * Number(plan['Actual Loops']) : 0
    return sum + own + rowsRead(plan.Plans ?? [], table)
  }, 0)
}

async function projected(
  desk: Desk,
  options: { replaying?: boolean },
  use: (history: ProjectedHistory, reported: ClockStateChange[]) => Promise<void>,
): Promise<void> {
  const reported: ClockStateChange[] = []
  const deadlineSink = async (_: unknown, changes: readonly ClockStateChange[]) => void reported.push(...changes)
  const history = await projectHistory([await historyOf(desk)], { ...options, deadlineSink })
  try {
    await use(history, reported)
  } finally {
    await history.drop()
  }
}

it('lists deadlines before an instant, earliest first', async () => {
  const desk = emptyDesk()
  await open(desk, 'a', agent)
  await desk.execute('ticket', 'a', { type: 'start' }, agent)
  await open(desk, 'b', agent)
  await desk.execute('ticket', 'b', { type: 'resolve' }, agent)
  await projected(desk, {}, async ({ models }) => {
    const due = await models.deadlines.dueBefore(far, 10)
    expect(due.map(({ stream, kind }) => [stream, kind])).toEqual([
      ['ticket-a', 'update'],
      ['ticket-a', 'stagnation'],
      ['ticket-b', 'close_resolved'],
    ])
    expect(await models.deadlines.dueBefore(far, 2)).toEqual(due.slice(0, 2))
    expect(await models.deadlines.dueBefore(due[0]?.dueAt ?? far, 10)).toEqual([])
    for (const limit of [1, 2, 3]) {
      for (const backward of [false, true]) {
        const found: unknown[] = []
        for (let bound: Keyset | undefined; ;) {
          const page = { limit, backward, ...(bound && { [backward ? 'before' : 'after']: bound }) }
          const { rows, hasNext, hasPrevious } = await models.deadlines.pageBefore(far, page)
          found[backward ? 'unshift' : 'push'](...rows.map(({ row }) => row))
          expect(backward ? hasNext : hasPrevious).toBe(bound !== undefined)
          bound = rows.at(backward ? 0 : -1)?.keyset
          if (!(backward ? hasPrevious : hasNext)) break
        }
        expect(found).toEqual(due)
      }
    }
    const [first] = due
    expect((await models.deadlines.pageBefore(first?.dueAt ?? far, { limit: 10 })).rows).toEqual([])
    const outstanding = await models.deadlines.ofTickets(['a', 'unknown'])
    const { state } = await desk.read('ticket', 'a')
    expect(outstanding.get('a')?.map(({ kind, cycle, dueAt }) => ({ kind, dueAt, cycle }))).toEqual(
      ticketDeadlines(state, constantPolicy(defaultTicketPolicy)),
    )
    expect(outstanding.get('unknown')).toEqual([])
  })
})

it('reads for a page of the deadlines no tickets that are due after it', async () => {
  const history = await projectHistory([])
  await history.pool.query(`
    insert into rm_test.deadline (stream, deadlines, open, outstanding, next_due)
    select 'ticket-' || n, json_agg(json_build_object('kind', 'stagnation', 'cycle', k, 'dueAt', due) order by k), true, true, min(due)
    from generate_series(1, 20000) n, generate_series(1, 3) k,
      lateral (select timestamptz '2026-01-01Z' + n * interval '1 minute' + k * interval '1 day' as due) d
    group by n`)
  await history.pool.query('analyze rm_test.deadline')
  const pageBefore = async (page: Page) => {
    const plans = await history.analysed(({ deadlines }) => deadlines.pageBefore(far, page))
    return { read: rowsRead(plans, 'deadline'), ...(await history.models.deadlines.pageBefore(far, page)) }
  }
  let after: Keyset | undefined
  for (let pages = 1; pages <= 4; pages += 1) {
    const { rows, read } = await pageBefore({ limit: 500, ...(after && { after }) })
    expect(rows).toHaveLength(500)
    expect([pages, read, read >= 500 && read <= pages * 1_100]).toEqual([pages, read, true])
    after = rows.at(-1)?.keyset
  }
  await history.drop()
})

it('lists deadlines at one instant in the order of their ids, on whatever pages', async () => {
  const history = await projectHistory([])
  await history.pool.query(`
    insert into rm_test.deadline (stream, deadlines, open, outstanding, next_due)
    select 'ticket-' || id, json_build_array(json_build_object('kind', 'chase', 'cycle', 1, 'dueAt', due), json_build_object('kind', 'update', 'cycle', 1, 'dueAt', due)), true, true, due
    from unnest(array['1', '1-a', '1a', '2']) id, (select timestamptz '2026-01-01Z' as due) d`)
  const listed = async (limit: number) => {
    const found: string[] = []
    for (let after: Keyset | undefined; ;) {
      const { rows, hasNext } = await history.models.deadlines.pageBefore(far, { limit, ...(after && { after }) })
      found.push(...rows.map(({ row: { stream, kind } }) => `${stream}/${kind}`))
      if (!hasNext) return found
      after = rows.at(-1)?.keyset
    }
  }
  const all = await listed(8)
  expect(all).toEqual([...all].sort())
  for (const limit of [1, 2, 3]) expect(await listed(limit)).toEqual(all)
  await history.drop()
})

it('lists all deadlines of a category of streams, page by page', async () => {
  const history = await projectHistory([])
  await history.pool.query(`
    insert into rm_test.deadline (stream, deadlines, open, outstanding, next_due)
    select category || '-' || n, json_build_array(json_build_object('kind', 'due', 'cycle', 1, 'dueAt', due)), true, true, due
    from unnest(array['ticket', 'incident']) category, generate_series(1, 3) n,
      lateral (select timestamptz '2026-01-01Z' + n * interval '1 day' as due) d`)
  const { deadlines } = history.models
  const { rows: all } = await deadlines.pageOf('incident', { limit: 100 })
  expect(all.map(({ row }) => row.stream)).toEqual(['incident-1', 'incident-2', 'incident-3'])
  const { rows, hasNext } = await deadlines.pageOf('incident', { limit: 1 })
  expect([rows, hasNext]).toEqual([all.slice(0, 1), true])
  const after = rows.at(-1)?.keyset
  expect((await deadlines.pageOf('incident', { limit: 100, ...(after && { after }) })).rows).toEqual(all.slice(1))
  await history.drop()
})

it('reads for a page of a rare category no deadlines of others', async () => {
  const history = await projectHistory([])
  await history.pool.query(`
    insert into rm_test.deadline (stream, deadlines, open, outstanding, next_due)
    select category || '-' || n, json_build_array(json_build_object('kind', 'due', 'cycle', 1, 'dueAt', due)), true, true, due
    from (select 'ticket' as category, generate_series(1, 20000) as n union all select 'incident', generate_series(1, 40)) streams,
      lateral (select timestamptz '2026-01-01Z' + n * interval '1 minute' + case category when 'incident' then interval '90 days' else interval '0' end as due) d`)
  await history.pool.query('analyze rm_test.deadline')
  const pages: readonly Page[] = [{ limit: 10 }, { limit: 100 }, { limit: 10, backward: true }]
  for (const page of pages) {
    const plans = await history.analysed(({ deadlines }) => deadlines.pageOf('incident', page))
    const { rows } = await history.models.deadlines.pageOf('incident', page)
    const read = rowsRead(plans, 'deadline')
    expect([page, rows.length, read, read <= 40]).toEqual([page, Math.min(page.limit, 40), read, true])
  }
  await history.drop()
})

it('lists each of the many deadlines that a ticket may have at once', async () => {
  const desk = emptyDesk()
  const targets = { firstResponse: '4h', nextResponse: '4h', resolution: '3d', update: '1d' }
  const configuration = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    sla: { policies: [{ name: 'all', ...targets }] },
  })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, agent)
  await open(desk, 'a', agent)
  await desk.execute('ticket', 'a', { type: 'start' }, agent)
  await projected(desk, {}, async ({ models }) => {
    const due = (await models.deadlines.ofTickets(['a'])).get('a')
    expect(due?.length).toBeGreaterThan(3)
    const listed = await models.deadlines.pageBefore(instant('2100-01-01T00:00:00Z'), { limit: 10 })
    expect(listed.rows.map(({ row }) => row)).toEqual(due)
  })
})

it('reports to the clock when the next due instant of a stream changes, and only then', async () => {
  const desk = emptyDesk()
  await open(desk, 'a', agent)
  await projected(desk, {}, async (history, reported) => {
    const first = instant('2026-03-27T11:00:00Z')
    expect(reported).toEqual([{ stream: 'ticket-a', before: undefined, after: first }])
    const known = (await historyOf(desk)).length
    await desk.execute('ticket', 'a', { type: 'tag', tag: 'vip' }, agent)
    await desk.execute('ticket', 'a', { type: 'close' }, agent)
    for (const event of (await historyOf(desk)).slice(known)) await history.project([[event]])
    expect(reported.slice(1)).toEqual([{ stream: 'ticket-a', before: first, after: undefined }])
  })
})

it('holds the clock of imported tickets until their import is complete', async () => {
  const desk = emptyDesk()
  await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'old' }, imported)
  await open(desk, 'held', imported)
  await open(desk, 'own', imported)
  await desk.execute('ticket', 'own', { type: 'start' }, agent)
  await projected(desk, {}, async (history, reported) => {
    expect(reported.map(({ stream }) => stream)).toEqual(['ticket-own'])
    expect((await history.models.deadlines.dueBefore(far, 10)).map(({ stream }) => stream)).not.toContain('ticket-held')
    expect((await history.models.deadlines.ofTickets(['held'])).get('held')).toMatchObject([{ heldBy: 'old' }])

    const known = (await historyOf(desk)).length
    await desk.execute('import', 'old', { type: 'complete', rows: 0, applied: 0, unchanged: 0, refused: 0 }, imported)
    await open(desk, 'late', imported)
    for (const event of (await historyOf(desk)).slice(known)) await history.project([[event]])
    expect(reported.slice(1).map(({ stream }) => stream)).toEqual(['ticket-held', 'ticket-late'])
    expect((await history.models.deadlines.ofTickets(['held'])).get('held')).toMatchObject([{ heldBy: undefined }])
  })
})

it('releases an incident whose last event is no longer of an import, even if the same falls due', async () => {
  const desk = emptyDesk()
  const incident = (command: IncidentCommandInput, sender: typeof agent) =>
    desk.execute('incident', 'i', command, sender)
  const stated = async () => (await desk.clockState('incident-i')).deadlines
  await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'old' }, imported)
  await incident({ type: 'declare', title: 'Down', customer: { id: 'c-1' } }, imported)
  const falls = await stated()
  await projected(desk, {}, async (history, reported) => {
    expect(reported).toEqual([])
    const known = (await historyOf(desk)).length
    await incident({ type: 'postUpdate', message: 'x', internal: true }, agent)
    expect(await stated()).toEqual(falls)
    await history.project([(await historyOf(desk)).slice(known)])
    expect(reported).toEqual([{ stream: 'incident-i', before: undefined, after: falls[0]?.dueAt }])
    const rows = (await history.models.deadlines.ofStreams(['incident-i'])).get('incident-i')
    expect(new Set(rows?.map(({ heldBy }) => heldBy))).toEqual(new Set([undefined]))
  })
})

it('reports nothing while a rebuild replays, and all outstanding deadlines when readers are switched', async () => {
  const desk = emptyDesk()
  await open(desk, 'a', agent)
  await open(desk, 'b', agent)
  await desk.execute('ticket', 'b', { type: 'close' }, agent)
  await projected(desk, { replaying: true }, async (history, reported) => {
    expect(reported).toEqual([])
    await history.switched()
    expect(reported).toEqual([{ stream: 'ticket-a', before: undefined, after: instant('2026-03-27T11:00:00Z') }])
  })
})

it('releases the clock of imported tickets when their import is abandoned', async () => {
  const desk = emptyDesk()
  await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'old' }, imported)
  await open(desk, 'held', imported)
  await projected(desk, {}, async (history, reported) => {
    expect(reported).toEqual([])
    const known = (await historyOf(desk)).length
    await desk.execute('import', 'old', { type: 'abandon' }, agent)
    for (const event of (await historyOf(desk)).slice(known)) await history.project([[event]])
    expect(reported.map(({ stream }) => stream)).toEqual(['ticket-held'])
    expect((await history.models.deadlines.ofTickets(['held'])).get('held')).toMatchObject([{ heldBy: undefined }])
  })
})

it('holds the clock of imported tickets again when their abandoned import is resumed', async () => {
  const desk = emptyDesk()
  const start = { type: 'start', source: 'old.csv', mapping: 'old' } as const
  await desk.execute('import', 'old', start, imported)
  await open(desk, 'held', imported)
  await open(desk, 'own', imported)
  await desk.execute('import', 'old', { type: 'abandon' }, agent)
  await desk.execute('ticket', 'own', { type: 'tag', tag: 'vip' }, agent)
  await projected(desk, {}, async (history, reported) => {
    expect(reported.map(({ stream }) => stream)).toEqual(['ticket-held', 'ticket-own'])
    const known = (await historyOf(desk)).length
    await desk.execute('import', 'old', start, imported)
    await open(desk, 'late', imported)
    for (const event of (await historyOf(desk)).slice(known)) await history.project([[event]])
    expect(reported.slice(2)).toEqual([{ stream: 'ticket-held', before: reported[0]?.after, after: undefined }])
    const outstanding = await history.models.deadlines.ofTickets(['held', 'own', 'late'])
    expect([...outstanding].map(([id, [first]]) => [id, first?.heldBy])).toEqual([
      ['held', 'old'],
      ['own', undefined],
      ['late', 'old'],
    ])

    const resumed = (await historyOf(desk)).length
    await desk.execute('import', 'old', { type: 'abandon' }, agent)
    await desk.execute('import', 'old', start, imported)
    await open(desk, 'latest', imported)
    await history.project([(await historyOf(desk)).slice(resumed)])
    expect(reported).toHaveLength(3)
    expect((await history.models.deadlines.ofTickets(['latest'])).get('latest')).toMatchObject([{ heldBy: 'old' }])
  })
})
