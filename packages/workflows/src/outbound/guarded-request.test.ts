import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { addressGuard, addressRange } from './address-guard.ts'
import { guardedRequest } from './guarded-request.ts'

const loopback = addressRange('127.0.0.0/8')
const forever = new AbortController().signal

/** What comes of a request to a server that answers with these bytes. */
async function answerOf(bytes: string): Promise<unknown> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (bytes === '' ? socket.destroy() : socket.write(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const guard = addressGuard({ allowed: loopback ? [loopback] : [] })
    const url = new URL(`http://127.0.0.1:${port}/`)
    return await guardedRequest(url, { method: 'GET', guard, userAgent: 'test', signal: forever })
  } finally {
    server.close()
  }
}

it.each([
  ['answers', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204 }],
  ['redirects', 'HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n', { status: 302, location: '/there' }],
  [
    'changes the protocol unasked',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
    { status: 101 },
  ],
])('ends when the server %s', async (_, bytes, answer) => {
  expect(await answerOf(bytes)).toMatchObject(answer)
})

it('rejects when the server ends without an answer', async () => {
  await expect(answerOf('')).rejects.toThrow()
})
