import { beforeEach, describe, expect, it } from 'vitest'
import type { Desk, Instant } from '@guichet/domain'
import { configurationSchema } from '@guichet/domain'
import { replayTicket } from './replay.ts'
import type { ReplayedTicket } from './testing/replayed-ticket.ts'
import { ann, at, opening, quietDesk, system, continueWith } from './testing/replayed-ticket.ts'

let desk: Desk
const send = (...step: ReplayedTicket) => continueWith(desk, ...step)

beforeEach(() => void (desk = quietDesk()))

describe('why the desk was alerted', () => {
  const apply = async (appliedAt: string, thresholds: object) => {
    const given = configurationSchema.parse({ teams: [{ name: 'supervisors' }], thresholds })
    const command = { type: 'apply', configuration: given, effectiveFrom: at(appliedAt) } as const
    expect(await desk.execute('configuration', 'desk', command, { by: ann, at: at(appliedAt) })).toMatchObject({
      ok: true,
    })
  }
  const overdue = async (cycle: number, dueAt: string, time: string) => {
    await send(time, system, { type: 'fire', kind: 'update', cycle, dueAt: at(dueAt) })
    return (await replayTicket(desk, 'T'))?.entries.findLast(({ type }) => type === 'UpdateOverdue')?.why
  }

  it('is explained by the threshold, its version, and its start for the assignee', async () => {
    await apply('08:00', { urgentUpdateEvery: '90m' })
    await send('09:00', system, { ...opening, priority: 'urgent' })
    expect(await overdue(0, '10:30', '10:31')).toBe(
      `was due at ${at('10:30')}, by the desk's threshold of 1h30m, configuration-1, counted since ${at('09:00')}`,
    )
    await send('11:00', ann, { type: 'assign', assignee: { id: 'ben' } })
    expect(await overdue(1, '12:30', '12:31')).toBe(
      `was due at ${at('12:30')}, by the desk's threshold of 1h30m, configuration-1, counted since ${at('11:00')} for the present agent, since ${at('09:00')} for the customer`,
    )
    await send('13:00', ann, { type: 'agentReply', body: 'Soon' })
    await apply('14:00', { urgentUpdateEvery: '30m' })
    expect(await overdue(2, '14:00', '14:01')).toBe(
      `was due at ${at('14:00')}, by the desk's threshold of 30m, configuration-2, counted since ${at('13:00')}, but not before configuration-2 came into force at ${at('14:00')}`,
    )
  })

  it('is explained for an unassigned ticket, too', async () => {
    await send('09:00', system, opening)
    await send('09:05', ann, { type: 'start' })
    const next = { type: 'fire', kind: 'stagnation', cycle: 1, dueAt: '2026-03-03T09:05:00.000Z' as Instant } as const
    const later = '2026-03-03T09:06:00.000Z' as Instant
    expect(await desk.execute('ticket', 'T', next, { by: system, at: later })).toMatchObject({ ok: true })
    expect((await replayTicket(desk, 'T'))?.entries.at(-1)).toMatchObject({
      type: 'StagnationDetected',
      why: `was due at ${next.dueAt}, by the desk's threshold of 1d, guichet-default-1, counted since ${at('09:05')}`,
    })
  })
})
