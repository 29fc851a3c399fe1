import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { ApiUnderTest } from './testing/api-under-test.ts'
import { startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi(
  { beforeAll, afterAll },
  { limits: { requestMs: 200, badTokensPerMinute: 3 }, trustProxy: ['loopback'] },
)
let port: number
beforeAll(async () => {
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port)
})

/** Sends raw bytes, and reads until the server ends the connection. */
const exchange = (bytes: string, at = port): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(at, '127.0.0.1', () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk: Buffer) => void (answer += chunk.toString()))
    socket.once('close', () => resolve(answer))
    socket.once('error', reject)
  })

const head = async (...headers: string[]): Promise<string> =>
  [
    'POST /graphql HTTP/1.1',
    'host: desk',
    'content-type: application/json',
    ...headers,
    `authorization: Bearer ${await tokenFor(zoe)}`,
    '',
    '',
  ].join('\r\n')

it('ends a connection whose body does not come', async () => {
  const answer = await exchange(`${await head('content-length: 1000')}{"query":`)
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
  expect(answer).toContain('request_timeout')
})

it('ends a connection whose headers do not come', async () => {
  expect(await exchange('POST /graphql HTTP/1.1\r\nhost: de')).toMatch(/^HTTP\/1.1 408 /)
})

/** Returns the statuses of the answers that a connection received. */
const statuses = (answer: string): readonly string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status)

it.each([
  ['no token', 'application/json', 9, '401'],
  ['a type that is not taken', 'application/xml', 9, '415'],
  ['too long', 'application/json', 2_000_000, '413'],
])('answers a request once whose body does not come: %s', async (what, type, length, status) => {
  const token = what === 'no token' ? '' : `authorization: Bearer ${await tokenFor(zoe)}\r\n`
  const headers = `host: desk\r\n${token}content-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`
  expect(statuses(await exchange(`POST /graphql HTTP/1.1\r\n${headers}{`))).toEqual([status])
})

it('answers an unreadable request after the request before it', async () => {
  const other = await startApi(api.databaseUrl)
  const unreadable = new Promise((resolve) => other.app.server.once('clientError', resolve))
  other.app.get('/slow', async () => {
    await unreadable
    return {}
  })
  const at = Number(new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).port)
  const answer = await exchange('GET /slow HTTP/1.1\r\nhost: desk\r\n\r\nnonsense\r\n\r\n', at)
  expect(statuses(answer)).toEqual(['200', '400'])
  await other.close()
})

it('frames an answer in parts by its length alone', async () => {
  const body = JSON.stringify({ query: '{ viewer { role } }' })
  const answer = await exchange(
    `${await head(`content-length: ${body.length}`, 'accept: multipart/mixed', 'connection: close')}${body}`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(answer).toMatch(/content-type: multipart\/mixed/i)
  expect(answer).toMatch(/content-length: \d+/i)
  expect(answer).not.toMatch(/transfer-encoding/i)
  expect(answer).toContain('{"data":{"viewer":{"role":"CUSTOMER"}}}')
})

it('counts the bad tokens of an address, even if many other addresses send some', async () => {
  const bad = async (from: string): Promise<number> => {
    const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': from }
    return (await api.app.inject({ method: 'POST', url: '/graphql', headers, payload: {} })).statusCode
  }
  for (let n = 0; n < 3; n++) await bad('192.0.2.1')
  expect(await bad('192.0.2.1')).toBe(429)
  for (let n = 0; n < 5_200; n++) await bad(`10.1.${n >> 8}.${n & 255}`)
  expect(await bad('192.0.2.1')).toBe(429)
})

const anHour = 3_600_000

/** Starts a server whose connections end within an hour only because it closes. */
async function startPatient(closeGraceMs: number): Promise<ApiUnderTest> {
  const other = await startApi(api.databaseUrl, { closeGraceMs, limits: { requestMs: anHour, uploadMs: anHour } })
  other.app.server.timeout = 0
  other.app.server.keepAliveTimeout = 0
  return other
}

it('closes idle connections at once, while a request is under way', async () => {
  const other = await startPatient(anHour)
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => (finish = resolve))
  other.app.get('/slow', async () => {
    await finished
    return {}
  })
  const at = Number(new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).port)
  const [silent, used, busy] = [connect(at, '127.0.0.1'), connect(at, '127.0.0.1'), connect(at, '127.0.0.1')]
  await new Promise((resolve) => {
    used.once('data', resolve)
    used.write('GET /health HTTP/1.1\r\nhost: desk\r\n\r\n')
  })
  const asked = once(other.app.server, 'request')
  busy.write('GET /slow HTTP/1.1\r\nhost: desk\r\n\r\n')
  await asked
  const closed = other.close()
  await vi.waitUntil(() => silent.closed && used.closed)
  expect(busy.closed).toBe(false)
  finish()
  await closed
})

it('closes after a while despite an incomplete request and an open WebSocket', async () => {
  const other = await startPatient(300)
  const at = Number(new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).port)
  const upgraded = once(other.app.server, 'upgrade') as Promise<[IncomingMessage]>
  const deaf = connect(at, '127.0.0.1')
  await new Promise((resolve) => {
    deaf.once('data', resolve)
    deaf.write(
      'GET /graphql HTTP/1.1\r\nhost: desk\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    )
  })
  const asked = once(other.app.server, 'request') as Promise<[IncomingMessage]>
  const incomplete = ['POST /graphql HTTP/1.1\r\nhost: de', `${await head('content-length: 1000')}{"query":`].map(
    (bytes) => {
      const socket = connect(at, '127.0.0.1', () => socket.write(bytes))
      return socket.on('error', () => undefined)
    },
  )
  const [[{ socket: ofWebSocket }], [{ socket: ofRequest }]] = await Promise.all([upgraded, asked])
  // By itself a WebSocket ends half a minute after it was asked to.
  let togetherWithRequest = false
  ofRequest.once('close', () => (togetherWithRequest = ofWebSocket.destroyed))
  const closed = other.close()
  await vi.waitUntil(() => [deaf, ...incomplete].every((socket) => socket.closed))
  await closed
  expect(togetherWithRequest).toBe(true)
})

it('sends a slowly read answer completely while it closes', async () => {
  const other = await startApi(api.databaseUrl)
  const size = 8 * 1024 * 1024
  other.app.get('/large', async () => 'x'.repeat(size))
  const at = Number(new URL(await other.app.listen({ port: 0, host: '127.0.0.1' })).port)
  const reader = connect(at, '127.0.0.1')
  let read = 0
  const whole = new Promise((resolve) => reader.once('close', resolve))
  reader.write('GET /large HTTP/1.1\r\nhost: desk\r\n\r\n')
  await new Promise<void>((resolve) => {
    reader.once('data', (chunk: Buffer) => {
      read += chunk.length
      reader.pause()
      resolve()
    })
  })
  const closed = other.close()
  // The server closes a connection without a request, and its client tries again.
  const answerOf = (path: string, init?: RequestInit): Promise<Response> =>
    vi.waitFor(() => fetch(`http://127.0.0.1:${at}${path}`, init))
  await vi.waitUntil(async () => (await answerOf('/health')).status === 503)
  const late = await answerOf('/graphql', { method: 'POST', body: '{}' })
  expect({ status: late.status, connection: late.headers.get('connection') }).toEqual({
    status: 503,
    connection: 'close',
  })
  expect(await late.json()).toMatchObject({ errors: [{ extensions: { code: 'shutting_down' } }] })
  reader.on('data', (chunk: Buffer) => void (read += chunk.length))
  reader.resume()
  await Promise.all([closed, whole])
  expect(read).toBeGreaterThan(size)
})
