import type { Desk, Instant } from '@guichet/domain'
import { configurationSchema, defaultTicketPolicy, hours, instant, later } from '@guichet/domain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const monday = instant('2026-03-02T09:00:00Z')
const after = (h: number): Instant => later(monday, hours(h))
const agent = (at: Instant) => ({ by: { kind: 'agent', id: 'agent-1' } as const, at })
const customer = (at: Instant) => ({ by: { kind: 'customer', id: 'c-1' } as const, at })

async function open(desk: Desk, id: string, at: Instant): Promise<void> {
  await desk.execute('ticket', id, { type: 'open', subject: id, body: 'x', customer: { id: 'c-1' } }, customer(at))
}

async function desk() {
  const desk = emptyDesk()
  await open(desk, 'quick', monday)
  await desk.execute('ticket', 'quick', { type: 'agentReply', body: 'y', then: 'resolved' }, agent(after(1)))

  await open(desk, 'slow', monday)
  await desk.execute('ticket', 'slow', { type: 'addNote', body: 'looking' }, agent(after(1)))
  const robot = { by: { kind: 'system', id: 'autoresponder' } as const, at: after(1) }
  await desk.execute('ticket', 'slow', { type: 'agentReply', body: 'we have your message' }, robot)
  await desk.execute('ticket', 'slow', { type: 'customerReply', body: 'and?' }, customer(after(2)))
  await desk.execute('ticket', 'slow', { type: 'agentReply', body: 'y' }, agent(after(3)))
  await desk.execute('ticket', 'slow', { type: 'customerReply', body: 'no' }, customer(after(4)))
  await desk.execute('ticket', 'slow', { type: 'customerReply', body: 'still no' }, customer(after(7)))
  await desk.execute('ticket', 'slow', { type: 'agentReply', body: 'z', then: 'resolved' }, agent(after(9)))
  await desk.execute('ticket', 'slow', { type: 'customerReply', body: 'broken again' }, customer(after(10)))
  await desk.execute('ticket', 'slow', { type: 'agentReply', body: 'w', then: 'resolved' }, agent(after(34)))

  await open(desk, 'reopened', monday)
  await desk.execute('ticket', 'reopened', { type: 'resolve' }, agent(after(2)))
  await desk.execute('ticket', 'reopened', { type: 'reopen' }, agent(after(3)))

  await open(desk, 'junk', monday)
  await desk.execute('ticket', 'junk', { type: 'markSpam' }, agent(after(1)))

  await open(desk, 'silent', after(48))

  await open(desk, 'good', after(24))
  await desk.execute('ticket', 'good', { type: 'agentReply', body: 'y', then: 'resolved' }, agent(after(25)))

  await open(desk, 'asking', after(60))
  await desk.execute('ticket', 'asking', { type: 'agentReply', body: 'y' }, agent(after(60)))
  await desk.execute('ticket', 'asking', { type: 'customerReply', body: 'and?' }, customer(after(61)))

  await open(desk, 'thanked', after(120))
  await desk.execute('ticket', 'thanked', { type: 'agentReply', body: 'y' }, agent(after(120)))
  await desk.execute('ticket', 'thanked', { type: 'customerReply', body: 'and?' }, customer(after(121)))
  await desk.execute('ticket', 'thanked', { type: 'resolve' }, agent(after(122)))
  await desk.execute('ticket', 'thanked', { type: 'customerReply', body: 'still' }, customer(after(130)))
  await desk.execute('ticket', 'thanked', { type: 'agentReply', body: 'z' }, agent(after(131)))
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([await historyOf(await desk())])
})
afterAll(() => history.drop())

const report = (from = monday, to = after(20), now = after(49)) =>
  history.models.responseTimes.report({ from, to }, defaultTicketPolicy, now)

