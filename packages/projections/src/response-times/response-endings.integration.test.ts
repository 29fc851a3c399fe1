import type { Actor, Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { defaultTicketPolicy, hours, instant, later } from '@guichet/domain'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

type Act = readonly [hoursAfterOpening: number, Actor, TicketCommandInput]

const agent = { kind: 'agent', id: 'agent-1' } as const
const customer = { kind: 'customer', id: 'c-1' } as const
const robot = { kind: 'system', id: 'autoresponder' } as const
const replied = (h: number): Act => [h, agent, { type: 'agentReply', body: 'y' }]
const asked = (h: number): Act => [h, customer, { type: 'customerReply', body: `and at ${h}?` }]
const resolved = (h: number): Act => [h, agent, { type: 'resolve' }]
const closed = (h: number, reason?: 'solved' | 'no_reply' | 'other' | 'invalid' | 'duplicate'): Act => [
  h,
  agent,
  { type: 'close', ...(reason && { reason }) },
]

/** One ticket each, opened a year apart, so that a report on its day contains nothing else. */
const lives = {
  'resolved late, without a word': [replied(0), asked(10), resolved(16)],
  'never answered, resolved': [resolved(10)],
  'never answered, closed as solved': [closed(10, 'solved')],
  'never answered, closed at once': [closed(0.1)],
  'never answered, waited for, closed': [[1, agent, { type: 'waitForCustomer' }], closed(168, 'no_reply')],
  'answered by a robot, closed': [[0.1, robot, { type: 'agentReply', body: 'z' }], closed(1)],
  'asked again, closed at once': [replied(0), asked(10), closed(10.1, 'other')],
  'resolved in time, without a word': [replied(0), asked(10), resolved(11)],
  'closed as solved after five days': [replied(0), closed(120, 'solved')],
  'closed without an answer by the customer': [
    replied(1),
    [1, agent, { type: 'waitForCustomer' }],
    closed(169, 'no_reply'),
  ],
  'closed after a reply': [replied(1), closed(2)],
  'resolved, then closed': [replied(1), resolved(2), closed(30, 'duplicate')],
  'closed while it was overdue, reopened': [closed(10), [11, agent, { type: 'reopen' }]],
  'closed while it was overdue, asked again': [closed(10), asked(11), replied(12)],
  'resolved too late, reopened': [replied(1), resolved(30), asked(31)],
  spam: [[10, agent, { type: 'markSpam' }]],
  invalid: [closed(10, 'invalid')],
  duplicate: [closed(10, 'duplicate')],
  'answered late, then spam': [replied(10), [11, agent, { type: 'markSpam' }]],
  'taken for spam': [[1, agent, { type: 'markSpam' }], asked(2)],
  'answered twice': [replied(1), asked(2), replied(3)],
  'asked once more': [replied(1), resolved(2), asked(3)],
} satisfies Record<string, readonly Act[]>
type Life = keyof typeof lives

const openings = Object.fromEntries(
  Object.keys(lives).map((life, n) => [life, instant(`${1990 + n}-03-02T09:00:00Z`)]),
) as Record<Life, Instant>

async function live(desk: Desk, life: Life): Promise<void> {
  const id = life.replaceAll(',', ':')
  const at = (h: number): Instant => later(openings[life], hours(h))
  await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'x', customer }, { by: customer, at: at(0) })
  for (const [h, by, command] of lives[life] as readonly Act[]) {
    const outcome = await desk.execute('ticket', id, command, { by, at: at(h) })
    if (!outcome.ok) throw new Error(`${life}: ${outcome.refusal.message}`)
  }
}

let history: ProjectedHistory
beforeAll(async () => {
  const desk = emptyDesk()
  for (const life of Object.keys(lives)) await live(desk, life as Life)
  history = await projectHistory([await historyOf(desk)])
})
afterAll(() => history.drop())

/** The report on the day of a ticket's opening, read this many hours later. */
const reportOn = (life: Life, h = 500) => {
  const range = { from: openings[life], to: later(openings[life], hours(24)) }
  return history.models.responseTimes.report(range, defaultTicketPolicy, later(openings[life], hours(h)))
}

const missed = { count: 1, withinTarget: 0, share: 0, met: false, waiting: 0, leftOut: 0 }
const kept = { count: 1, withinTarget: 1, overdue: 0, unanswered: 0, share: 1, met: true, waiting: 0, leftOut: 0 }
const leftOut = { count: 0, share: null, met: null, waiting: 0, leftOut: 1 }

