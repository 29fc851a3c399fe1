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

beforeEach(async () => {
  received = []
  status = 202
  desk = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { activities } = JSON.parse(body) as { readonly activities: readonly Activity[] }
      const { headers, url: path } = request
      if (status === 202)
        received.push(...activities.map((activity) => ({ ...activity, bearer: headers.authorization, path })))
      response.writeHead(status).end(JSON.stringify({ stored: activities.length, refused: [] }))
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
  const lost: (string | undefined)[] = []
  const activity = createActivity({
    server,
    token: 'a.b.c',
    mostPending: 3,
    onProblem: (problem) => lost.push(problem.activity?.customerId),
  })
  for (const customerId of ['ana', 'bob', 'cid', 'dan', 'eve']) activity.loginFailed(customerId)
  expect(lost).toEqual(['ana', 'bob'])
  await activity.close()
  expect(received.map(({ customerId }) => customerId)).toEqual(['cid', 'dan', 'eve'])
})

it('keeps what comes while there is no token: more than a thousand unless it is told otherwise', async () => {
  let token = ''
  const problems: ActivityProblem[] = []
  const activity = createActivity({ server, token: () => token, onProblem: (problem) => problems.push(problem) })
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

it('ends in one attempt where the desk takes nothing', async () => {
  status = 503
  const activity = createActivity({ server, token: 'a.b.c' })
  activity.timeout('camille', 'POST /payments', 30_000)
  await activity.close()
  expect(received).toEqual([])
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
