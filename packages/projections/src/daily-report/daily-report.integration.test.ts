import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TicketState } from '@guichet/domain'
import { configurationSchema, evolveTicket, instant, ticketStatuses } from '@guichet/domain'
import { daysIn } from '../days.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOut, emptyDesk, historyOf, randomActs } from '../testing/random-history.ts'

const by = { kind: 'agent', id: 'agent-1' } as const
const paris = 'Europe/Paris'

async function desk() {
  const desk = emptyDesk()
  const on = (text: string) => ({ by, at: instant(text) })
  const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
  // 22:30 UTC on the 28th is 23:30 in Paris; on the 29th, when summer time has begun, it is 00:30 of the 30th.
  await desk.execute('ticket', 'a', open, on('2026-03-28T22:30:00Z'))
  await desk.execute('ticket', 'b', open, on('2026-03-29T22:30:00Z'))
  await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z', then: 'resolved' }, on('2026-03-29T23:30:00Z'))
  await desk.execute('ticket', 'b', { type: 'markSpam' }, on('2026-03-31T10:00:00Z'))
  await desk.execute('ticket', 'past', open, on('2026-03-27T10:00:00Z'))
  await desk.execute('ticket', 'past', { type: 'close' }, on('2026-03-29T10:00:00Z'))
  await desk.execute('ticket', 'closed unanswered', open, on('2026-05-04T08:00:00Z'))
  await desk.execute('ticket', 'closed unanswered', { type: 'close' }, on('2026-05-04T08:10:00Z'))
  await desk.execute('ticket', 'closed unanswered', { type: 'reopen' }, on('2026-05-04T08:20:00Z'))
  await desk.execute('ticket', 'closed unanswered', { type: 'agentReply', body: 'z' }, on('2026-05-04T08:30:00Z'))
  await desk.execute('ticket', 'resolved', open, on('2026-05-04T08:00:00Z'))
  await desk.execute('ticket', 'resolved', { type: 'resolve' }, on('2026-05-04T10:00:00Z'))
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory((await historyOf(await desk())).map((event) => [event]))
})
afterAll(() => history.drop())

