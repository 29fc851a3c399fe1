import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor, ChatCommandInput, Instant } from '@guichet/domain'
import { instant, later } from '@guichet/domain'
import { answersOf } from '../testing/counted-figures.ts'
import type { Page } from '../reading/reader.ts'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { carryOutChats, randomChatActs } from '../testing/random-chats.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const start = '2026-03-27T09:00:00.000Z' as Instant
const at = (seconds: number) => later(start, seconds * 1_000)
const anne = { kind: 'agent', id: 'anne', name: 'Anne' } as const
const lea = { kind: 'agent', id: 'lea', name: 'Léa' } as const
const router = { kind: 'system', id: 'router' } as const
const clock = { kind: 'system', id: 'clock' } as const
const zoe = (id: string) => ({ kind: 'customer', id: `of-${id}` }) as const
const says = (messageId: string) => ({ type: 'send', messageId, body: 'Bonjour' }) as const

let history: ProjectedHistory

beforeAll(async () => {
  const desk = emptyDesk()
  const does = async (id: string, by: Actor, command: ChatCommandInput, seconds: number) =>
    expect(await desk.execute('chat', id, command, { by, at: at(seconds) })).toMatchObject({ ok: true })
  const starts = (id: string, seconds: number, more: object = {}) =>
    does(id, zoe(id), { type: 'start', customer: { id: `of-${id}` }, ...more }, seconds)
  const takes = async (id: string, seconds: number, by: typeof anne | typeof lea = anne, round = 1) => {
    await does(id, router, { type: 'offer', round, agent: { id: by.id }, agentVersion: 1 }, seconds)
    await does(id, by, { type: 'accept' }, seconds)
  }
  const overdue = (id: string, dueAt: Instant, cycle: number) =>
    desk.execute('chat', id, { type: 'fire', kind: 'chat_answer', cycle, dueAt }, { by: clock, at: dueAt })
  await starts('prompt', 0)
  await takes('prompt', 10)
  await does('prompt', anne, says('a'), 20)
  await does('prompt', zoe('prompt'), says('b'), 60)
  await does('prompt', anne, says('c'), 200)
  await starts('waits', 0, { channel: 'mobile' })
  await overdue('waits', at(30), 1)
  await starts('to the second', 0)
  await takes('to the second', 1)
  await does('to the second', anne, says('d'), 30)
  await starts('left', 0)
  await does('left', zoe('left'), { type: 'end' }, 10)
  await starts('spam', 0)
  await does('spam', anne, { type: 'close', reason: 'spam' }, 600)
  await starts('calls', 0, { channel: 'video' })
  await takes('calls', 1)
  await does('calls', anne, { type: 'requestCall', callId: 'v', kind: 'video' }, 4)
  await does('calls', zoe('calls'), { type: 'acceptCall', callId: 'v' }, 5)
  await does('calls', anne, { type: 'startCall', callId: 'v' }, 14)
  await does('calls', zoe('calls'), says('e'), 100)
  await does('calls', anne, { type: 'endCall', callId: 'v' }, 314)
  await starts('connects', 0, { channel: 'video' })
  await takes('connects', 1)
  await does('connects', anne, { type: 'requestCall', callId: 'w', kind: 'video' }, 4)
  await does('connects', zoe('connects'), { type: 'acceptCall', callId: 'w' }, 5)
  await starts('connects late', 0, { channel: 'video', category: 'slow' })
  await takes('connects late', 1)
  await does('connects late', anne, { type: 'requestCall', callId: 'x', kind: 'screen' }, 4)
  await does('connects late', zoe('connects late'), { type: 'acceptCall', callId: 'x' }, 25)
  await does('connects late', anne, { type: 'startCall', callId: 'x' }, 31)
  await starts('handed over', 0)
  await takes('handed over', 10)
  await does('handed over', anne, { type: 'requeue', reason: 'away' }, 40)
  await takes('handed over', 42, lea, 2)
  await does('handed over', lea, says('f'), 50)
  await starts('of a colleague', 0)
  await takes('of a colleague', 1)
  await does('of a colleague', anne, { type: 'invite', agent: { id: 'lea' }, role: 'speaker' }, 2)
  await does('of a colleague', lea, { type: 'join', role: 'speaker' }, 3)
  await does('of a colleague', lea, says('g'), 10)
  await starts('taken late', 0)
  await takes('taken late', 40)
  await does('taken late', anne, says('h'), 45)
  history = await projectHistory([await historyOf(desk)])
})

afterAll(() => history.drop())

const listed = async (filter: object) =>
  (await history.models.chatTargets.list(filter, { limit: 10 }, at(900))).rows.map(({ row }) => row.chatId)

const pageOf = async (id: string, page: Page, now = at(900)) =>
  (await history.models.chatTargets.pagesOf([id, 'unknown'], page, now)).get(id)
const targetsOf = async (id: string, now = at(900)) =>
  (await pageOf(id, { limit: 100 }, now))?.rows.map(({ row }) => row)

