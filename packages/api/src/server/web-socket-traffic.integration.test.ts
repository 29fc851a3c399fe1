import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ApiUnderTest } from './testing/api-under-test.ts'
import { ana, mutate, openEventStream, openTicket, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const noQuotas = { writtenBytesPerMinute: 0, readBytesPerMinute: 0, millisecondsPerMinute: 0, requestsPerMinute: 0 }
const api = useApi({ beforeAll, afterAll }, { limits: noQuotas, corsOrigins: ['https://shop.example'] })
let port: number
beforeAll(async () => {
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port)
})
const portOf = async ({ app }: ApiUnderTest): Promise<number> => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

/** The sockets of a server, on its side. */
const clientsOf = ({ app }: ApiUnderTest): ReadonlySet<WebSocket> =>
  (app as unknown as { readonly websocketServer: { readonly clients: ReadonlySet<WebSocket> } }).websocketServer.clients

type Message = { readonly type: string; readonly payload?: { readonly data?: unknown; readonly errors?: unknown } }

/** A WebSocket with subscriptions, message by message. */
async function subscriber(at: number, query: string, count = 1) {
  const socket = new WebSocket(`ws://127.0.0.1:${at}/graphql`, 'graphql-transport-ws')
  const received: Message[] = []
  const send = (message: object): void => socket.send(JSON.stringify(message))
  const closed = new Promise<string>((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
  })
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message
    if (message.type === 'connection_ack') {
      for (let id = 1; id <= count; id++) send({ id: `${id}`, type: 'subscribe', payload: { query } })
    }
    received.push(message)
  })
  await once(socket, 'open')
  send({ type: 'connection_init', payload: { authorization: `Bearer ${await tokenFor(zoe)}` } })
  await vi.waitUntil(() => received.length > 0)
  return { socket, received, closed, results: () => received.filter(({ type }) => type === 'next') }
}

const changed = (ticketId: string, after?: string): string =>
  `subscription { ticketChanged(id: "${ticketId}"${after === undefined ? '' : `, after: "${after}"`}) {
    event { ... on CustomerReplied { a: body b: body } } } }`

it('a reader that has stopped reading costs little, is cut in the end, and delays no other reader', async () => {
  const limits = { ...noQuotas, unsentMs: 1_500 }
  const other = await startApi(api.databaseUrl, { limits })
  const at = await portOf(other)
  const ticketId = await openTicket(other, zoe)
  const stalled = await subscriber(at, changed(ticketId, '0-0'), 10)
  await vi.waitUntil(() => stalled.results().length === 10)
  const [ofServer] = clientsOf(other)
  let most = 0
  const looking = setInterval(() => (most = Math.max(most, ofServer?.bufferedAmount ?? 0)), 1)
  stalled.socket.pause()
  const reading = await subscriber(at, changed(ticketId, '0-0'))
  for (let n = 0; n < 100; n++) await mutate(other, zoe, 'customerReply', { ticketId, body: 'x'.repeat(65_000) })
  await vi.waitUntil(() => reading.results().length > 100)
  await vi.waitUntil(() => ofServer?.readyState === WebSocket.CLOSED)
  clearInterval(looking)
  expect(most).toBeGreaterThanOrEqual(1024 * 1024)
  expect(most).toBeLessThan(1_500_000)
  expect(reading.socket.readyState).toBe(WebSocket.OPEN)
  stalled.socket.terminate()
  reading.socket.terminate()
  await other.close()
})

it('a slow reader that reads on gets each event once, in order', async () => {
  const limits = { ...noQuotas, unsentBytes: 64 * 1024, unsentMs: 60_000 }
  const other = await startApi(api.databaseUrl, { limits })
  const ticketId = await openTicket(other, zoe)
  const slow = await subscriber(await portOf(other), changed(ticketId))
  slow.socket.pause()
  for (let n = 0; n < 60; n++) {
    const body = `${n} ${'x'.repeat(60_000)}`
    await mutate(other, zoe, 'customerReply', { ticketId, body })
  }
  slow.socket.resume()
  await vi.waitUntil(() => slow.results().length >= 60)
  const numbers = slow.received
    .map(({ payload }) => (payload?.data as { ticketChanged?: { event: { a?: string } } } | undefined)?.ticketChanged)
    .flatMap((change) => (change?.event.a === undefined ? [] : [Number(change.event.a.split(' ')[0])]))
  expect(numbers).toEqual(Array.from({ length: 60 }, (_, n) => n))
  slow.socket.terminate()
  await other.close()
})

it('a server that stops ends its WebSockets and event streams one after another, and sends them events until then', async () => {
  const other = await startApi(api.databaseUrl, { drain: { perSecond: 20, withinMs: 60_000 } })
  const at = await portOf(other)
  const ticketId = await openTicket(other, zoe)
  const sockets: Awaited<ReturnType<typeof subscriber>>[] = []
  for (let n = 0; n < 10; n++) sockets.push(await subscriber(at, changed(ticketId)))
  const stream = await openEventStream<object>(`http://127.0.0.1:${at}/graphql`, await tokenFor(ana), changed(ticketId))
  const open = (): number => sockets.filter(({ socket }) => socket.readyState === WebSocket.OPEN).length
  const stopping = other.close()
  await vi.waitUntil(() => open() < sockets.length)
  expect(open()).toBeGreaterThan(0)
  const last = sockets.at(-1)
  expect(last?.results()).toEqual([])
  await mutate(api, ana, 'agentReply', { ticketId, body: 'Bonjour' })
  await vi.waitUntil(() => (last?.results().length ?? 0) > 0)
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(sockets.map(() => '1001 shutting_down'))
  const results = await stream.rest()
  expect(results.at(-1)?.errors?.[0]).toMatchObject({ extensions: { code: 'shutting_down' } })
  expect(results.length).toBeGreaterThan(1)
  await stopping
})

it.each([
  [undefined, 101],
  ['https://shop.example', 101],
  ['https://shop.example.evil.example', 403],
  ['null', 403],
])('a page of the origin %s is answered %i when it opens a WebSocket', async (origin, status) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
    ...(origin !== undefined && { origin }),
  })
  const answered = new Promise<number>((resolve) => {
    socket.on('upgrade', () => resolve(101))
    socket.on('unexpected-response', (_, response: { statusCode?: number }) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined)
  })
  expect(await answered).toBe(status)
  socket.terminate()
})

it('a connection is pinged, and one that does not answer ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  try {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { autoPong: false })
    await once(socket, 'open')
    await new Promise((resolve) => setImmediate(resolve))
    const pinged = once(socket, 'ping')
    socket.send(
      JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${await tokenFor(zoe)}` } }),
    )
    await once(socket, 'message')
    const closed = once(socket, 'close')
    await vi.advanceTimersByTimeAsync(12_000)
    await pinged
    expect(clientsOf(api).size).toBe(1)
    await vi.advanceTimersByTimeAsync(12_000)
    expect(await closed).toEqual([1006, expect.anything()])
  } finally {
    vi.useRealTimers()
  }
})
