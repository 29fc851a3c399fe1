import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ApiUnderTest, Bearer } from './testing/api-under-test.ts'
import { ana, startApi, tokenFor, useApi } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { limits: { requestsPerMinute: 5, badTokensPerMinute: 3 } })
let address: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
})

const customer = (id: string): Bearer => ({ id, role: 'customer' })
const bearer = async (who: Bearer): Promise<string> => `Bearer ${await tokenFor(who)}`

/** Sends a request, from another address if given. */
async function send(headers: Record<string, string>, remoteAddress = '127.0.0.1', to: ApiUnderTest = api) {
  const payload = { query: '{ viewer { userId } }' }
  const response = await to.app.inject({ method: 'POST', url: '/graphql', headers, payload, remoteAddress })
  const { errors } = response.json<{ errors?: { extensions: { code: string } }[] }>()
  return { status: response.statusCode, code: errors?.[0]?.extensions.code, wait: response.headers['retry-after'] }
}

const ok = { status: 200, code: undefined, wait: undefined }
const refused = { status: 401, code: 'unauthenticated', wait: undefined }
const limited = { status: 429, code: 'rate_limited', wait: expect.stringMatching(/^[1-9]\d?$/) as string }

/** Returns the answers to a number of requests, sent one after the other. */
async function answers(count: number, ...request: Parameters<typeof send>) {
  const all = []
  for (let n = 0; n < count; n++) all.push(await send(...request))
  return all
}

const client = (authorization: string | undefined, url = address) =>
  createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazyCloseTimeout: 10_000,
    ...(authorization !== undefined && { connectionParams: { authorization } }),
  })

/** An operation that the server reads and refuses. */
const operation = { query: '{ viewer { userId } }' }
const subscriptionsOnly = [{ extensions: { code: 'subscriptions_only' } }]

it('limits the requests of a principal per minute, and returns the time to wait', async () => {
  const authorization = await bearer(customer('eager'))
  expect(await answers(6, { authorization })).toEqual([ok, ok, ok, ok, ok, limited])
  expect(await send({ authorization: await bearer(customer('calm')) })).toEqual(ok)
})

it('counts the operations of a WebSocket and requests together', async () => {
  const authorization = await bearer(customer('both'))
  const socket = client(authorization)
  const other = client(authorization)
  for (const each of [socket, other, socket]) {
    await expect(each.iterate(operation).next()).rejects.toMatchObject(subscriptionsOnly)
  }
  expect(await answers(2, { authorization })).toEqual([ok, ok])
  await expect(socket.iterate(operation).next()).rejects.toMatchObject([
    { message: expect.stringMatching(/wait \d+ seconds?$/) as string, extensions: { code: 'rate_limited' } },
  ])
  expect(await send({ authorization })).toEqual(limited)
  await socket.dispose()
  await other.dispose()
})

describe('bad tokens from one address', () => {
  it('are answered with how long to wait after a few, while good ones are let in', async () => {
    const from = '192.0.2.1'
    const bad = { authorization: 'Bearer nonsense' }
    expect(await answers(4, bad, from)).toEqual([refused, refused, refused, limited])
    expect(await send({ authorization: await bearer(customer('neighbour')) }, from)).toEqual(ok)
    expect(await send(bad, '192.0.2.2')).toEqual(refused)
  })

  it('are counted together for a network of IPv6', async () => {
    const bad = { authorization: 'Bearer nonsense' }
    for (const n of [1, 2, 3]) expect(await send(bad, `2001:db8::${n}`)).toEqual(refused)
    expect(await send(bad, '2001:db8::ffff:1')).toEqual(limited)
    expect(await send(bad, '2001:db8:0:1::1')).toEqual(refused)
  })

  it('are no more than old ones, which were good once', async () => {
    const old = { authorization: `Bearer ${await tokenFor(customer('away'), new Date(Date.now() - 60_000))}` }
    const codes = (await answers(4, old, '192.0.2.3')).map(({ code }) => code)
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'token_expired'))
  })

  it('are counted over WebSockets too', async () => {
    const other = await startApi(api.databaseUrl, { limits: { badTokensPerMinute: 2 } })
    const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
    const bad = async (token?: string): Promise<unknown> => client(token, url).iterate(operation).next()
    for (const token of [undefined, undefined, 'Bearer nonsense', 'Bearer nonsense'])
      await expect(bad(token)).rejects.toMatchObject({ code: 4403, reason: 'unauthenticated' })
    await expect(bad('Bearer nonsense')).rejects.toMatchObject({ code: 1013, reason: 'rate_limited' })
    expect(await send({ authorization: 'Bearer nonsense' }, '127.0.0.1', other)).toEqual(limited)
    const good = client(await bearer(customer('neighbour')), url)
    await expect(good.iterate(operation).next()).rejects.toMatchObject(subscriptionsOnly)
    await good.dispose()
    await other.close()
  })
})

