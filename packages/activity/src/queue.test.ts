import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Activity, ActivityProblem, ActivityToken } from './activity.ts'
import { newActivity } from './activity.ts'
import { createQueue, retryDelay } from './queue.ts'

type Answer = { readonly status: number; readonly body?: object; readonly retryAfter?: string }
type Init = { readonly headers: Readonly<Record<string, string>>; readonly body: string }
type Received = { readonly bearer: string | undefined; readonly bytes: number; readonly ids: readonly string[] }

/** What the desk answers next, or that it is away. The last answer is given for ever. */
let answers: (Answer | 'away')[]
/** With more activities in a request the desk answers 413. */
let mostTaken: number
let received: Received[]
let problems: ActivityProblem[]
let isAllowed: boolean
let isHeld: boolean

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  vi.spyOn(Math, 'random').mockReturnValue(1)
  answers = [{ status: 202 }]
  mostTaken = 100
  received = []
  problems = []
  isAllowed = true
  isHeld = false
  vi.stubGlobal('fetch', async (_url: string, { headers, body }: Init) => {
    const { activities } = JSON.parse(body) as { readonly activities: readonly Activity[] }
    const ids = activities.map(({ id }) => id)
    received.push({ bearer: headers['authorization'], bytes: Buffer.byteLength(body), ids })
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'away'
    if (answer === 'away') throw new TypeError('Failed to fetch')
    const { status, body: stored = { stored: ids.length, refused: [] }, retryAfter } = answer
    return {
      ok: ids.length <= mostTaken && status < 300,
      status: ids.length <= mostTaken ? status : 413,
      headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      json: async () => stored,
    }
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const start = (token: ActivityToken = 'a.b.c', delay?: Parameters<typeof createQueue>[3]) =>
  createQueue(
    { server: 'https://desk.example', token, onProblem: (problem) => problems.push(problem) },
    () => isAllowed,
    () => isHeld,
    delay,
  )

const make = (count: number, detail: object = {}): readonly Activity[] =>
  Array.from({ length: count }, () => newActivity('page_view', detail, {}))

const idsOf = (activities: readonly Activity[]): readonly string[] => activities.map(({ id }) => id)

const sizes = (): readonly number[] => received.map(({ ids }) => ids.length)

const bearers = (): readonly unknown[] => received.map(({ bearer }) => bearer)

/** Sends an activity by itself. */
const sendOne = async (queue: ReturnType<typeof start>): Promise<void> => {
  make(1).forEach(queue.add)
  await queue.flush()
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Lets a request begin, which takes what waits once it has the token. */
async function underWay(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await Promise.resolve()
}

describe('a queue', () => {
  it('sends the twentieth at once, and fewer after two seconds', async () => {
    const queue = start()
    make(20).forEach(queue.add)
    await pass(0)
    expect(sizes()).toEqual([20])
    make(3).forEach(queue.add)
    await pass(1_999)
    expect(sizes()).toEqual([20])
    await pass(1)
    expect(sizes()).toEqual([20, 3])
    expect(received[0]?.bearer).toBe('Bearer a.b.c')
  })

  it('lets what comes during a request wait for others, and sends it at once where it is enough', async () => {
    const queue = start()
    make(20).forEach(queue.add)
    await underWay()
    make(1).forEach(queue.add)
    await pass(1_999)
    expect(sizes()).toEqual([20])
    make(2).forEach(queue.add)
    await pass(1)
    expect(sizes()).toEqual([20, 3])
    make(20).forEach(queue.add)
    await underWay()
    make(20).forEach(queue.add)
    await pass(0)
    expect(sizes()).toEqual([20, 3, 20, 20])
  })

  it.each(['error_occurred', 'login_failed', 'form_error', 'timeout_occurred', 'payment_failed'])(
    'sends %s at once, with what waits and what comes in the same task, and no more often than every two seconds',
    async (kind) => {
      const queue = start()
      const urgent = () => queue.add(newActivity(kind, {}, {}))
      make(2).forEach(queue.add)
      urgent()
      urgent()
      await pass(0)
      expect(sizes()).toEqual([4])
      await pass(500)
      urgent()
      await pass(500)
      urgent()
      await pass(999)
      expect(sizes()).toEqual([4])
      await pass(1)
      expect(sizes()).toEqual([4, 2])
    },
  )

  it('sends an error that happens during a request right after its answer, of two requests in two seconds at most', async () => {
    const queue = start()
    const urgent = () => queue.add(newActivity('error_occurred', {}, {}))
    /** Errors that happen at once, and while they are sent. */
    const fail = async () => {
      urgent()
      await vi.advanceTimersToNextTimerAsync()
    }
    let answer = (): void => undefined
    const { fetch } = globalThis
    vi.stubGlobal('fetch', async (...request: Parameters<typeof globalThis.fetch>) => {
      await new Promise<void>((resolve) => (answer = resolve))
      return fetch(...request)
    })
    await fail()
    urgent()
    await pass(100)
    answer()
    await pass(0)
    expect(sizes()).toEqual([1])
    await pass(100)
    urgent()
    answer()
    await pass(0)
    expect(sizes()).toEqual([1, 1])
    await pass(1_799)
    answer()
    expect(sizes()).toEqual([1, 1])
    await pass(1)
    answer()
    await pass(0)
    expect(sizes()).toEqual([1, 1, 1])
  })

  it('lets an error wait for the next attempt while the desk is away, and two seconds at most where the clock goes back', async () => {
    answers = ['away', { status: 202 }]
    const queue = start()
    queue.add(newActivity('error_occurred', {}, {}))
    await pass(0)
    expect(sizes()).toEqual([1])
    queue.add(newActivity('error_occurred', {}, {}))
    await pass(1_000)
    expect(sizes()).toEqual([1])
    await pass(1_000)
    expect(sizes()).toEqual([1, 2])
    vi.setSystemTime(Date.now() - 3_600_000)
    queue.add(newActivity('error_occurred', {}, {}))
    await pass(2_000)
    expect(sizes()).toEqual([1, 2, 1])
  })

  it('sends with flush what has come during a request', async () => {
    const queue = start()
    make(20).forEach(queue.add)
    await underWay()
    make(1).forEach(queue.add)
    await queue.flush()
    expect(sizes()).toEqual([20, 1])
  })

  it('sends again what the desk did not take, under the same ids, after growing waits', async () => {
    answers = ['away', { status: 503 }, { status: 202 }]
    const queue = start()
    const activities = make(2)
    activities.forEach(queue.add)
    await pass(2_000)
    await pass(1_999)
    expect(sizes()).toEqual([2])
    await pass(1)
    expect(sizes()).toEqual([2, 2])
    make(25).forEach(queue.add)
    await pass(3_999)
    expect(sizes()).toEqual([2, 2])
    await pass(1)
    expect(sizes()).toEqual([2, 2, 27])
    expect(received.map(({ ids }) => ids.slice(0, 2))).toEqual(Array(3).fill(idsOf(activities)))
    await pass(600_000)
    expect(sizes()).toHaveLength(3)
    expect(problems).toEqual([])
  })

  it('waits from a second to five minutes', () => {
    const limits = [0, 1, 2, 7, 8, 1_000].map(retryDelay)
    expect(limits).toEqual([2_000, 4_000, 8_000, 256_000, 300_000, 300_000])
    vi.spyOn(Math, 'random').mockReturnValue(0)
    expect([retryDelay(0), retryDelay(1_000)]).toEqual([1_000, 1_000])
  })

  it('waits as long as the desk says, also with flush', async () => {
    answers = [{ status: 429, retryAfter: '30' }, { status: 202 }]
    const queue = start()
    make(20).forEach(queue.add)
    await pass(29_999)
    await queue.flush()
    expect(sizes()).toEqual([20])
    await pass(1)
    expect(sizes()).toEqual([20, 20])
  })

  it('keeps 200, drops the oldest first, and says so', async () => {
    answers = ['away']
    const queue = start()
    const activities = make(203)
    activities.forEach(queue.add)
    await pass(0)
    expect(problems).toEqual(activities.slice(0, 3).map((activity) => ({ code: 'queue_full', activity })))
    answers = [{ status: 202 }]
    await pass(300_000)
    expect(received.slice(1).flatMap(({ ids }) => ids)).toEqual(idsOf(activities.slice(3)))
  })

  it.each([401, 403])('sends nothing after %i until there is another token', async (status) => {
    answers = [{ status }, { status: 202 }]
    let token = 'old'
    const queue = start(() => token)
    make(1).forEach(queue.add)
    await pass(3_600_000)
    expect(bearers()).toEqual(['Bearer old'])
    expect(problems).toEqual([{ code: 'token_refused', reason: status }])
    token = 'new'
    await pass(300_000)
    expect(bearers()).toEqual(['Bearer old', 'Bearer new'])
  })

  it('uses the token of a promise for five minutes, and reads one that is there at once for each request', async () => {
    let count = 0
    const waiting = start(async () => `token-${++count}`)
    await sendOne(waiting)
    await sendOne(waiting)
    await pass(299_999)
    await sendOne(waiting)
    expect(bearers()).toEqual(Array(3).fill('Bearer token-1'))
    await pass(1)
    await sendOne(waiting)
    expect(bearers().slice(3)).toEqual(['Bearer token-2'])
    const immediate = start(() => `token-${++count}`)
    await sendOne(immediate)
    await sendOne(immediate)
    expect(bearers().slice(4)).toEqual(['Bearer token-3', 'Bearer token-4'])
  })

  it('reads another token at once where one that it has used is refused, and says nothing of it', async () => {
    answers = [{ status: 202 }, { status: 401 }, { status: 202 }]
    let count = 0
    const queue = start(async () => `token-${++count}`)
    await sendOne(queue)
    await sendOne(queue)
    expect(bearers()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2'])
    await sendOne(queue)
    expect(bearers().slice(3)).toEqual(['Bearer token-2'])
    expect(problems).toEqual([])
  })

  it('says once that a token is refused of which there is no other, and waits', async () => {
    answers = [{ status: 202 }, { status: 401 }]
    const queue = start(async () => 'a.b.c')
    await sendOne(queue)
    await sendOne(queue)
    await pass(3_600_000)
    expect(sizes()).toEqual([1, 1, 1])
    expect(problems).toEqual([{ code: 'token_refused', reason: 401 }])
  })

  it('waits for a token that is not there yet, or cannot be had', async () => {
    const tokens = [() => '', () => Promise.reject(new Error('offline')), () => Promise.resolve('a.b.c')]
    const queue = start(() => (tokens.length > 1 ? tokens.shift() : tokens[0])?.() ?? '')
    make(1).forEach(queue.add)
    await pass(60_000)
    expect(bearers()).toEqual(['Bearer a.b.c'])
  })

  it('sends nothing without a token, whatever stands in place of it', async () => {
    const nothing: Readonly<Record<string, string>> = {}
    const queue = start(() => nothing['token'] as string)
    make(1).forEach(queue.add)
    await pass(60_000)
    expect(sizes()).toEqual([])
  })

  it('sends halves of what is too large for the desk, and drops one that is too large alone', async () => {
    mostTaken = 8
    const queue = start()
    make(16).forEach(queue.add)
    await queue.flush()
    expect(sizes()).toEqual([16, 8, 8])
    mostTaken = 0
    const [activity] = make(1)
    if (activity) queue.add(activity)
    await queue.flush()
    expect(problems).toEqual([{ code: 'refused', reason: 413, activity }])
  })

  it('keeps requests below 64 kB, and refuses what fits in none', async () => {
    const queue = start()
    make(10, { text: 'é'.repeat(9_000) }).forEach(queue.add)
    make(1, { text: 'é'.repeat(30_000) }).forEach(queue.add)
    await queue.flush()
    expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(10)
    expect(Math.max(...received.map(({ bytes }) => bytes))).toBeLessThan(64_000)
    expect(problems.map(({ code }) => code)).toEqual(['too_large'])
  })

  it('drops what the desk refuses, one or all of a request, and says so', async () => {
    const body = { stored: 1, refused: [{ index: 1, code: 'malformed_input', message: 'kind is unknown' }] }
    answers = [{ status: 200, body }, { status: 400 }]
    const queue = start()
    const activities = make(2)
    activities.forEach(queue.add)
    await queue.flush()
    expect(problems).toEqual([{ code: 'refused', reason: 'kind is unknown', activity: activities[1] }])
    make(1).forEach(queue.add)
    await queue.flush()
    await pass(600_000)
    expect(sizes()).toEqual([2, 1])
    expect(problems.at(-1)).toMatchObject({ code: 'refused', reason: 400 })
  })

  it('says nothing of what is taken over that the desk has refused, and sends it no more by itself', async () => {
    const refused = [
      { index: 0, code: 'quota_exceeded', message: 'the quota is used up' },
      { index: 2, code: 'malformed_input', message: 'kind is unknown' },
    ]
    answers = [{ status: 200, body: { stored: 1, refused } }, { status: 200 }]
    const delayed: (Activity | undefined)[] = []
    const queue = start('a.b.c', (code, activity) => code === 'quota_exceeded' && delayed.push(activity) > 0)
    const activities = make(3)
    activities.forEach(queue.add)
    await queue.flush()
    expect(problems).toEqual([{ code: 'refused', reason: 'kind is unknown', activity: activities[2] }])
    expect(delayed).toEqual(activities.slice(0, 1))
    await pass(600_000)
    expect([sizes(), queue.size()]).toEqual([[3], 0])
  })

  it('goes on where a listener of problems throws, and where an answer is damaged', async () => {
    answers = [{ status: 200, body: { refused: 7 } }, { status: 400 }, { status: 202 }]
    const fail = (): never => {
      throw new Error('a fault of the page')
    }
    const queue = createQueue(
      { server: '/desk', token: 't', onProblem: fail },
      () => true,
      () => false,
    )
    for (let turn = 0; turn < 3; turn++) {
      make(1).forEach(queue.add)
      await queue.flush()
      await pass(2_000)
    }
    expect(sizes()).toEqual([1, 1, 1])
  })

  it('drops what may not be sent any more, or lets it wait until it may', async () => {
    isAllowed = false
    const queue = start()
    make(1).forEach(queue.add)
    await queue.flush()
    isHeld = true
    make(2).forEach(queue.add)
    await queue.flush()
    isAllowed = true
    await queue.flush()
    expect(sizes()).toEqual([2])
  })

  it('sends what was held within two seconds of the consent, however long it has waited', async () => {
    isAllowed = false
    isHeld = true
    const queue = start()
    make(1).forEach(queue.add)
    await pass(600_000)
    isAllowed = true
    await pass(2_000)
    expect(sizes()).toEqual([1])
  })

  it('sends the twentieth after the consent at once, however long others were held', async () => {
    isAllowed = false
    isHeld = true
    const queue = start()
    make(1).forEach(queue.add)
    await pass(600_000)
    isAllowed = true
    make(19).forEach(queue.add)
    await pass(0)
    expect(sizes()).toEqual([20])
  })

  /** A token that is there after a while. */
  const slowToken = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 200, 'a.b.c'))

  it('sends nothing when the consent ends while the token is fetched', async () => {
    const queue = start(slowToken)
    make(20).forEach(queue.add)
    await pass(100)
    isAllowed = false
    await pass(600_000)
    expect(sizes()).toEqual([])
  })

  it('sends nothing that was dropped while the token was fetched, also after another consent', async () => {
    const queue = start(slowToken)
    const activities = make(21)
    activities.slice(0, 20).forEach(queue.add)
    await pass(100)
    queue.discard()
    activities.slice(20).forEach(queue.add)
    await pass(600_000)
    expect(received.map(({ ids }) => ids)).toEqual([idsOf(activities.slice(20))])
  })
})
