import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'

/** A message whose signature was right. */
export type Received = {
  /** `webhook-id`. */
  readonly key: string
  readonly type: string
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

/** How a receiver answers; `hang` says nothing for ever. */
export type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang'

/** Whoever takes deliveries: an HTTP server that checks each signature, and answers as it is told. */
export type Receiver = {
  readonly url: string
  readonly secret: string
  /** Everything that came, repetitions included, in order. */
  readonly received: readonly Received[]
  /** Decides from now on how a message is answered, with 204 unless it says otherwise. */
  answers(decide: (message: Received) => Answer | undefined | Promise<Answer | undefined>): void
  /** Waits until so many different messages have come. */
  untilKeys(count: number): Promise<void>
  /** Refuses connections from now on. */
  goAway(): Promise<void>
  /** Takes them again, at the same address. */
  comeBack(): Promise<void>
  close(): Promise<void>
}

/** Opens a receiver on a free port of this machine, with a secret of its own. It answers 204 to everything until it is told otherwise. */
export async function openReceiver(): Promise<Receiver> {
  const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`
  const webhook = new Webhook(secret)
  const received: Received[] = []
  const keys = new Set<string>()
  let decide: Parameters<Receiver['answers']>[0] = () => undefined

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const body = webhook.verify(await text(request), headers) as Omit<Received, 'key'>
    const message = { key: headers['webhook-id'] ?? '', ...body }
    received.push(message)
    keys.add(message.key)
    const answer = (await decide(message)) ?? { status: 204 }
    if (answer === 'hang') return
    response.writeHead(answer.status, answer.headers).end()
  }
  const listen = async (port: number): Promise<Server> => {
    const server = createServer((request, response) => {
      handle(request, response).catch(() => response.writeHead(401).end())
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const end = async (server: Server): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  let server: Server | undefined = await listen(0)
  const { port } = server.address() as AddressInfo
  const goAway = async (): Promise<void> => {
    if (server) await end(server)
    server = undefined
  }
  return {
    url: `http://127.0.0.1:${port}/guichet`,
    secret,
    received,
    answers: (next) => {
      decide = next
    },
    untilKeys: async (count) => {
      await vi.waitUntil(() => keys.size >= count, { timeout: 60_000, interval: 20 })
    },
    goAway,
    comeBack: async () => {
      server = await listen(port)
    },
    close: goAway,
  }
}
