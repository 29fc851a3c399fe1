import { expect, it } from 'vitest'
import type { Actor, Instant, TicketCommandInput } from '@guichet/domain'
import { defaultLevelSettings, hours, instant, later, minutes } from '@guichet/domain'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { EscalationState } from './queries.ts'

const start = instant('2026-03-27T06:00:00Z')
const after = (milliseconds: number): Instant => later(start, milliseconds)
const ana = { kind: 'agent', id: 'ana', name: 'Ana' } as const
const eve = { kind: 'agent', id: 'eve', name: 'Eve' } as const
const carl = { kind: 'customer', id: 'carl' } as const

/**
 * Tickets solved at level 1, solved at level 2 after a team was called, handed up and down, waiting for level 2, and
 * closed as invalid.
 */
async function desk() {
  const desk = emptyDesk()
  const execute = async (id: string, at: number, command: TicketCommandInput, by: Actor = ana): Promise<void> => {
    const sender = { by: command.type === 'open' ? carl : by, at: after(at) }
    const outcome = await desk.execute('ticket', id, command, sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  for (const id of ['a', 'b', 'c', 'd', 'e'])
    await execute(id, 0, { type: 'open', subject: 'x', body: 'x', customer: { id: 'carl' } })
  await execute('a', minutes(1), { type: 'agentReply', body: 'Here', then: 'resolved' })
  await execute('b', minutes(3), { type: 'agentReply', body: 'Hm' })
  await execute('b', minutes(10), { type: 'escalate', level: 2, reason: 'Hard' })
  await execute('b', minutes(14), { type: 'assign', assignee: { id: 'eve', name: 'Eve' } })
  await execute('b', hours(3), { type: 'agentReply', body: 'So', then: 'resolved' }, eve)
  await execute('c', minutes(20), { type: 'escalate', level: 3, reason: 'Harder' })
  await execute('c', minutes(30), { type: 'deescalate', level: 1, reason: 'Easy' }, eve)
  await execute('d', minutes(40), { type: 'escalate', level: 2, reason: 'Hard' })
  await execute('e', minutes(50), { type: 'close', reason: 'invalid' })
  return desk
}

it('reports the outcome of each escalation and the figures of each level, whatever the batches', async () => {
  const all = await historyOf(await desk())
  const history = await projectHistory([all.slice(0, 7)])
  try {
    history.restart()
    for (const event of all.slice(7)) await history.project([[event]])
    const { escalations } = history.models
    const now = after(minutes(41))
    const list = async (filter: Parameters<typeof escalations.list>[0]) =>
      (await escalations.list(filter, { limit: 10 }, now)).rows.map(({ row }) => row)

    expect(await list({})).toMatchObject([
      { ticketId: 'd', state: 'waiting', fromLevel: 1, level: 2, team: 'level_2', reason: 'Hard', by: ana },
      { ticketId: 'c', state: 'over', level: 3, endedAt: after(minutes(30)) },
      { ticketId: 'b', state: 'over', level: 2, takenAt: after(minutes(14)), takenBy: { id: 'eve', name: 'Eve' } },
    ])
    expect((await list({ states: ['waiting'], level: 2 })).map(({ ticketId }) => ticketId)).toEqual(['d'])
    expect(await list({ level: 1 })).toEqual([])
    const [waiting] = await list({ states: ['waiting'] })
    expect(waiting?.expectedBy).toBe(after(minutes(70)))
    expect(waiting?.arrival).toEqual({ at: after(minutes(44)), from: 'measured' })

    const [first, second, third] = await escalations.report({}, defaultLevelSettings)
    expect(first).toMatchObject({ level: 1, handled: 6, solved: 1, escalated: 3, handedDown: 0, open: 1, closed: 1 })
    expect(first?.averageResponse).toEqual({ value: minutes(2), aim: 45_000, met: false })
    expect(first?.solvedShare).toEqual({ value: 0.25, aim: 0.75, met: false })
    expect(first?.escalatedShare).toEqual({ value: 0.75, aim: 0.25, met: false })
    expect(first?.solvedInTimeShare).toEqual({ value: 0.25, aim: 0.85, met: false })
    expect(second).toMatchObject({
      handled: 2,
      solved: 1,
      open: 1,
      averageSolution: { value: hours(3) - minutes(10), aim: hours(2.4), met: false },
    })
    expect(second?.solvedShare).toEqual({ value: 1, aim: 0.9, met: true })
    expect(second?.solvedInTimeShare).toEqual({ value: 0, aim: null, met: null })
    expect(third).toMatchObject({ handled: 1, handedDown: 1, averageResponse: { value: null, met: null } })
    const early = await escalations.report({ to: after(minutes(10)) }, defaultLevelSettings)
    expect(early.map(({ handled }) => handled)).toEqual([5, 0, 0])
  } finally {
    await history.drop()
  }
})

it('expects a level at the configured time until one of its waits has been measured', async () => {
  const all = await historyOf(await desk())
  const history = await projectHistory([all.filter(({ stream }) => stream === 'ticket-d')])
  try {
    const at = async (now: Instant) =>
      (await history.models.escalations.list({}, { limit: 1 }, now)).rows[0]?.row.arrival
    expect(await at(after(minutes(41)))).toEqual({ at: after(minutes(70)), from: 'configured' })
    expect(await at(after(hours(9)))).toEqual({ at: after(hours(9)), from: 'configured' })
  } finally {
    await history.drop()
  }
})

/** Carries out commands at one desk, and returns its escalations. */
async function escalationsOf(commands: readonly (readonly [at: number, command: TicketCommandInput, by?: Actor])[]) {
  const desk = emptyDesk()
  const open = { type: 'open', subject: 'x', body: 'x', customer: { id: 'carl' } } as const
  for (const [at, command, by = ana] of [[0, open, carl] as const, ...commands]) {
    const outcome = await desk.execute('ticket', 't', command, { by, at: after(at) })
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  const all = await historyOf(desk)
  const history = await projectHistory(all.map((event) => [event]))
  try {
    const { rows } = await history.models.escalations.list({}, { limit: 10 }, after(hours(10)))
    const rebuilt = await projectHistory([all])
    expect(await rebuilt.rows()).toEqual(await history.rows())
    await rebuilt.drop()
    return rows.map(({ row }) => row)
  } finally {
    await history.drop()
  }
}

it('does not count a reply of the ticket’s agent as an answer to a call for another team', async () => {
  const lead = { kind: 'agent', id: 'lead' } as const
  const called = [
    [1, { type: 'assign', assignee: { id: 'ana', name: 'Ana' } }],
    [2, { type: 'escalate', team: 'experts', reason: 'Hard' }, lead],
    [3, { type: 'agentReply', body: 'Wait' }],
  ] as const
  expect(await escalationsOf(called)).toMatchObject([{ team: 'experts', state: 'waiting' }])
  expect(await escalationsOf([...called, [4, { type: 'agentReply', body: 'So' }, eve]])).toMatchObject([
    { state: 'taken', takenAt: after(4), takenBy: { id: 'eve', name: 'Eve' } },
  ])
  expect(await escalationsOf([...called, [4, { type: 'assign', assignee: { id: 'eve' } }, lead]])).toMatchObject([
    { state: 'taken', takenBy: { id: 'eve' } },
  ])
  const back = [
    [4, { type: 'unassign' }, lead],
    [5, { type: 'assign', assignee: { id: 'ana' } }, lead],
  ] as const
  expect(await escalationsOf([...called, ...back])).toMatchObject([{ state: 'taken', takenBy: { id: 'ana' } }])
})

it('is taken immediately by the agent who took an earlier call of the same team at that level', async () => {
  const raised = [
    [1, { type: 'escalate', level: 2, reason: 'first response breached' }],
    [2, { type: 'assign', assignee: { id: 'eve', name: 'Eve' } }],
    [3, { type: 'escalate', level: 2, reason: 'resolution breached' }],
  ] as const
  expect(await escalationsOf(raised)).toMatchObject([
    { state: 'taken', takenAt: after(3), takenBy: { id: 'eve', name: 'Eve' } },
    { state: 'over', takenAt: after(2) },
  ])
  expect(await escalationsOf([...raised, [4, { type: 'unassign' }]])).toMatchObject([
    { state: 'waiting', waitingSince: after(4) },
    { state: 'over' },
  ])
  expect(await escalationsOf([...raised, [4, { type: 'escalate', team: 'experts', reason: 'x' }]])).toMatchObject([
    { state: 'waiting', team: 'experts' },
    { state: 'over' },
    { state: 'over' },
  ])
})

it('is taken immediately by the ticket’s agent if they are in the called team', async () => {
  const desk = emptyDesk()
  const profile = { name: 'Ana', level: 1, team: 'billers' } as const
  await desk.execute('agent', 'ana', { type: 'register', profile }, { by: ana, at: after(0) })
  const open = { type: 'open', subject: 'x', body: 'x', customer: { id: 'carl' } } as const
  await desk.execute('ticket', 't', open, { by: carl, at: after(0) })
  await desk.execute('ticket', 't', { type: 'assign', assignee: { id: 'ana' } }, { by: ana, at: after(1) })
  await desk.execute('ticket', 't', { type: 'escalate', team: 'billers', reason: 'x' }, { by: eve, at: after(2) })
  const list = async (states: readonly EscalationState[]) => {
    const history = await projectHistory([await historyOf(desk)])
    try {
      return (await history.models.escalations.list({ states }, { limit: 10 }, after(9))).rows.map(({ row }) => row)
    } finally {
      await history.drop()
    }
  }
  expect(await list(['waiting'])).toEqual([])
  expect(await list(['taken'])).toMatchObject([{ takenAt: after(2), takenBy: { id: 'ana', name: 'Ana' } }])
  expect((await list(['taken']))[0]?.arrival).toBeUndefined()
  await desk.execute('ticket', 't', { type: 'escalate', team: 'experts', reason: 'x' }, { by: eve, at: after(3) })
  expect(await list(['waiting'])).toMatchObject([{ team: 'experts' }])
})

it('calls again for a ticket that is reopened at its level, but not for one that was handed down before', async () => {
  const escalated = [
    [1, { type: 'escalate', level: 2, reason: 'Hard' }],
    [2, { type: 'assign', assignee: { id: 'eve' } }],
    [3, { type: 'resolve' }, eve],
  ] as const
  expect(await escalationsOf(escalated)).toMatchObject([{ state: 'over', endedAt: after(3) }])
  expect(await escalationsOf([...escalated, [4, { type: 'reopen' }]])).toMatchObject([
    { state: 'taken', takenAt: after(2), takenBy: { id: 'eve' } },
  ])
  const nobody = [
    [4, { type: 'unassign' }],
    [5, { type: 'close' }],
    [6, { type: 'reopen' }],
  ] as const
  expect(await escalationsOf([...escalated.slice(0, 1), ...nobody.slice(1)])).toMatchObject([
    { state: 'waiting', at: after(1), waitingSince: after(6) },
  ])
  const handedDown = [
    [1, { type: 'escalate', level: 2, reason: 'Hard' }],
    [2, { type: 'deescalate', level: 1, reason: 'Easy' }, eve],
    [3, { type: 'resolve' }],
    [4, { type: 'reopen' }],
  ] as const
  expect(await escalationsOf(handedDown)).toMatchObject([{ state: 'over', endedAt: after(2) }])
})

it('finds waiting and taken escalations without scanning those that are over', async () => {
  const history = await projectHistory([await historyOf(await desk())])
  try {
    await history.pool.query(`
      insert into rm_test.escalation
      select 'x/' || n, 'x' || n, 2, '2026-03-01'::timestamptz + n * interval '1 second', '2026-03-01', null, '2026-03-02', '{}'
      from generate_series(1, 5000) n`)
    await history.pool.query('analyze rm_test.escalation')
    const now = after(minutes(41))
    const plan = async (states: readonly EscalationState[]) => {
      const lines = await history.plansOf(({ escalations }) => escalations.list({ states }, { limit: 10 }, now))
      return lines.join('\n')
    }
    for (const states of [['waiting'], ['taken'], ['waiting', 'taken']] as const) {
      expect(await plan(states)).toContain('escalation_open')
    }
    const { rows } = await history.models.escalations.list({ states: ['waiting'] }, { limit: 10 }, now)
    expect(rows.map(({ row }) => row.ticketId)).toEqual(['d'])
    expect((await history.models.escalations.list({ states: [] }, { limit: 10 }, now)).rows).toEqual([])
  } finally {
    await history.drop()
  }
})
