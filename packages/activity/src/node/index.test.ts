import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Activity, ActivityProblem } from '../activity.ts'
import { createActivity } from './index.ts'

let desk: Server
let server: string
let received: (Activity & { readonly bearer: string | undefined; readonly path: string | undefined })[]
let status: number
/** Of whom a quota refuses all activities. */
let customerOverQuota: string | undefined
let problems: ActivityProblem[]

beforeEach(async () => {
  received = []
  status = 202
  customerOverQuota = undefined
  problems = []
  const refusalOf = ({ customerId }: Activity, index: number): readonly object[] =>
    customerId === customerOverQuota ? [{ index, code: 'quota_exceeded', message: 'too many' }] : []
  desk = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { activities } = JSON.parse(body) as { readonly activities: readonly Activity[] }
      const { headers, url: path } = request
      const refused = activities.flatMap(refusalOf)
      const stored = activities.filter(({ customerId }) => customerId !== customerOverQuota)
      if (status === 202)
        received.push(...stored.map((activity) => ({ ...activity, bearer: headers.authorization, path })))
      if (status === 429) response.setHeader('retry-after', '30')
      response.writeHead(status).end(JSON.stringify({ stored: stored.length, refused }))
    })
  }).listen(0, '127.0.0.1')
  await once(desk, 'listening')
  server = `http://127.0.0.1:${(desk.address() as AddressInfo).port}`
})
afterEach(async () => {
  vi.restoreAllMocks()
  desk.closeAllConnections()
  desk.close()
  await once(desk, 'close')
})

const start = (options: Partial<Parameters<typeof createActivity>[0]> = {}) =>
  createActivity({ server, token: 'a.b.c', onProblem: (problem) => problems.push(problem), ...options })

const losses = (): readonly (readonly unknown[])[] => problems.map(({ code, activity }) => [code, activity?.customerId])

it('reports for customers, with the token of the service, and sends the rest when it is closed', async () => {
  const activity = createActivity({ server: `${server}/desk/`, token: async () => 'a.b.c', version: '1.4.0' })
  activity.error('camille', 'PAYMENT_DECLINED', 'The bank said no')
  activity.pageView('camille', '/orders?id=1')
  await activity.flush()
  activity.loginFailed('zoe')
  activity.search('zoe', 'refund').opened()
  activity.search('zoe', 'invoice')
  await activity.close()
  activity.error('zoe', 'after')
  await activity.flush()
  const common = { bearer: 'Bearer a.b.c', path: '/desk/activities', version: '1.4.0' }
  expect(received).toMatchObject([
    { ...common, customerId: 'camille', detail: { code: 'PAYMENT_DECLINED', message: 'The bank said no' } },
    { ...common, customerId: 'camille', page: '/orders', detail: {} },
    { ...common, customerId: 'zoe', kind: 'login_failed' },
    { ...common, customerId: 'zoe', detail: { query: 'refund', opened: true } },
    { ...common, customerId: 'zoe', detail: { query: 'invoice', opened: false } },
  ])
})

it('keeps as many as it is told, and drops the oldest first', async () => {
  const activity = start({ mostPending: 3 })
  for (const customerId of ['ana', 'bob', 'cid', 'dan', 'eve']) activity.loginFailed(customerId)
  expect(losses()).toEqual([
    ['queue_full', 'ana'],
    ['queue_full', 'bob'],
  ])
  await activity.close()
  expect(received.map(({ customerId }) => customerId)).toEqual(['cid', 'dan', 'eve'])
})

it('counts what a quota has refused among those that wait, drops it first, and tries it as it is closed', async () => {
  customerOverQuota = 'camille'
  const activity = start({ mostPending: 3 })
  for (let count = 0; count < 3; count++) activity.loginFailed('camille')
  await activity.flush()
  expect(losses()).toEqual([])
  activity.loginFailed('zoe')
  expect(losses()).toEqual([['queue_full', 'camille']])
  activity.loginFailed('ana')
  customerOverQuota = undefined
  await activity.close()
  expect(received.map(({ customerId }) => customerId)).toEqual(['zoe', 'ana', 'camille'])
  expect(losses()).toEqual([1, 2].map(() => ['queue_full', 'camille']))
})

it('keeps what comes while there is no token: more than a thousand unless it is told otherwise', async () => {
  let token = ''
  const activity = start({ token: () => token })
  for (let count = 0; count < 1_500; count++) activity.loginFailed('camille')
  await activity.flush()
  token = 'a.b.c'
  await activity.close()
  expect([received.length, problems]).toEqual([1_500, []])
})

it.each([undefined, {}, { token: 'a.b.c' }])('is inactive with the options %j, and throws nothing', async (options) => {
  const activity = createActivity(options as unknown as Parameters<typeof createActivity>[0])
  activity.error('camille', 'E1')
  await activity.close()
  expect(received).toEqual([])
})

it('ends in one attempt where the desk takes nothing, and says what is lost', async () => {
  status = 503
  const activity = start()
  activity.timeout('camille', 'POST /payments', 30_000)
  await activity.close()
  expect(received).toEqual([])
  expect(losses()).toEqual([['closed', 'camille']])
})

it('makes an attempt as it is closed, also during a pause that the desk has asked for', async () => {
  status = 429
  const activity = start()
  activity.loginFailed('camille')
  await activity.flush()
  status = 202
  await activity.close()
  expect([received.length, problems]).toEqual([1, []])
})

it('says what a quota still refuses as it is closed', async () => {
  customerOverQuota = 'camille'
  const activity = start()
  activity.loginFailed('camille')
  activity.loginFailed('zoe')
  await activity.close()
  expect(received.map(({ customerId }) => customerId)).toEqual(['zoe'])
  expect(losses()).toEqual([['closed', 'camille']])
})

it('keeps no process alive with its timers', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const activity = createActivity({ server, token: 'a.b.c' })
  activity.formError('camille', 'sign-up')
  activity.search('camille', 'refund')
  const created = timers.mock.results.map(({ value }) => value as NodeJS.Timeout)
  expect(created.map((timer) => timer.hasRef())).toEqual([false, false])
  await activity.close()
  expect(received).toHaveLength(2)
})
