import { on, once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { mutate, openEventStream, openTicket, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi(
  { beforeAll, afterAll },
  { limits: { unreadBytes: 1_000_000, writtenBytesPerMinute: 0, readBytesPerMinute: 0, millisecondsPerMinute: 0 } },
)
let address: string
let ticketId: string
let query: string
let changes: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  ticketId = await openTicket(api, zoe)
  for (let n = 0; n < 100; n++) await mutate(api, zoe, 'customerReply', { ticketId, body: 'x'.repeat(65_000) })
  query = `{ ticket(id: "${ticketId}") { conversation(first: 100) { nodes { body } } } }`
  changes = `subscription { ticketChanged(id: "${ticketId}", after: "0-0") { ticket { conversation(first: 100) { nodes { body } } } } }`
})

/** Sends an operation, and stops reading when the first long text arrives. */
async function silent(operation: string, accept: string): Promise<Socket> {
  const body = JSON.stringify({ query: operation })
  const head = [
    'POST /graphql HTTP/1.1',
    'host: desk',
    'content-type: application/json',
    `accept: ${accept}`,
    `content-length: ${body.length}`,
    `authorization: Bearer ${await tokenFor(zoe)}`,
  ]
  const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`),
  )
  let read = ''
  for await (const chunk of on(socket, 'data')) {
    read += String(chunk)
    if (read.includes('xxx')) break
  }
  return socket.pause()
}

const status = async (): Promise<number> => (await api.ask(zoe, query)).status

/** Returns the error that replaces the first result of a subscription over an event stream. */
async function refusalOfStream(): Promise<unknown> {
  const stream = await openEventStream(`${address}/graphql`, await tokenFor(zoe), changes)
  const [result] = await stream.take(1)
  await stream.leave()
  return result?.errors?.[0]?.extensions?.['code']
}

/** Returns the reason with which a WebSocket is closed before a subscription's first result. */
async function refusalOfWebSocket(): Promise<unknown> {
  const client = await webSocketClient()
  const results = client.iterate({ query: changes })
  try {
    await results.next()
    return undefined
  } catch (error) {
    const { code, reason } = error as { readonly code: number; readonly reason: string }
    return `${code} ${reason}`
  } finally {
    await client.dispose()
  }
}

const webSocketClient = async (opened: (socket: WebSocket) => void = () => undefined) =>
  createClient({
    url: `${address.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${await tokenFor(zoe)}` },
    on: { connected: (socket) => opened(socket as WebSocket) },
  })

describe('while too much of what was answered stands unread', () => {
  it('queries are answered no more, mutations are, and both once it has left', async () => {
    const reader = await silent(query, 'application/json')
    expect(await status()).toBe(429)
    const input = { ticketId, body: 'Merci', commandId: 'thanks', messageId: 'thanks' }
    const mutation = `mutation($input: CustomerReplyInput!) { customerReply(input: $input) { __typename } }`
    expect(await api.ask(zoe, mutation, { input })).toMatchObject({ status: 200, errors: [] })
    reader.destroy()
    await vi.waitUntil(async () => (await status()) === 200)
  })

  it('an event stream ends with its next result', async () => {
    const reader = await silent(changes, 'text/event-stream')
    expect(await status()).toBe(429)
    expect(await refusalOfStream()).toBe('stream_overflow')
    reader.destroy()
    await vi.waitUntil(async () => (await refusalOfStream()) === undefined)
  })

  it('a WebSocket ends with its next result, and one that is not read counts too', async () => {
    let reader: WebSocket | undefined
    const client = await webSocketClient((socket) => void (reader = socket))
    const reading = client.iterate({ query: changes }).next()
    reading.catch(() => undefined)
    await vi.waitUntil(() => reader !== undefined)
    const { _socket: socket } = reader as unknown as { readonly _socket: Socket }
    await once(socket, 'data')
    reader?.pause()
    expect(await status()).toBe(429)
    expect(await refusalOfWebSocket()).toBe('1013 stream_overflow')
    reader?.terminate()
    await vi.waitUntil(async () => (await refusalOfWebSocket()) === undefined)
    await client.dispose()
  })
})
