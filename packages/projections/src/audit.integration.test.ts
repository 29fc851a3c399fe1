import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema, instant } from '@guichet/domain'
import type { AuditFilter } from './audit.ts'
import type { RecordedEvent } from './runner/projection.ts'
import type { ProjectedHistory } from './testing/projected-history.ts'
import { projectHistory } from './testing/projected-history.ts'
import { emptyDesk, historyOf } from './testing/random-history.ts'

let history: ProjectedHistory
let events: readonly RecordedEvent[]

beforeAll(async () => {
  const desk = emptyDesk()
  const anne = { kind: 'agent', id: 'anne', name: 'Anne' } as const
  const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
  for (const id of ['a', 'b']) {
    await desk.execute('ticket', id, open, { by: { kind: 'customer', id: 'c-1' }, at: instant('2026-03-27T09:00:00Z') })
  }
  const by = { by: anne, at: instant('2026-03-28T09:00:00Z'), correlationId: 'request-1', causationId: 'cause' }
  await desk.execute(
    'ticket',
    'a',
    { type: 'changePriority', priority: 'high', reason: 'VIP' },
    { ...by, commandId: 'c' },
  )
  await desk.execute('ticket', 'b', { type: 'agentReply', body: 'z', then: 'resolved' }, by)
  await desk.execute('recipient', 'c-1', { type: 'changePreference', preference: 'none' }, { by: anne })
  events = await historyOf(desk)
  history = await projectHistory([events.slice(0, 3), events.slice(3)])
})
afterAll(() => history.drop())

const ids = async (filter: AuditFilter): Promise<string[]> =>
  (await history.models.audit.list(filter, { limit: 100 })).rows.map(({ row }) => row.id)

const expected = (matches: (event: RecordedEvent) => boolean): string[] =>
  events
    .filter(matches)
    .map(({ id }) => id)
    .reverse()

describe('the audit trail', () => {
  it('holds every event of every stream, the newest first', async () => {
    expect(await ids({})).toEqual(expected(() => true))
  })

  it('shows who, when, what and why', async () => {
    const { rows } = await history.models.audit.list({ type: ['PriorityChanged'] }, { limit: 1 })
    expect(rows[0]?.row).toEqual({
      id: 'ticket-a/2',
      stream: 'ticket-a',
      version: 2,
      type: 'PriorityChanged',
      at: '2026-03-28T09:00:00.000Z',
      recordedAt: '2026-03-28T09:00:00.000Z',
      actor: { kind: 'agent', id: 'anne', name: 'Anne' },
      commandId: 'c',
      correlationId: 'request-1',
      causationId: 'cause',
      reason: 'VIP',
    })
  })

  it('shows the reason from whichever field of the event has it', async () => {
    const desk = emptyDesk()
    const by = { by: { kind: 'agent', id: 'anne' }, at: instant('2026-03-27T09:00:00Z') } as const
    const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
    await desk.execute('ticket', 'a', open, by)
    await desk.execute('ticket', 'a', { type: 'close', reason: 'invalid', note: 'Nobody by that name' }, by)
    await desk.execute('ticket', 'a', { type: 'reopen', note: 'There is after all' }, by)
    await desk.execute('ticket', 'a', { type: 'assign', assignee: { id: 'anne' }, reason: 'Knows them' }, by)
    await desk.execute('ticket', 'a', { type: 'close', reason: 'solved' }, by)
    const configuration = configurationSchema.parse({})
    await desk.execute('configuration', 'desk', { type: 'apply', configuration, comment: 'Our own hours' }, by)
    const { models, drop } = await projectHistory([await historyOf(desk)])
    try {
      const { rows } = await models.audit.list({}, { limit: 10 })
      expect(rows.map(({ row: { type, reason } }) => [type, reason]).toReversed()).toEqual([
        ['TicketOpened', undefined],
        ['TicketClosed', 'invalid; Nobody by that name'],
        ['TicketReopened', 'manual; There is after all'],
        ['TicketAssigned', 'Knows them'],
        ['TicketClosed', 'solved'],
        ['ConfigurationApplied', 'Our own hours'],
      ])
    } finally {
      await drop()
    }
  })

  it('filters by stream, person, type, request and period', async () => {
    expect(await ids({ stream: 'ticket-b' })).toEqual(expected(({ stream }) => stream === 'ticket-b'))
    expect(await ids({ actorId: 'anne' })).toEqual(expected(({ event }) => event.by.id === 'anne'))
    expect(await ids({ type: ['TicketOpened', 'TicketResolved'] })).toEqual(
      expected(({ event }) => event.type === 'TicketOpened' || event.type === 'TicketResolved'),
    )
    expect(await ids({ correlationId: 'request-1' })).toEqual(expected((each) => each.correlationId === 'request-1'))
    const day = { from: instant('2026-03-27T10:00:00Z'), to: instant('2026-03-28T09:00:00.001Z') }
    expect(await ids({ at: day, actorId: 'anne' })).toEqual(
      expected(({ event }) => event.by.id === 'anne' && event.at >= day.from && event.at < day.to),
    )
  })

  it('pages from either end', async () => {
    const first = await history.models.audit.list({}, { limit: 2 })
    const second = await history.models.audit.list({}, { limit: 2, after: first.rows[1]?.keyset })
    const back = await history.models.audit.list({}, { limit: 2, backward: true, before: second.rows[0]?.keyset })
    expect(first).toMatchObject({ hasPrevious: false, hasNext: true })
    expect(second).toMatchObject({ hasPrevious: true, hasNext: true })
    expect(back).toEqual({ ...first, hasPrevious: false, hasNext: true })
  })
})
