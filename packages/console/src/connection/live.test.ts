import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Transport } from './transport.ts'
import { createTransport } from './transport.ts'

/** A server behind a proxy that lets no WebSocket through, and perhaps sends each answer on only when it is complete. */
let http: Server
let holdsBack: boolean
/** What becomes of a WebSocket: it is refused, left unanswered, opened without anything that follows, or acknowledged. */
let upgrades: 'refused' | 'unanswered' | 'dropped' | 'acknowledged'
let sockets: { readonly said: string[]; readonly ended: () => boolean }[]
let streams: { readonly polled: boolean; readonly response: ServerResponse; readonly sent: string[] }[]
let connections: boolean[]
let transport: Transport

const webSockets = new WebSocketServer({ noServer: true, handleProtocols: ([first]) => first ?? false })

/** Like that of a browser, it may be closed before it is open without anybody to hear of it. */
class BrowserSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol)
    this.on('error', () => undefined)
  }
}

beforeEach(async () => {
  holdsBack = false
  upgrades = 'refused'
  sockets = []
  streams = []
  connections = []
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  vi.stubGlobal('WebSocket', BrowserSocket)
  http = createServer((request, response) => {
    if (request.headers.accept !== 'text/event-stream') return response.end('{"data":{"__typename":"Query"}}')
    const stream = { polled: request.url?.includes('?poll=') ?? false, response, sent: [] }
    streams.push(stream)
    response.setHeader('content-type', 'text/event-stream')
    give(stream, ':\n\n')
  })
  http.on('upgrade', (request, socket: Socket, head) => {
    const said: string[] = []
    sockets.push({ said, ended: () => socket.destroyed })
    socket.on('error', () => undefined)
    if (upgrades === 'refused') return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    if (upgrades === 'unanswered') return socket.on('end', () => socket.destroy()).resume()
    const isAcknowledged = upgrades === 'acknowledged'
    webSockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('message', (data: Buffer) => {
        const { type } = JSON.parse(data.toString()) as { readonly type: string }
        said.push(type)
        if (isAcknowledged && type === 'connection_init') opened.send('{"type":"connection_ack"}')
      })
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  transport = createTransport({
    server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    token: async () => 'zoe',
    onConnection: (connected) => void connections.push(connected),
    onRejected: () => undefined,
  })
})
afterEach(() => {
  transport.close()
  http.closeAllConnections()
  http.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function give({ response, sent }: (typeof streams)[number], text: string): void {
  if (holdsBack) sent.push(text)
  else response.write(text)
}
const giveNumber = (stream: (typeof streams)[number] | undefined, n: number): void => {
  if (stream) give(stream, `event: next\ndata: {"data":{"n":${n}}}\n\n`)
}
const complete = (stream: (typeof streams)[number] | undefined): void => {
  if (!stream) return
  give(stream, 'event: complete\ndata:\n\n')
  stream.response.end(stream.sent.join(''))
}
const follow = (brief = false) => {
  const seen: number[] = []
  let again = 0
  transport.follow<{ readonly n: number }>('subscription { n }', () => ({}), {
    next: ({ n }) => void seen.push(n),
    refused: (code) => expect.fail(code),
    connected: () => void again++,
    brief,
  })
  return { seen, connectedAgain: () => again }
}

describe('where WebSockets are refused', () => {
  it('is given results by an event stream, and is never said to be without a connection', async () => {
    const { seen } = follow()
    await vi.waitUntil(() => streams.length === 1)
    giveNumber(streams[0], 1)
    giveNumber(streams[0], 2)
    await vi.waitUntil(() => seen.length === 2)
    expect({ seen, connections, polled: streams[0]?.polled }).toEqual({
      seen: [1, 2],
      connections: [true],
      polled: false,
    })
  })

  it('polls what gives hints, so that they hold no connection', async () => {
    follow(true)
    await vi.waitUntil(() => streams.length === 1)
    expect(streams[0]?.polled).toBe(true)
  })

  it('makes a stream that was cut off again, and says that something was missed', async () => {
    const { seen, connectedAgain } = follow()
    await vi.waitUntil(() => streams.length === 1)
    giveNumber(streams[0], 1)
    await vi.waitUntil(() => seen.length === 1)
    streams[0]?.response.destroy()
    await vi.waitUntil(() => streams.length === 2)
    giveNumber(streams[1], 2)
    await vi.waitUntil(() => seen.length === 2)
    expect(connectedAgain()).toBeGreaterThan(0)
    expect(connections.at(-1)).toBe(true)
  })

  it('polls without end where event streams are held back as well', async () => {
    holdsBack = true
    const { seen } = follow()
    await vi.waitUntil(() => streams.some(({ polled }) => polled))
    for (const n of [1, 2]) {
      await vi.waitUntil(() => streams.filter(({ polled }) => polled).length === n)
      giveNumber(streams.at(-1), n)
      complete(streams.at(-1))
      await vi.waitUntil(() => seen.length === n)
    }
    expect(seen).toEqual([1, 2])
    expect(connections.at(-1)).toBe(true)
  })

  it('says that there is no connection when the server is away', async () => {
    await new Promise((resolve) => http.close(resolve))
    follow()
    await vi.waitUntil(() => connections.length > 0)
    expect(connections).toEqual([false])
  })
})

describe('where WebSockets are let through in appearance', () => {
  it.each(['unanswered', 'dropped'] as const)('is given results by an event stream when they are %s', async (fate) => {
    upgrades = fate
    const { seen } = follow()
    await vi.waitUntil(() => streams.length === 1)
    giveNumber(streams[0], 1)
    await vi.waitUntil(() => seen.length === 1)
    expect({ seen, connections }).toEqual({ seen: [1], connections: [true] })
  })

  it('returns to a WebSocket once one is acknowledged, not when it opens', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    follow(true)
    await vi.waitUntil(() => streams.length === 1)
    upgrades = 'dropped'
    const before = sockets.length
    const pass = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5_000)
    await vi.waitUntil(async () => (await pass(), sockets.length === before + 1))
    await vi.waitUntil(() => sockets.at(-1)?.said.join() === 'connection_init')
    upgrades = 'acknowledged'
    await vi.waitUntil(async () => (await pass(), sockets.at(-1)?.said.includes('subscribe')))
    expect(sockets.slice(before).map(({ said }) => said)).toEqual([
      ['connection_init'],
      ['connection_init'],
      ['connection_init', 'subscribe'],
    ])
  })

  it('gives an attempt up when it is closed', async () => {
    upgrades = 'unanswered'
    follow()
    await vi.waitUntil(() => sockets.length === 1)
    transport.close()
    await vi.waitUntil(() => sockets[0]?.ended())
  })
})
