import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Actor, ChatCommandInput, Instant } from '@guichet/domain'
import { configurationSchema, days, hours, later } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const start = '2026-03-27T09:00:00.000Z' as Instant
const at = (seconds: number) => later(start, seconds * 1_000)
const anne = { kind: 'agent', id: 'anne' } as const
const router = { kind: 'system', id: 'router' } as const
const reopened = hours(20) / 1_000

let history: ProjectedHistory

beforeAll(async () => {
  const desk = emptyDesk()
  const zoe = (id: string) => ({ kind: 'customer', id: `of-${id}` }) as const
  const does = async (id: string, by: Actor, command: ChatCommandInput, seconds: number) =>
    expect(await desk.execute('chat', id, command, { by, at: at(seconds) })).toMatchObject({ ok: true })
  const starts = (id: string, category: string) =>
    does(id, zoe(id), { type: 'start', customer: { id: `of-${id}` }, category }, 0)
  const takes = async (id: string, seconds: number) => {
    await does(id, router, { type: 'offer', round: 1, agent: { id: 'anne' }, agentVersion: 1 }, seconds)
    await does(id, anne, { type: 'accept' }, seconds)
  }
  await starts('comes back', 'reopened')
  await does('comes back', zoe('comes back'), { type: 'end' }, 5)
  await does('comes back', anne, { type: 'reopen' }, reopened)
  await takes('comes back', reopened + 4)
  await does('comes back', anne, { type: 'send', messageId: 'a', body: 'Bonjour' }, reopened + 10)

  await starts('bot', 'solved')
  const solution = { type: 'send', messageId: 'b', kind: 'automatic', body: 'Voilà', solution: 'x' } as const
  await does('bot', router, solution, 30)
  await starts('quick bot', 'solved')
  await does('quick bot', router, solution, 29)

  await starts('taken from a bot', 'solved')
  await takes('taken from a bot', 5)
  await does('taken from a bot', router, solution, 8)

  for (const id of ['left', 'other', 'solved', 'spam', 'continued']) {
    await starts(id, 'unanswered')
    await takes(id, 5)
  }
  await does('left', zoe('left'), { type: 'end' }, 20)
  await does('other', anne, { type: 'close', reason: 'other' }, 20)
  await does('solved', anne, { type: 'close', reason: 'solved' }, 20)
  await does('spam', anne, { type: 'close', reason: 'spam' }, 20)
  await does('continued', router, { type: 'close', continuedIn: 'another' }, 20)
  history = await projectHistory([await historyOf(desk)])
})

afterAll(() => history.drop())

const now = at(reopened + 60)
const figuresOf = async (category: string) =>
  (await history.models.chatFigures.figuresBy('category', {}, now)).find(({ value }) => value === category)?.figures

it('counts the wait and the first answer of a reopened chat from its reopening', async () => {
  expect(await figuresOf('reopened')).toMatchObject({
    wait: { count: 1, mean: 4_000 },
    firstAnswer: { count: 1, mean: 10_000, withinPromise: 1, late: 0 },
  })
  expect(await history.models.chatQueue.queue(now)).toMatchObject({ answered: 1, meanFirstAnswer: 10_000 })
})

it('counts in the pace of the desk how long agents had a reopened chat since then', async () => {
  const events = await historyOf(await twice())
  const again = await projectHistory([events])
  try {
    expect(await again.models.chatQueue.queue(at(hours(3) / 1_000))).toMatchObject({ handled: 1, meanHandling: 60_000 })
    expect(await again.models.chatFigures.figures({}, now)).toMatchObject({ duration: { count: 1, mean: 660_000 } })
  } finally {
    await again.drop()
  }
})

/** An agent has a chat for ten minutes, and two hours later for a minute; another one is reopened and left. */
async function twice() {
  const desk = emptyDesk()
  const does = async (id: string, by: Actor, command: ChatCommandInput, seconds: number) =>
    expect(await desk.execute('chat', id, command, { by, at: at(seconds) })).toMatchObject({ ok: true })
  const takes = async (id: string, round: number, seconds: number) => {
    await does(id, router, { type: 'offer', round, agent: { id: 'anne' }, agentVersion: 1 }, seconds)
    await does(id, anne, { type: 'accept' }, seconds)
  }
  for (const id of ['taken again', 'left again']) {
    const zoe = { kind: 'customer', id: `of-${id}` } as const
    await does(id, zoe, { type: 'start', customer: { id: zoe.id } }, 0)
    await takes(id, 1, 10)
    await does(id, anne, { type: 'close', reason: id === 'left again' ? 'spam' : 'solved' }, 610)
    await does(id, anne, { type: 'reopen' }, 7_800)
    if (id === 'taken again') await takes(id, 2, 7_810)
    await does(id, anne, { type: 'close', reason: id === 'left again' ? 'spam' : 'solved' }, 7_870)
  }
  return desk
}

it('counts a chat that was solved without a person after its answer was due as late, as its target is missed', async () => {
  expect(await figuresOf('solved')).toMatchObject({ firstAnswer: { count: 0, withinPromise: 0, late: 1 } })
  expect(await figuresOf('solved')).toMatchObject({ abandonment: { neverAnswered: 0, share: 0 } })
  const targets = await history.models.chatTargets.pagesOf(['bot', 'quick bot'], { limit: 9 }, now)
  const found = [...targets.values()].flatMap(({ rows }) => rows.map(({ row }) => row))
  expect(found).toMatchObject([{ state: 'BREACHED' }, { state: 'CANCELLED' }])
})

it('counts chats that an agent took and nobody answered, whoever closed them, and leaves out what was continued', async () => {
  expect(await figuresOf('unanswered')).toMatchObject({
    closed: 5,
    spam: 1,
    abandonment: { saidSo: 0, silentlyGone: 0, neverAnswered: 3, share: 1, met: false },
  })
})

it('holds the longest promise that a configuration may make', async () => {
  const desk = emptyDesk()
  const configuration = configurationSchema.parse({
    desk: { defaultLanguage: 'en' },
    chat: { times: { firstAnswerWithin: '3650d' } },
  })
  expect(await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: anne })).toMatchObject({
    ok: true,
  })
  const zoe = { id: 'zoe' }
  await desk.execute(
    'chat',
    'patient',
    { type: 'start', customer: zoe },
    { by: { kind: 'customer', ...zoe }, at: start },
  )
  const patient = await projectHistory([await historyOf(desk)])
  try {
    const figures = await patient.models.chatFigures.figures({}, later(start, days(3_649)))
    expect(figures).toMatchObject({ total: 1, firstAnswer: { late: 0 } })
    const afterwards = await patient.models.chatFigures.figures({}, later(start, days(3_650)))
    expect(afterwards).toMatchObject({ firstAnswer: { late: 1 } })
  } finally {
    await patient.drop()
  }
})
