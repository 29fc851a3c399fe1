import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Activity } from './activity.ts'
import type { ActivityOptions, ActivityReporter } from './browser.ts'
import { createActivity } from './browser.ts'

const url = 'https://desk.example/activities'

let events: EventTarget
let received: Activity[]
/** The paths that were asked for, but that of the desk. */
let paths: string[]
/** After how many milliseconds other servers than the desk answer. */
let slowness: number
/** What their requests fail with. */
let failure: Error | undefined
let reporter: ActivityReporter | undefined

type Init = { readonly body: string }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  events = new EventTarget()
  received = []
  paths = []
  slowness = 0
  failure = undefined
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('location', { href: 'https://shop.example/pay' })
  vi.stubGlobal('document', { baseURI: 'https://shop.example/', addEventListener: () => undefined })
  vi.stubGlobal('addEventListener', events.addEventListener.bind(events))
  vi.stubGlobal('fetch', async (address: string, init?: Init) => {
    if (address === url) {
      const { activities } = JSON.parse(init?.body ?? '') as { readonly activities: readonly Activity[] }
      received.push(...activities)
      return { ok: true, status: 200, headers: new Headers(), json: async () => ({ refused: [] }) }
    }
    paths.push(address)
    if (slowness > 0) await new Promise((resolve) => setTimeout(resolve, slowness))
    if (failure) throw failure
    return { ok: true, status: 200, text: async () => 'a.b.c' }
  })
})
afterEach(() => {
  reporter?.close()
  reporter = undefined
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const start = (options: Partial<ActivityOptions> = {}): ActivityReporter => {
  reporter = createActivity({
    server: 'https://desk.example',
    token: 'a.b.c',
    consent: true,
    capture: true,
    ...options,
  })
  return reporter
}

const fail = (error: unknown): void =>
  void events.dispatchEvent(Object.assign(new Event('error'), { error, message: 'Uncaught' }))

const reject = (reason: unknown): void =>
  void events.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason }))

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

const detailsAfter = async ({ flush }: ActivityReporter): Promise<readonly object[]> => {
  await flush()
  return received.map(({ detail }) => detail)
}

it('reports an error that comes again after ten seconds again, by its name alone', async () => {
  const activity = start()
  fail(new TypeError('zoe@example.org cannot pay'))
  fail(new TypeError('zoe@example.org cannot pay'))
  await pass(9_999)
  fail(new TypeError('zoe@example.org cannot pay'))
  await pass(1)
  fail(new TypeError('zoe@example.org cannot pay'))
  reject('a text')
  expect(await detailsAfter(activity)).toEqual([{ code: 'TypeError' }, { code: 'TypeError' }, { code: 'Error' }])
})

it('reports two errors that alternate once each, and twenty errors a minute at most', async () => {
  const activity = start()
  for (let turn = 0; turn < 100; turn++) for (const error of [new TypeError('one'), new RangeError('two')]) fail(error)
  expect(await detailsAfter(activity)).toEqual([{ code: 'TypeError' }, { code: 'RangeError' }])
  for (let turn = 0; turn < 100; turn++) fail(new Error(`order ${turn}`))
  expect(await detailsAfter(activity)).toHaveLength(20)
  await pass(60_000)
  fail(new TypeError('one'))
  expect(await detailsAfter(activity)).toHaveLength(21)
})

it('reports an error after the consent that came before it, too', async () => {
  let isAgreed = false
  const activity = start({ consent: () => isAgreed })
  fail(new TypeError('one'))
  isAgreed = true
  fail(new TypeError('one'))
  expect(await detailsAfter(activity)).toEqual([{ code: 'TypeError' }])
})

it('reports the message that the site gives an error, and none where that fails', async () => {
  const activity = start({
    describe: (error) => {
      if (error instanceof RangeError) throw error
      return error instanceof TypeError ? 'A type is wrong' : undefined
    },
  })
  for (const error of [new TypeError('one'), new RangeError('two'), new SyntaxError('three')]) fail(error)
  expect(await detailsAfter(activity)).toEqual([
    { code: 'TypeError', message: 'A type is wrong' },
    { code: 'RangeError' },
    { code: 'SyntaxError' },
  ])
})

it('reports no time-out of its own token, which would ask for the next one for ever', async () => {
  slowness = 5_000
  const token = async (): Promise<string> => (await fetch('/desk-token')).text()
  const activity = start({ token, fetchTimeoutMs: 100 })
  activity.error('E1')
  await pass(3_600_000)
  expect(received.map(({ detail }) => detail)).toEqual([{ code: 'E1' }])
  expect(paths).toEqual(['/desk-token'])
})

it('reports time-outs by method and path, without ids', async () => {
  slowness = 1_000
  const activity = start({ fetchTimeoutMs: 100 })
  for (const path of ['/orders/17/lines/a4?q=1', '/users/zoe@example.org', '/orders']) void fetch(path)
  await pass(100)
  const afterMs = 100
  expect(await detailsAfter(activity)).toEqual([
    { operation: 'GET_/orders/:id/lines/:id', afterMs },
    { operation: 'GET_/users/:id', afterMs },
    { operation: 'GET_/orders', afterMs },
  ])
})

it('reports a request that a time-out has ended as that alone', async () => {
  failure = new DOMException('signal timed out', 'TimeoutError')
  const activity = start()
  await expect(fetch('/orders')).rejects.toBe(failure)
  reject(failure)
  expect(await detailsAfter(activity)).toEqual([{ operation: 'GET_/orders', afterMs: 0 }])
})

it('reports a time-out of a body, which ends no request, as an error', async () => {
  const activity = start()
  await fetch('/orders')
  reject(new DOMException('signal timed out', 'TimeoutError'))
  expect(await detailsAfter(activity)).toEqual([{ code: 'TimeoutError' }])
})

it('reports the same time-out once in ten seconds, and twenty time-outs and errors a minute at most', async () => {
  slowness = 1_000
  const activity = start({ fetchTimeoutMs: 100 })
  for (let turn = 0; turn < 3; turn++) void fetch('/orders')
  await pass(100)
  expect(await detailsAfter(activity)).toEqual([{ operation: 'GET_/orders', afterMs: 100 }])
  for (let turn = 0; turn < 15; turn++) fail(new Error(`order ${turn}`))
  for (const path of ['/a', '/b', '/c', '/d', '/e', '/f']) void fetch(path)
  await pass(100)
  expect(await detailsAfter(activity)).toHaveLength(20)
  await pass(60_000)
  fail(new TypeError('one'))
  expect(await detailsAfter(activity)).toHaveLength(21)
})

it('sets no timer after it is closed, also where somebody else has wrapped its fetch', async () => {
  const activity = start({ fetchTimeoutMs: 100 })
  const wrapped = globalThis.fetch
  globalThis.fetch = (...parameters) => wrapped(...parameters)
  activity.close()
  const request = fetch('/orders')
  expect(vi.getTimerCount()).toBe(0)
  await request
  expect(paths).toEqual(['/orders'])
})

it.each([undefined, {}, { consent: true, capture: true, token: 'a.b.c' }])(
  'is inactive with the options %j, and throws nothing into the page',
  async (options) => {
    const activity = createActivity(options as unknown as ActivityOptions)
    activity.pageView()
    activity.search('refund').opened()
    activity.setConsent(true)
    await activity.flush()
    activity.close()
    expect([received, paths]).toEqual([[], []])
  },
)