describe('the daily report', () => {
  it('counts events on the days of the desk’s time zone', async () => {
    const days = await history.models.dailyReport.days('2026-03-28', '2026-03-31', paris)
    const counted = days.map(({ day, opened, agentReplies, resolved, closed, spam }) => [
      day,
      { opened, agentReplies, resolved, closed, spam },
    ])
    expect(Object.fromEntries(counted)).toEqual({
      '2026-03-28': { opened: 1, agentReplies: 0, resolved: 0, closed: 0, spam: 0 },
      '2026-03-29': { opened: 0, agentReplies: 0, resolved: 0, closed: 1, spam: 0 },
      '2026-03-30': { opened: 1, agentReplies: 1, resolved: 1, closed: 0, spam: 0 },
      '2026-03-31': { opened: 0, agentReplies: 0, resolved: 0, closed: 1, spam: 1 },
    })
  })

  it('splits the same history into the days of any requested time zone', async () => {
    const opened = async (timeZone: string) => {
      const days = await history.models.dailyReport.days('2026-03-27', '2026-03-30', timeZone)
      return days.map((day) => [day.opened, day.atEndOfDay.total, day.medianFirstResponse])
    }
    expect(await opened(paris)).toEqual([
      [1, 1, null],
      [1, 2, null],
      [0, 2, null],
      [1, 3, 25 * 3_600_000],
    ])
    expect(await opened('America/Montreal')).toEqual([
      [1, 1, null],
      [1, 2, null],
      [1, 3, 25 * 3_600_000],
      [0, 3, null],
    ])
    expect(await opened('Asia/Kathmandu')).toEqual([
      [1, 1, null],
      [0, 1, null],
      [1, 2, null],
      [1, 3, 25 * 3_600_000],
    ])
  })

  it('reports the state at the end of each day, also when history comes in late', async () => {
    const days = await history.models.dailyReport.days('2026-03-27', '2026-04-01', paris)
    expect(
      days.map(({ atEndOfDay }) => [atEndOfDay.new, atEndOfDay.resolved, atEndOfDay.closed, atEndOfDay.total]),
    ).toEqual([
      [1, 0, 0, 1],
      [2, 0, 0, 2],
      [1, 0, 1, 2],
      [1, 1, 1, 3],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ])
  })

  it('gives the median time to first response of the tickets first answered that day', async () => {
    const [before, day] = await history.models.dailyReport.days('2026-03-29', '2026-03-30', paris)
    expect(before?.medianFirstResponse).toBeNull()
    expect(day?.medianFirstResponse).toBe(25 * 3_600_000)
  })

  it('counts a resolution as an answer, and a closing only if its reason says solved', async () => {
    const [day] = await history.models.dailyReport.days('2026-05-04', '2026-05-04', paris)
    expect(day?.medianFirstResponse).toBe(2 * 3_600_000)
  })

  it('counts a first response on the calendar of the objective in force when it was given', async () => {
    const desk = emptyDesk()
    const configuration = configurationSchema.parse({
      calendars: { office: { timeZone: 'UTC', hours: { weekdays: ['09:00-17:00'] } } },
      objectives: { calendars: { firstResponse: 'office' } },
    })
    const on = (text: string) => ({ by, at: instant(text) })
    const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
    await desk.execute('ticket', 'before', open, on('2026-03-26T16:00:00Z'))
    await desk.execute('ticket', 'before', { type: 'agentReply', body: 'z' }, on('2026-03-27T10:00:00Z'))
    await desk.execute('configuration', 'desk', { type: 'apply', configuration }, on('2026-03-27T11:00:00Z'))
    await desk.execute('ticket', 'after', open, on('2026-03-27T16:00:00Z'))
    await desk.execute('ticket', 'after', { type: 'agentReply', body: 'z' }, on('2026-03-30T10:00:00Z'))
    const projected = await projectHistory([await historyOf(desk)])
    try {
      const days = await projected.models.dailyReport.days('2026-03-27', '2026-03-30', 'UTC')
      const answered = days.filter(({ medianFirstResponse }) => medianFirstResponse !== null)
      expect(answered.map(({ day, medianFirstResponse: median }) => [day, Number(median) / 3_600_000])).toEqual([
        ['2026-03-27', 18],
        ['2026-03-30', 2],
      ])
    } finally {
      await projected.drop()
    }
  })

  it('ends every day with the actual tickets by status, for any history', async () => {
    const zones = fc.constantFrom(paris, 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Auckland')
    await fc.assert(
      fc.asyncProperty(randomActs, zones, async (acts, zone) => {
        const dayOf = daysIn(zone)
        const events = await carryOut(acts)
        const projected = await projectHistory([events])
        try {
          for (const { day, atEndOfDay } of await projected.models.dailyReport.days('2026-03-27', '2026-04-10', zone)) {
            const states = new Map<string, TicketState>()
            for (const { id, envelope } of ticketEventsIn(events)) {
              if (dayOf(envelope.event.at) > day) continue
              states.set(id, evolveTicket(states.get(id) ?? { status: 'absent' }, envelope.event))
            }
            const now = [...states.values()]
            const counted = ticketStatuses.map((each) => [each, now.filter(({ status }) => status === each).length])
            expect(atEndOfDay).toEqual({ ...Object.fromEntries(counted), total: now.length })
          }
        } finally {
          await projected.drop()
        }
      }),
      { numRuns: 5 },
    )
  })

  it.each([
    ['2026-02-30', '2026-03-01', paris],
    ['yesterday', '2026-03-01', paris],
    ['2024-01-01', '2026-03-01', paris],
    ['2026-02-01', '2026-03-01', 'Mars/Olympus'],
  ])('refuses the period from %s to %s of %s', async (first, last, zone) => {
    await expect(history.models.dailyReport.days(first, last, zone)).rejects.toThrow(RangeError)
  })
})
