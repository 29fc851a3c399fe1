import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { webhookSignature } from '@guichet/workflows'
import type { SourceServer } from '../server/testing/live-data-under-test.ts'
import { serveSource, sourceSecret } from '../server/testing/live-data-under-test.ts'
import { httpLiveDataSource } from './http-source.ts'
import { LiveDataFailed } from './live-data-source.ts'

const servers: SourceServer[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

const customer = { id: 'jean', formerIds: ['visitor-1'], externalIds: [{ system: 'crm', id: '4711' }] }
const card = {
  cardId: 'BT_N_003',
  title: 'Batterie BT_N_003',
  fields: [{ label: 'Température', value: '47,2 °C' }],
  asOf: '2026-11-23T14:31:00.000Z',
}
const ask = async (answer: (request: IncomingMessage, response: ServerResponse) => void, timeoutMs = 5_000) => {
  const server = await serveSource(answer)
  servers.push(server)
  return httpLiveDataSource({ name: 'battery', url: server.url, secrets: [sourceSecret], timeoutMs }).read(customer)
}
const json = (body: unknown) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(JSON.stringify(body))

async function failure(asking: Promise<unknown>): Promise<string> {
  const error: unknown = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof LiveDataFailed)) throw new Error(`no LiveDataFailed: ${String(error)}`)
  return error.message
}

describe('a source of live data over HTTP', () => {
  it('is asked with a signed POST that holds ids alone, and answers cards', async () => {
    const seen: { body: string; verified: string | undefined }[] = []
    const cards = await ask((request, response) => {
      void text(request).then((body) => {
        seen.push({ body, verified: webhookSignature([sourceSecret]).verifiedId(request.headers, body) })
        response.end(JSON.stringify({ cards: [card] }))
      })
    })
    expect(cards).toEqual([card])
    expect(seen).toHaveLength(1)
    expect(seen[0]?.verified).toEqual(expect.any(String))
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ type: 'live_data.read', data: { customer } })
  })

  it.each([
    ['500', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end('secret detail')],
    ['garbage', (_: IncomingMessage, response: ServerResponse) => void response.end('<html>secret detail</html>')],
    ['another form', json({ cards: [{ ...card, fields: 'secret detail' }] })],
    ['one card twice', json({ cards: [card, card] })],
    ['21 cards', json({ cards: Array.from({ length: 21 }, (_, n) => ({ ...card, cardId: `c${n}` })) })],
    [
      'a redirect',
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
    ],
    ['a broken connection', (request: IncomingMessage) => void request.socket.destroy()],
  ])('fails without details for %s', async (_, answer) => {
    const message = await failure(ask(answer))
    expect(message).toMatch(/^it answered 500$|^its answer is not of the documented form$|^it cannot be reached/)
  })

  it('is read no further than 64 KB', async () => {
    let written = 0
    const message = await failure(
      ask((_, response) => {
        const part = Buffer.alloc(65_536, ' ')
        const more = (): void => {
          while (written < 5_000_000 && !response.destroyed) {
            written += part.length
            if (!response.write(part)) return void response.once('drain', more)
          }
          response.end()
        }
        more()
      }),
    )
    expect(message).toBe('the answer is longer than 65536 bytes')
  })

  it('fails when it stalls, before the first byte and after it', async () => {
    expect(await failure(ask(() => undefined, 50))).toBe('no answer within 0.05 s')
    expect(await failure(ask((_, response) => void response.write('{"cards":['), 50))).toBe('no answer within 0.05 s')
  })
})