it('sets no limit of 0', async () => {
  const other = await startApi(api.databaseUrl, { limits: { requestsPerMinute: 0, badTokensPerMinute: 0 } })
  expect(await send({ authorization: await bearer(customer('zoe')) }, '127.0.0.1', other)).toEqual(ok)
  expect(await send({ authorization: 'Bearer nonsense' }, '127.0.0.1', other)).toEqual(refused)
  await other.close()
})

it('reports that the key server is away, over HTTP and over a WebSocket, and counts no bad token', async () => {
  const auth = {
    issuer: 'guichet',
    audience: 'guichet',
    key: { algorithm: 'RS256', jwksUrl: 'http://127.0.0.1:1/keys' },
  } as const
  const other = await startApi(api.databaseUrl, { auth, limits: { badTokensPerMinute: 1 } })
  const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
  const authorization = `Bearer ${header({ alg: 'RS256', kid: 'one' })}.${header({ sub: 'zoe' })}.c2lnbmF0dXJl`
  for (const _ of [1, 2]) {
    expect(await send({ authorization }, '127.0.0.1', other)).toMatchObject({ status: 503, code: 'unavailable' })
    await expect(client(authorization, url).iterate(operation).next()).rejects.toMatchObject({
      code: 1013,
      reason: 'unavailable',
    })
  }
  await other.close()
})

const header = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

describe('WebSockets', () => {
  const limits = { webSockets: 2, webSocketsOfAddress: 30 }
  const visitor = (n: number): Bearer => ({
    role: 'visitor',
    id: `visitor-00000000-0000-4000-8000-0000000000${10 + n}`,
  })

  async function withServer(
    more: Partial<typeof limits & { requestsPerMinute: number }>,
    work: (connect: (who: Bearer, from?: string) => Promise<Opened>) => Promise<void>,
  ) {
    const other = await startApi(api.databaseUrl, { limits: { ...limits, ...more }, trustProxy: ['loopback'] })
    const url = (await other.app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws')
    const sockets: WebSocket[] = []
    const connect = async (who: Bearer, from = '192.0.2.1'): Promise<Opened> => {
      const authorization = `Bearer ${await other.tokenOf(who)}`
      const headers = { 'x-forwarded-for': from }
      const socket = new WebSocket(`${url}/graphql`, 'graphql-transport-ws', { headers })
      sockets.push(socket)
      const closed = new Promise<string>((resolve) => {
        socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
      })
      const refused = new Promise<string>((resolve) => {
        socket.on('error', ({ message }) => resolve(message))
      })
      const acknowledged = new Promise<string>((resolve) => {
        socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })))
        socket.once('message', () => resolve('open'))
      })
      return { socket, closed, state: await Promise.race([acknowledged, refused, closed]) }
    }
    try {
      await work(connect)
    } finally {
      for (const socket of sockets) socket.terminate()
      await other.close()
    }
  }

  it('of a principal are limited, by the customers that they serve, and one that is closed makes room', () =>
    withServer({}, async (connect) => {
      const all = [await connect(visitor(1)), await connect(visitor(1)), await connect(visitor(1))]
      expect(all.map(({ state }) => state)).toEqual(['open', 'open', '1013 rate_limited'])
      expect((await connect(visitor(2))).state).toBe('open')
      for (let n = 0; n < 20; n++) expect((await connect(ana)).state).toBe('open')
      expect((await connect(ana)).state).toBe('1013 rate_limited')
      all[0]?.socket.close()
      await all[0]?.closed
      await expect.poll(async () => (await connect(visitor(1))).state).toBe('open')
    }))

  it('of an address are limited, whoever opens them, and no other address waits', () =>
    withServer({ webSocketsOfAddress: 3 }, async (connect) => {
      const all = await Promise.all([1, 2, 3].map((n) => connect(visitor(n))))
      expect(all.map(({ state }) => state)).toEqual(['open', 'open', 'open'])
      expect((await connect(visitor(4))).state).toBe('Unexpected server response: 429')
      expect((await connect(visitor(4), '192.0.2.2')).state).toBe('open')
      all[0]?.socket.close()
      await all[0]?.closed
      await expect.poll(async () => (await connect(visitor(4))).state).toBe('open')
    }))

  it.each([{ webSocketsOfAddress: 0 }, { webSocketsOfAddress: 3, requestsPerMinute: 0 }])(
    'of an address are not limited with %o',
    (none) =>
      withServer(none, async (connect) => {
        for (let n = 0; n < 5; n++) expect((await connect(visitor(n))).state).toBe('open')
      }),
  )
})

type Opened = { readonly socket: WebSocket; readonly closed: Promise<string>; readonly state: string }