describe('the targets of a chat', () => {
  it('are its first answer and each later one, met before they are due', async () => {
    expect(await targetsOf('prompt')).toMatchObject([
      { target: 'first_answer', cycle: 1, state: 'ACHIEVED', open: false, dueAt: at(30), metAt: at(20) },
      { target: 'next_answer', cycle: 3, state: 'BREACHED', since: at(60), dueAt: at(180), answeredAt: at(200) },
    ])
    expect(await targetsOf('to the second')).toMatchObject([{ state: 'BREACHED', answeredAt: at(30) }])
  })

  it('are paged in both directions', async () => {
    const all = await targetsOf('prompt')
    const pages = {
      first: await pageOf('prompt', { limit: 1 }),
      last: await pageOf('prompt', { limit: 1, backward: true }),
    }
    expect(pages).toMatchObject({
      first: { hasPrevious: false, hasNext: true },
      last: { hasPrevious: true, hasNext: false },
    })
    expect([pages.first, pages.last].map((page) => page?.rows[0]?.row)).toEqual(all)
    const [first, last] = [pages.first?.rows[0]?.keyset, pages.last?.rows[0]?.keyset]
    expect(await pageOf('prompt', { limit: 9, after: first })).toEqual({ ...pages.last, hasPrevious: true })
    expect(await pageOf('prompt', { limit: 9, backward: true, before: last })).toEqual({
      ...pages.first,
      hasNext: true,
    })
    await expect(pageOf('prompt', { limit: 9, after: { value: 'x', id: '' } })).rejects.toThrow(RangeError)
  })

  it('are open until somebody answers, with the priority that the escalation gave', async () => {
    expect(await targetsOf('waits')).toMatchObject([
      { state: 'BREACHED', open: true, priority: 'high', policy: 'default', channel: 'mobile', breachedAt: at(30) },
    ])
    expect(await targetsOf('waits', at(29))).toMatchObject([{ open: true }])
  })

  it('are met by a call from when it is connected, and so is what the customer writes while they talk', async () => {
    expect(await targetsOf('calls')).toMatchObject([{ target: 'first_answer', state: 'ACHIEVED', metAt: at(14) }])
    expect(await targetsOf('calls')).toHaveLength(1)
  })

  it('are not late while a call is being connected', async () => {
    expect(await targetsOf('connects')).toMatchObject([{ state: 'PENDING', open: true, dueAt: at(30) }])
    expect(await listed({ state: ['PENDING'] })).toEqual(['connects'])
  })

  it('are met by a call that was accepted before they were due, however long it takes to connect', async () => {
    expect(await targetsOf('connects late')).toMatchObject([{ state: 'ACHIEVED', dueAt: at(30), metAt: at(31) }])
    const figures = await history.models.chatFigures.figuresBy('category', {}, at(900))
    expect(figures.find(({ value }) => value === 'slow')).toMatchObject({
      figures: { firstAnswer: { mean: 31_000, withinPromise: 1, late: 0 } },
    })
  })

  it('are cancelled when the chat ends before they are due, or is spam', async () => {
    expect(await targetsOf('left')).toMatchObject([{ state: 'CANCELLED', cancelledAt: at(10) }])
    expect(await targetsOf('spam')).toMatchObject([{ state: 'CANCELLED' }])
  })
})

describe('the report of targets', () => {
  const report = async (by: 'channel' | 'target' | 'agent', filter = {}, period = {}) =>
    history.models.chatTargets.dashboard({ by, filter, period }, at(900))

  it('counts kept and missed answers, by channel', async () => {
    const { total, groups } = await report('channel')
    expect(total).toMatchObject({ met: 4, missed: 5, cancelled: 2, breached: 1, onTime: 1, share: 4 / 9 })
    expect(groups).toMatchObject([
      { key: 'mobile', figures: { missed: 1 } },
      { key: 'video', figures: { met: 2, missed: 0, onTime: 1 } },
      { key: 'web', figures: { met: 2, missed: 4 } },
    ])
  })

  it('counts a kept answer for the agent who gave it, and a missed one for whoever had the chat when it fell due', async () => {
    const { groups } = await report('agent')
    expect(groups).toMatchObject([
      { key: 'anne', figures: { met: 3, missed: 3, cancelled: 0, onTime: 1 } },
      { key: 'lea', figures: { met: 1, missed: 0, cancelled: 0 } },
      { key: null, figures: { met: 0, missed: 2, cancelled: 2, breached: 1 } },
    ])
    expect(await listed({ agentId: ['lea'] })).toEqual(['of a colleague'])
    expect(await listed({ agentId: [null], state: ['BREACHED'] })).toEqual(['taken late', 'waits'])
  })

  it('counts what was due in a period, and what meets a filter', async () => {
    const { total } = await report('target', { target: ['next_answer'] })
    expect(total).toMatchObject({ met: 0, missed: 1 })
    const { total: later } = await report('target', {}, { from: at(100), to: at(190) })
    expect(later).toMatchObject({ met: 0, missed: 1, cancelled: 0 })
  })
})

it('lists the targets by when they are due', async () => {
  expect(await listed({ open: true })).toEqual(['connects', 'waits'])
  expect(await listed({ state: ['BREACHED'], target: ['first_answer'] })).toEqual([
    'handed over',
    'taken late',
    'to the second',
    'waits',
  ])
})

it('reports what an independent count of the events gives', async () => {
  await fc.assert(
    fc.asyncProperty(randomChatActs, fc.nat(200_000), async (acts, ms) => {
      const events = await carryOutChats(acts)
      const last = events.reduce((latest, { event }) => (event.at > latest ? event.at : latest), start)
      const now = later(instant(last), ms)
      const random = await projectHistory([events])
      try {
        const { total } = await random.models.chatTargets.dashboard({ by: 'target', filter: {}, period: {} }, now)
        expect(total).toMatchObject(answersOf(events, now))
      } finally {
        await random.drop()
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
})
