import type { AgentCommandInput, Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { importCorrelation, instant, later, minutes, routingActor } from '@guichet/domain'
import { deskInMemory } from '@guichet/domain/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'

const by = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const start = instant('2026-03-02T21:00:00Z')
const after = (n: number): Instant => later(start, minutes(n))

describe('the read model of routing', () => {
  let desk: Desk
  let projected: ProjectedHistory | undefined

  beforeEach(() => {
    desk = deskInMemory({ now: () => start }).engine
  })
  afterEach(async () => {
    await projected?.drop()
    projected = undefined
  })

  const agent = (id: string, at: Instant, command: AgentCommandInput) => desk.execute('agent', id, command, { by, at })
  const ticket = (id: string, at: Instant, command: TicketCommandInput, actor: typeof by | typeof carl = by) =>
    desk.execute('ticket', id, command, { by: actor, at })
  const open = (id: string, at: Instant, priority: 'low' | 'normal' | 'urgent' = 'normal') =>
    ticket(id, at, { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' }, priority }, carl)
  const models = async () => {
    const history = (await desk.store.readAll({ limit: 1_000 })) as RecordedEvent[]
    await projected?.drop()
    projected = await projectHistory([history.slice(0, 3), history.slice(3)])
    return projected.models.routing
  }

  it('lists the agents, and the work that takes up their capacity', async () => {
    await agent('ann', start, { type: 'register', profile: { name: 'Ann', level: 2 } })
    await agent('bob', start, { type: 'register', profile: { name: 'Bob' } })
    await agent('ann', after(1), { type: 'setAvailability', availability: 'available' })
    const claim = { type: 'claim', work: 'ticket-t', channel: 'ticket', version: 1, round: 1 } as const
    await desk.execute('agent', 'ann', claim, { by: routingActor, at: after(2) })
    await agent('bob', after(3), { type: 'retire' })
    const routing = await models()
    const ids = async (...args: Parameters<typeof routing.agents>) =>
      (await routing.agents(...args)).rows.map(({ row }) => row.id)
    expect(await ids({}, { limit: 9 })).toEqual(['ann'])
    expect(await ids({ retired: true }, { limit: 9 })).toEqual(['ann', 'bob'])
    expect(await ids({ retired: true, availability: ['offline'] }, { limit: 9 })).toEqual(['bob'])
    const [ann] = (await routing.agents({ retired: true }, { limit: 1 })).rows
    expect(await ids({ retired: true }, { limit: 9, after: ann?.keyset })).toEqual(['bob'])
    expect((await routing.agent('ann'))?.agent).toMatchObject({
      profile: { name: 'Ann', level: 2 },
      availability: 'available',
      claims: { 'ticket-t': { channel: 'ticket' } },
    })
    expect(await routing.agent('nobody')).toBeUndefined()
  })

  it('measures the time in each availability by the days of any time zone, including the current one', async () => {
    await agent('ann', start, { type: 'register', profile: { name: 'Ann' } })
    await agent('ann', after(30), { type: 'setAvailability', availability: 'available' })
    await agent('ann', after(180), { type: 'setAvailability', availability: 'break', reason: 'night' })
    await agent('bob', after(180), { type: 'register', profile: { name: 'Bob' } })
    const days = { first: '2026-03-01', last: '2026-03-04', now: after(240), timeZone: 'Europe/Paris' }
    const routing = await models()
    expect(await routing.timesOf(['ann', 'bob', 'nobody'], days)).toEqual(
      new Map([
        [
          'ann',
          [
            { day: '2026-03-02', availability: 'available', milliseconds: minutes(90) },
            { day: '2026-03-02', availability: 'offline', milliseconds: minutes(30) },
            { day: '2026-03-03', availability: 'available', milliseconds: minutes(60) },
            { day: '2026-03-03', availability: 'break', milliseconds: minutes(60) },
          ],
        ],
        ['bob', [{ day: '2026-03-03', availability: 'offline', milliseconds: minutes(60) }]],
        ['nobody', []],
      ]),
    )
    expect((await routing.timesOf(['ann'], { ...days, first: '2026-03-03' })).get('ann')).toHaveLength(2)
    const inMontreal = await routing.timesOf(['ann'], { ...days, timeZone: 'America/Montreal' })
    expect(inMontreal.get('ann')).toEqual([
      { day: '2026-03-02', availability: 'available', milliseconds: minutes(150) },
      { day: '2026-03-02', availability: 'break', milliseconds: minutes(60) },
      { day: '2026-03-02', availability: 'offline', milliseconds: minutes(30) },
    ])
  })

  it('ends the time of a retired agent, whatever their last availability, and restarts it when they return', async () => {
    for (const id of ['ann', 'bob']) await agent(id, start, { type: 'register', profile: { name: id } })
    await agent('bob', after(30), { type: 'setAvailability', availability: 'available' })
    for (const id of ['ann', 'bob']) await agent(id, after(40), { type: 'retire' })
    const spent = async (id: string, now: Instant) => {
      const days = { first: '2026-03-01', last: '2026-03-04', now, timeZone: 'UTC' }
      const times = (await (await models()).timesOf([id], days)).get(id) ?? []
      return times.map(({ availability, milliseconds }) => [availability, milliseconds / minutes(1)])
    }
    expect(await spent('ann', after(110))).toEqual([['offline', 40]])
    const bob = [
      ['available', 10],
      ['offline', 30],
    ]
    expect(await spent('bob', after(110))).toEqual(bob)
    await agent('ann', after(110), { type: 'register', profile: { name: 'Ann' } })
    expect(await spent('ann', after(115))).toEqual([['offline', 45]])
    await agent('ann', after(120), { type: 'setAvailability', availability: 'available' })
    expect(await spent('ann', after(130))).toEqual([
      ['available', 10],
      ['offline', 50],
    ])
  })

  it('adds up the time of a day on which the clocks change, and of days without events', async () => {
    const friday = instant('2026-03-27T22:00:00Z')
    await agent('ann', friday, { type: 'register', profile: { name: 'Ann' } })
    const days = {
      first: '2026-03-27',
      last: '2026-03-30',
      now: later(friday, minutes(60 * 49)),
      timeZone: 'Europe/Paris',
    }
    const routing = await models()
    const times = (await routing.timesOf(['ann'], days)).get('ann') ?? []
    expect(times.map(({ day, milliseconds }) => [day, milliseconds / minutes(60)])).toEqual([
      ['2026-03-27', 1],
      ['2026-03-28', 24],
      ['2026-03-29', 23],
      ['2026-03-30', 1],
    ])
  })

  it('shows the queue in its order, with the expected wait of each ticket', async () => {
    await open('old', start)
    await open('urgent', after(5), 'urgent')
    await open('low', start, 'low')
    for (const id of ['p', 'q', 'r']) {
      await open(id, after(6))
      await ticket(id, after(7), { type: 'assign', assignee: { id: 'ann' } })
    }
    const queue = { type: 'queue', reason: 'everybody_full', policyVersion: 'p' } as const
    await desk.execute('ticket', 'old', queue, { by: routingActor, at: after(7) })
    const routing = await models()
    const { tickets, ...counted } = await routing.queue({ limit: 2 }, after(10))
    const unused = { waiting: 0, placedInTheLastHour: 0, expectedWait: undefined }
    expect(counted).toEqual({
      total: 3,
      placedInTheLastHour: 3,
      levels: [
        { level: 1, waiting: 3, placedInTheLastHour: 3, expectedWait: minutes(60) },
        { level: 2, ...unused },
        { level: 3, ...unused },
      ],
    })
    expect(tickets).toMatchObject({ hasPrevious: false, hasNext: true })
    expect(tickets.rows.map(({ row }) => row)).toEqual([
      {
        ticketId: 'urgent',
        level: 1,
        position: 1,
        waitingSince: after(5),
        expectedWait: minutes(20),
        reason: undefined,
        reasonSince: undefined,
      },
      {
        ticketId: 'old',
        level: 1,
        position: 2,
        waitingSince: start,
        expectedWait: minutes(40),
        reason: 'everybody_full',
        reasonSince: after(7),
      },
    ])
    const rest = (await routing.queue({ limit: 2, after: tickets.rows[1]?.keyset }, after(10))).tickets
    expect(rest).toMatchObject({ hasPrevious: true, hasNext: false, rows: [{ row: { ticketId: 'low', position: 3 } }] })
    const last = (await routing.queue({ limit: 2, backward: true }, after(200))).tickets.rows
    expect(last.map(({ row }) => [row.ticketId, row.position, row.expectedWait])).toEqual([
      ['old', 2, undefined],
      ['low', 3, undefined],
    ])
  })

  it('expects a ticket to wait at the pace of its level, and expects nothing when none of the level was assigned', async () => {
    const up = (id: string, at: Instant, level: 2 | 3) =>
      ticket(id, at, { type: 'escalate', level, reason: 'Too hard' })
    for (const [n, id] of ['a1', 'b2', 'c3', 'd1', 'e2', 'f3'].entries()) {
      await open(id, after(n))
      const level = Number(id[1])
      if (level > 1) await up(id, after(n), level as 2 | 3)
    }
    for (const id of ['p1', 'q1', 'r1', 's1', 't2']) {
      await open(id, after(6), 'urgent')
      if (id === 't2') await up(id, after(6), 2)
      await ticket(id, after(7), { type: 'assign', assignee: { id: 'ann' } })
    }
    const routing = await models()
    const shown = async (page: Parameters<typeof routing.queue>[0]) =>
      (await routing.queue(page, after(10))).tickets.rows.map(({ row }) => [
        row.ticketId,
        row.position,
        row.expectedWait,
      ])
    const all = [
      ['a1', 1, minutes(15)],
      ['b2', 2, minutes(60)],
      ['c3', 3, undefined],
      ['d1', 4, minutes(30)],
      ['e2', 5, minutes(120)],
      ['f3', 6, undefined],
    ]
    expect(await shown({ limit: 10 })).toEqual(all)
    const { tickets, levels } = await routing.queue({ limit: 4 }, after(10))
    expect(await shown({ limit: 4, after: tickets.rows.at(-1)?.keyset })).toEqual(all.slice(4))
    expect(levels).toEqual([
      { level: 1, waiting: 2, placedInTheLastHour: 4, expectedWait: minutes(30) },
      { level: 2, waiting: 2, placedInTheLastHour: 1, expectedWait: minutes(120) },
      { level: 3, waiting: 2, placedInTheLastHour: 0, expectedWait: undefined },
    ])
  })

  it('queues the open imported tickets once their import has ended, however history is cut', async () => {
    const correlationId = importCorrelation('old')
    const system = { by: { kind: 'system', id: 'import' }, at: after(10), correlationId } as const
    const imported = (id: string, command: TicketCommandInput) =>
      desk.execute('ticket', id, command, { by, at: after(1), correlationId })
    await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, system)
    const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } } as const
    for (const id of ['a', 'b', 'taken', 'resolved']) await imported(id, opening)
    await imported('resolved', { type: 'resolve' })
    await ticket('taken', after(5), { type: 'assign', assignee: { id: 'ann' } })
    const figures = { rows: 1, applied: 1, unchanged: 0, refused: 0 }
    await desk.execute('import', 'old', { type: 'abandon' }, system)
    const abandoned = (await desk.store.readAll({ limit: 1_000 })).length
    await ticket('b', after(12), { type: 'assign', assignee: { id: 'ann' } })
    await desk.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, system)
    const resumed = (await desk.store.readAll({ limit: 1_000 })).length
    await desk.execute('import', 'old', { type: 'complete', ...figures }, { ...system, at: after(20) })
    const all = (await desk.store.readAll({ limit: 1_000 })) as RecordedEvent[]

    projected = await projectHistory([all.slice(0, abandoned - 1)])
    const { project, pool, models: found } = projected
    const waiting = async () => {
      const { tickets, placedInTheLastHour } = await found.routing.queue({ limit: 9 }, after(30))
      const { rows } = await pool.query<{ id: string; held: boolean }>(
        'select id, held from guichet_read.work_item order by id',
      )
      const known = Object.fromEntries(rows.map(({ id, held }) => [id, held]))
      return [tickets.rows.map(({ row }) => row.ticketId), placedInTheLastHour, known]
    }
    expect(await waiting()).toEqual([[], 0, { a: true, b: true, taken: false }])
    await project([all.slice(abandoned - 1, abandoned)])
    expect(await waiting()).toEqual([['a', 'b'], 0, { a: false, b: false, taken: false }])
    await project([all.slice(abandoned, resumed)])
    expect(await waiting()).toEqual([[], 1, { a: true, b: false, taken: false }])
    await project([all.slice(resumed)])
    expect(await waiting()).toEqual([['a'], 1, { a: false, b: false, taken: false }])
    const rebuilt = await projectHistory([all])
    try {
      expect(await rebuilt.rows()).toEqual(await projected.rows())
    } finally {
      await rebuilt.drop()
    }
  })
})
