import { describe, expect, it } from 'vitest'
import type { Actor, ChatCommandInput, Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { ChatFigures } from './figures-queries.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const at = (seconds: number) => later('2026-03-27T09:00:00.000Z' as Instant, seconds * 1_000)
const now = at(1_000)
const customer = { kind: 'customer', id: 'camille' } as const
const router = { kind: 'system', id: 'router' } as const
const clock = { kind: 'system', id: 'clock' } as const
const agent = (id: string) => ({ kind: 'agent', id }) as const
const [zoe, yan, lea] = [agent('zoe'), agent('yan'), agent('lea')]

type Step = readonly [by: Actor, command: ChatCommandInput, seconds: number]

const start: Step = [customer, { type: 'start', customer: { id: 'camille' }, channel: 'video' }, 0]
const takes = (by: typeof zoe, round: number, seconds: number): readonly Step[] => [
  [router, { type: 'offer', round, agent: { id: by.id }, agentVersion: 1 }, seconds],
  [by, { type: 'accept' }, seconds],
]
const says = (by: Actor, seconds: number): Step => [
  by,
  { type: 'send', messageId: `at-${seconds}`, body: 'Oui' },
  seconds,
]
const closes = (by: Actor, seconds: number): Step => [by, { type: 'close', reason: 'solved' }, seconds]
const rates = (rating: number, seconds: number): Step => [customer, { type: 'rate', rating }, seconds]
const reopens = (seconds: number): Step => [customer, { type: 'reopen' }, seconds]
const ends = (seconds: number): Step => [customer, { type: 'end' }, seconds]
const answeredByZoe = [...takes(zoe, 1, 10), says(zoe, 15)]
const solvedByZoe = [...answeredByZoe, closes(zoe, 70)]

/** What happens in the chats of each story after their start. */
const stories: Readonly<Record<string, readonly (readonly Step[])[]>> = {
  reopened: [[...solvedByZoe, rates(5, 80), reopens(100), ...takes(yan, 2, 130)]],
  'rated again': [[...solvedByZoe, rates(5, 80), reopens(100), ...takes(yan, 2, 130), closes(yan, 140), rates(5, 150)]],
  waiting: [[...solvedByZoe, rates(4, 80), reopens(100)]],
  transferred: [
    [
      ...takes(zoe, 1, 10),
      [zoe, { type: 'invite', agent: { id: 'lea' }, role: 'speaker' }, 11],
      [lea, { type: 'join', role: 'speaker' }, 12],
      says(lea, 20),
      [zoe, { type: 'transfer', to: { agent: { id: 'yan' } } }, 30],
      ...takes(yan, 2, 70),
      closes(yan, 100),
      rates(1, 110),
    ],
  ],
  called: [
    [
      ...takes(zoe, 1, 10),
      [customer, { type: 'requestCall', callId: 'c', kind: 'voice' }, 12],
      [zoe, { type: 'acceptCall', callId: 'c' }, 14],
      [customer, { type: 'startCall', callId: 'c' }, 16],
      [zoe, { type: 'endCall', callId: 'c' }, 20],
      [zoe, { type: 'requeue', reason: 'away' }, 25],
      ...takes(yan, 2, 30),
    ],
  ],
  silent: [
    [
      ...takes(zoe, 1, 10),
      [zoe, { type: 'requeue', reason: 'away' }, 20],
      ...takes(yan, 2, 30),
      [yan, { type: 'close', reason: 'other' }, 90],
    ],
  ],
  'came back': [
    [...solvedByZoe, reopens(100), ends(110)],
    [...answeredByZoe, [zoe, { type: 'requeue', reason: 'away' }, 20], ends(30)],
    [
      ...solvedByZoe,
      reopens(100),
      [router, { type: 'disconnect' }, 105],
      [clock, { type: 'fire', kind: 'chat_disconnection', cycle: 1, dueAt: at(225) }, 225],
    ],
  ],
  'never answered': [[ends(20)], [...takes(zoe, 1, 10), [zoe, { type: 'requeue', reason: 'away' }, 20], ends(30)]],
}

/** The figures of the chats of a story: of all, and of those of each agent or of nobody. */
async function figuresOf(story: string): Promise<Readonly<Record<string, ChatFigures>>> {
  const desk = emptyDesk()
  for (const [number, steps] of (stories[story] ?? []).entries()) {
    for (const [by, command, seconds] of [start, ...steps]) {
      const done = await desk.execute('chat', `${story} ${number}`, command, { by, at: at(seconds) })
      expect(done, `${command.type} at ${seconds}`).toMatchObject({ ok: true })
    }
  }
  const history = await projectHistory([await historyOf(desk)])
  try {
    const { chatFigures } = history.models
    const groups = await chatFigures.figuresBy('agent', {}, now)
    return {
      all: await chatFigures.figures({}, now),
      ...Object.fromEntries(groups.map(({ value, figures }) => [value ?? 'nobody', figures])),
    }
  } finally {
    await history.drop()
  }
}

const noAnswer = { count: 0, withinPromise: 0, late: 0 }

describe('a chat of several agents', () => {
  it('leaves the first answer, the rating and the time to the agent before its reopening', async () => {
    const { all, zoe, yan, ...others } = await figuresOf('reopened')
    expect(others).toEqual({})
    expect(zoe).toMatchObject({
      total: 1,
      active: 1,
      wait: { count: 1, mean: 10_000 },
      firstAnswer: { count: 1, mean: 15_000, withinPromise: 1, late: 0 },
      satisfaction: { ratings: 1, mean: 5 },
    })
    expect(yan).toMatchObject({
      total: 1,
      active: 1,
      wait: { count: 0 },
      firstAnswer: noAnswer,
      satisfaction: { ratings: 0, mean: null },
    })
    expect(all).toMatchObject({ total: 1, firstAnswer: { count: 1 }, satisfaction: { ratings: 1 } })
  })

  it('gives the rating of a later end to its agent, also the same one', async () => {
    const { all, zoe, yan } = await figuresOf('rated again')
    expect(zoe).toMatchObject({ satisfaction: { ratings: 0 }, duration: { count: 1, mean: 60_000 } })
    expect(yan).toMatchObject({ satisfaction: { ratings: 1, mean: 5 }, duration: { count: 1, mean: 10_000 } })
    expect(all).toMatchObject({
      satisfaction: { ratings: 1, mean: 5 },
      duration: { count: 1, mean: 70_000 },
    })
  })

  it('counts for its former agent and for nobody while it waits', async () => {
    const { zoe, nobody } = await figuresOf('waiting')
    expect(zoe).toMatchObject({
      total: 1,
      waiting: 1,
      firstAnswer: { count: 1 },
      satisfaction: { ratings: 1, mean: 4 },
    })
    expect(nobody).toMatchObject({ total: 1, waiting: 1, firstAnswer: noAnswer, satisfaction: { ratings: 0 } })
  })

  it('divides a transferred chat: who took it, a colleague who answered it, and who ended it', async () => {
    const { zoe, yan, lea } = await figuresOf('transferred')
    expect(zoe).toMatchObject({
      total: 1,
      wait: { count: 1 },
      firstAnswer: noAnswer,
      duration: { count: 1, mean: 60_000 },
      conversion: { share: null },
      abandonment: { share: null },
      satisfaction: { ratings: 0 },
    })
    expect(lea).toMatchObject({
      total: 1,
      wait: { count: 0 },
      firstAnswer: { count: 1, mean: 20_000 },
      duration: { count: 0 },
    })
    expect(yan).toMatchObject({
      total: 1,
      wait: { count: 0 },
      firstAnswer: noAnswer,
      duration: { count: 1, mean: 30_000 },
      conversion: { share: 0 },
      abandonment: { share: 0 },
      satisfaction: { ratings: 1, mean: 1 },
    })
  })

  it('credits an answer in a call to the agent of the call, whoever has connected it', async () => {
    const { zoe, yan } = await figuresOf('called')
    expect(zoe).toMatchObject({ firstAnswer: { count: 1, mean: 16_000, withinPromise: 1 } })
    expect(yan).toMatchObject({ total: 1, firstAnswer: noAnswer })
  })

  it('blames who had it at its end for an answer that never came', async () => {
    const { zoe, yan } = await figuresOf('silent')
    expect(zoe).toMatchObject({ firstAnswer: noAnswer, abandonment: { neverAnswered: 0, share: null } })
    expect(yan).toMatchObject({ firstAnswer: { late: 1 }, abandonment: { neverAnswered: 1, share: 1 } })
  })
})

describe('abandonment', () => {
  it('is none once a person has answered, however the chat ended afterwards', async () => {
    expect((await figuresOf('came back'))['all']).toMatchObject({
      closed: 3,
      abandonment: { saidSo: 0, silentlyGone: 0, neverAnswered: 0, share: 0, met: true },
    })
  })

  it('is an end in the queue before any answer, even if an agent had taken the chat', async () => {
    expect((await figuresOf('never answered'))['all']).toMatchObject({
      closed: 2,
      abandonment: { saidSo: 2, neverAnswered: 0, share: 1 },
    })
  })
})