describe('the report on response times', () => {
  it('measures first responses by replies of agents, not by automatic messages (R1)', async () => {
    expect((await report()).firstResponse).toEqual({
      count: 3,
      median: hours(2),
      p90: hours(2.8),
      withinTarget: 1,
      overdue: 0,
      unanswered: 0,
      share: 1 / 3,
      target: hours(2),
      calendar: null,
      targetShare: 1,
      met: false,
      waiting: 0,
      leftOut: 1,
    })
  })

  it('measures next responses from the first unanswered message', async () => {
    expect((await report()).nextResponse).toMatchObject({ count: 2, withinTarget: 0, share: 0, median: hours(14.5) })
    expect((await report(after(4), after(5))).nextResponse).toMatchObject({ count: 1, median: hours(5), met: false })
  })

  it('measures ends that are in effect, from the opening to the last one', async () => {
    expect((await report()).resolution).toMatchObject({
      count: 3,
      overdue: 1,
      withinTarget: 1,
      share: 1 / 3,
      median: hours(17.5),
      target: hours(24),
      targetShare: 0.8,
      met: false,
    })
  })

  it('counts a ticket as solved at first contact if it took one reply and was not reopened', async () => {
    expect((await report()).firstContact).toEqual({
      count: 3,
      resolvedAtFirstContact: 1,
      share: 1 / 3,
      targetShare: 0.9,
      met: false,
      waiting: 0,
      leftOut: 1,
    })
  })

  it.each([
    ['firstResponse', after(50)],
    ['resolution', after(72)],
  ] as const)('counts what is overdue for %s as missed from the target on (R2)', async (target, due) => {
    const at = async (now: Instant) => (await report(after(48), after(59), now))[target]
    expect(await at(later(due, -1))).toMatchObject({ count: 0, overdue: 0, waiting: 1, share: null, met: null })
    expect(await at(due)).toMatchObject({ count: 1, overdue: 1, waiting: 0, withinTarget: 0, share: 0, met: false })
  })

  it('counts an unanswered customer message as missed from the target on (R2)', async () => {
    const at = async (now: Instant) => (await report(after(60), after(62), now)).nextResponse
    expect(await at(later(after(65), -1))).toMatchObject({ count: 0, overdue: 0, waiting: 1 })
    expect(await at(after(65))).toMatchObject({ count: 1, overdue: 1, median: null, share: 0, met: false })
  })

  it('starts a new wait with the first message after a resolution, which has answered the one before it', async () => {
    expect((await report(after(120), after(125))).nextResponse).toMatchObject({ count: 1, median: hours(1) })
    expect((await report(after(129), after(132))).nextResponse).toMatchObject({ count: 1, median: hours(1) })
  })

  it('reports that a target was met', async () => {
    const { firstResponse, resolution, firstContact } = await report(after(24), after(25))
    expect([firstResponse.met, resolution.met, firstContact.met]).toEqual([true, true, true])
  })

  it('has no share when nothing counts', async () => {
    const { firstResponse, firstContact } = await report(after(48), after(59))
    expect(firstResponse).toMatchObject({ count: 0, median: null, p90: null, withinTarget: 0, share: null, met: null })
    expect(firstContact).toMatchObject({ count: 0, share: null, met: null })
  })

  it('includes the start of a period and excludes its end', async () => {
    expect((await report(monday, after(20))).firstResponse.count).toBe(3)
    expect((await report(after(-1), monday)).firstResponse.count).toBe(0)
  })
})

describe('a first response on the calendar of the objective', () => {
  const friday = instant('2026-03-06T16:30:00Z')
  const at = (h: number): Instant => later(friday, hours(h))
  const office = { timeZone: 'UTC', hours: { weekdays: ['09:00-17:00'] } }
  const configuration = (firstResponse?: string) =>
    configurationSchema.parse({
      calendars: { office },
      objectives: firstResponse === undefined ? {} : { calendars: { firstResponse } },
      sla: { policies: [{ name: 'all', resolution: '1d' }] },
    })
  const apply = (desk: Desk, firstResponse: string | undefined, from: Instant) =>
    desk.execute('configuration', 'desk', { type: 'apply', configuration: configuration(firstResponse) }, agent(from))

  it('is counted in business hours, for waiting tickets too, and by the calendar in force when it was given', async () => {
    const quiet = emptyDesk()
    await open(quiet, 'before', later(friday, -hours(30)))
    await quiet.execute('ticket', 'before', { type: 'agentReply', body: 'y' }, agent(later(friday, -hours(2))))
    await apply(quiet, 'office', later(friday, -hours(1)))
    for (const id of ['answered', 'waiting']) await open(quiet, id, friday)
    await quiet.execute('ticket', 'answered', { type: 'agentReply', body: 'y' }, agent(at(65)))
    await quiet.execute('ticket', 'before', { type: 'customerReply', body: 'and?' }, customer(at(65)))
    const projected = await projectHistory([await historyOf(quiet)])
    const policy = quiet.policy
    const firstOf = async (now: Instant, by = policy) =>
      (await projected.models.responseTimes.report({ from: friday, to: at(1) }, by, now)).firstResponse
    expect(await firstOf(later(at(66), -1))).toMatchObject({
      count: 1,
      waiting: 1,
      withinTarget: 1,
      median: hours(1),
      calendar: 'office',
      met: true,
    })
    expect(await firstOf(at(66))).toMatchObject({ count: 2, overdue: 1, waiting: 0, met: false })
    const all = await projected.models.responseTimes.report({}, policy, at(65.5))
    expect(all.firstResponse).toMatchObject({ count: 2, withinTarget: 1, median: hours(14.5) })
    await projected.drop()
  })
})