describe('a target that was missed', () => {
  it('stays missed when the ticket is resolved without a reply (R1)', async () => {
    const { nextResponse } = await reportOn('resolved late, without a word')
    expect(nextResponse).toMatchObject({ ...missed, overdue: 0, unanswered: 0, median: hours(6) })
  })

  it.each(['never answered, resolved', 'never answered, closed as solved'] as const)(
    'stays missed for a first response that never came: %s (R1)',
    async (life) => {
      const { firstResponse } = await reportOn(life)
      expect(firstResponse).toMatchObject({ ...missed, overdue: 0, unanswered: 0, median: hours(10) })
    },
  )

  it('stays missed for the resolution when the ticket is closed (R4)', async () => {
    const { resolution } = await reportOn('closed as solved after five days')
    expect(resolution).toMatchObject({ ...missed, overdue: 0, median: hours(120) })
  })

  it('stays missed when the ticket is reopened (R6)', async () => {
    const manually = await reportOn('closed while it was overdue, reopened')
    expect(manually.firstResponse).toMatchObject({ ...missed, unanswered: 1 })
    expect(manually.resolution).toMatchObject({ ...missed, overdue: 1, unanswered: 0 })
    const byCustomer = await reportOn('closed while it was overdue, asked again')
    expect(byCustomer.firstResponse).toMatchObject({ ...missed, unanswered: 1 })
    expect(byCustomer.nextResponse).toMatchObject({ ...kept, median: hours(1) })
    expect((await reportOn('resolved too late, reopened')).resolution).toMatchObject({ ...missed, overdue: 1 })
  })

  it('stays missed when the ticket turns out to be spam after the answer (R5)', async () => {
    const { firstResponse, resolution } = await reportOn('answered late, then spam')
    expect(firstResponse).toMatchObject({ ...missed, median: hours(10) })
    expect(resolution).toMatchObject(leftOut)
  })
})

describe('an end', () => {
  it('that solves the ticket answers the waiting customer (R1)', async () => {
    expect((await reportOn('resolved in time, without a word')).nextResponse).toMatchObject({
      ...kept,
      median: hours(1),
    })
  })

  it.each([
    'never answered, closed at once',
    'never answered, waited for, closed',
    'answered by a robot, closed',
  ] as const)('that is no answer misses the targets of the ticket, however early it comes: %s (R3)', async (life) => {
    const { firstResponse, resolution, firstContact } = await reportOn(life)
    expect(firstResponse).toMatchObject({ ...missed, overdue: 0, unanswered: 1, median: null })
    expect(resolution).toMatchObject({ ...missed, overdue: 0, unanswered: 1, median: null })
    expect(firstContact).toMatchObject({ count: 1, resolvedAtFirstContact: 0 })
  })

  it('that is no answer misses the target of a later message (R3)', async () => {
    const { firstResponse, nextResponse, resolution } = await reportOn('asked again, closed at once')
    expect(firstResponse).toMatchObject(kept)
    expect(nextResponse).toMatchObject({ ...missed, overdue: 0, unanswered: 1, median: null })
    expect(resolution).toMatchObject({ ...missed, unanswered: 1 })
  })

  it('measures the resolution when the customer does not wait, whatever the reason (R4)', async () => {
    expect((await reportOn('closed after a reply')).resolution).toMatchObject({ ...kept, median: hours(2) })
    const { resolution } = await reportOn('closed without an answer by the customer')
    expect(resolution).toMatchObject({ ...missed, unanswered: 0, median: hours(169) })
  })

  it('is the resolution, not the closing after it (R4)', async () => {
    expect((await reportOn('resolved, then closed')).resolution).toMatchObject({ ...kept, median: hours(2) })
  })

  it.each(['spam', 'invalid', 'duplicate'] as const)('as %s leaves out what was not fulfilled (R5)', async (life) => {
    const { firstResponse, resolution, firstContact } = await reportOn(life)
    for (const target of [firstResponse, resolution, firstContact]) expect(target).toMatchObject(leftOut)
  })

  it('as spam by mistake does not spare the desk: the customer has waited since the opening (R5)', async () => {
    expect((await reportOn('taken for spam')).firstResponse).toMatchObject({ ...missed, overdue: 1 })
    expect((await reportOn('taken for spam')).nextResponse).toMatchObject({ count: 0, waiting: 0 })
  })
})

describe('solved at first contact (R7)', () => {
  it.each([
    ['never answered, resolved', 1, 1],
    ['resolved, then closed', 1, 1],
    ['closed after a reply', 1, 0],
    ['closed without an answer by the customer', 1, 0],
    ['never answered, closed at once', 1, 0],
    ['answered twice', 1, 0],
    ['asked once more', 1, 0],
  ] as const)('%s: %i counts, %i was', async (life, count, resolvedAtFirstContact) => {
    expect((await reportOn(life)).firstContact).toMatchObject({ count, resolvedAtFirstContact, waiting: 0, leftOut: 0 })
  })
})
