import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { aDelivery } from '../testing/killed-sender.ts'
import type { SendOutcome } from './delivery.ts'
import { TryAgain } from './delivery.ts'
import { webhookTransport } from './webhook.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const newSecret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close()
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections()
  }
})

async function receiver(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

const send = (url: string, options: { secrets?: string[]; timeoutMs?: number; signal?: AbortSignal } = {}) => {
  const { secrets = [secret], timeoutMs = 5_000, signal = new AbortController().signal } = options
  return webhookTransport({ url, secrets, timeoutMs }).send(aDelivery(), { signal })
}
const failure = async (sending: Promise<SendOutcome>): Promise<TryAgain> => {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof TryAgain)) throw new Error(`no TryAgain: ${String(error)}`)
  return error
}

describe('a webhook', () => {
  it('is signed by Standard Webhooks, and carries the key of the delivery', async () => {
    const seen: { headers: Record<string, string>; body: string }[] = []
    const url = await receiver((request, response) => {
      void text(request).then((body) => {
        seen.push({ headers: request.headers as Record<string, string>, body })
        response.writeHead(200).end('thank you')
      })
    })
    expect(await send(url)).toEqual({ sent: true })
    const [{ headers, body } = { headers: {}, body: '' }] = seen
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'notification.email',
      timestamp: '2026-03-27T09:00:00.000Z',
      data: {
        id: '0b5f/2:marie/email',
        kind: 'reply',
        recipientId: 'marie',
        language: 'fr',
        title: 'Ticket de support : Nouvelle réponse',
        message: "Vous avez reçu une réponse à votre ticket 'Facture'.",
        address: 'marie@desk.example',
      },
    })
    expect(headers['webhook-id']).toBe(aDelivery().key)
    expect(headers['webhook-id']).toMatch(/^[\da-f]{32}$/)
    expect(() => new Webhook(newSecret).verify(body, headers)).toThrow()
    expect(() => new Webhook(secret).verify(body.replace('marie', 'paul'), headers)).toThrow()
  })

  it('is signed with both secrets while one replaces the other', async () => {
    const verified: unknown[] = []
    const url = await receiver((request, response) => {
      void text(request).then((body) => {
        for (const each of [secret, newSecret]) {
          verified.push(new Webhook(each).verify(body, request.headers as Record<string, string>))
        }
        response.writeHead(204).end()
      })
    })
    await send(url, { secrets: [secret, newSecret] })
    expect(verified).toHaveLength(2)
  })

  it.each([400, 401, 403, 404, 410, 413, 422])('is refused by an answer %i', async (status) => {
    const url = await receiver((_, response) => response.writeHead(status).end('no such\r\n\thook'))
    expect(await send(url)).toEqual({ sent: false, refused: `the receiver answered ${status}: no such hook` })
  })

  it.each([408, 425, 429, 500, 502, 503, 301, 307])('is retried after an answer %i', async (status) => {
    const headers = { 'retry-after': '7', location: 'http://127.0.0.1:1/elsewhere' }
    const url = await receiver((_, response) => response.writeHead(status, headers).end())
    const { message, afterMs } = await failure(send(url))
    expect(message).toBe(`the receiver answered ${status}`)
    expect(afterMs).toBe(7_000)
  })

  it('is retried when nothing listens, when nothing answers in time, and when it is aborted', async () => {
    const silent = await receiver(() => undefined)
    expect((await failure(send(silent, { timeoutMs: 50 }))).message).toBe(
      'the receiver cannot be reached: no answer within 0.05 s',
    )
    const ending = new AbortController()
    const broken = failure(send(silent, { signal: ending.signal }))
    ending.abort()
    expect((await broken).message).toBe('the receiver cannot be reached: broken off')
    expect((await failure(send('http://127.0.0.1:1/'))).message).toMatch(/cannot be reached/)
  })

  it('is retried when the answer breaks off before its head', async () => {
    const url = await receiver((request) => request.socket.destroy())
    expect((await failure(send(url))).message).toMatch(/cannot be reached/)
  })

  it('reads no more than the beginning of an answer that never ends', async () => {
    let written = 0
    const url = await receiver((_, response) => {
      response.writeHead(400)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536
      }
      response.on('drain', more)
      more()
    })
    const sent = await send(url)
    expect(sent).toEqual({ sent: false, refused: `the receiver answered 400: ${'x'.repeat(200)}` })
    expect(written).toBeLessThan(50 * 1024 * 1024)
  })
})
