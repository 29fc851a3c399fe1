import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ApiUnderTest, Bearer } from './testing/api-under-test.ts'
import {
  ana,
  max,
  mutation,
  nextCommandId,
  openEventStream,
  openTicket,
  startApi,
  tokenFor,
  useApi,
  zoe,
} from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

/** Runs with a separate API over the same database. */
async function withApi<T>(
  options: Parameters<typeof startApi>[1],
  work: (other: ApiUnderTest) => Promise<T>,
): Promise<T> {
  const other = await startApi(api.databaseUrl, options)
  try {
    return await work(other)
  } finally {
    await other.close()
  }
}

const viewer = '{ viewer { role } }'
const codesOf = (answer: Awaited<ReturnType<ApiUnderTest['ask']>>) =>
  answer.errors.map(({ extensions }) => extensions.code)
const reply = (on: ApiUnderTest, as: Bearer, ticketId: string, characters: number) =>
  on.ask(as, mutation('customerReply'), {
    input: { commandId: nextCommandId(), ticketId, body: 'x'.repeat(characters) },
  })

describe('a principal', () => {
  it('may write a limited number of bytes per minute, and still read when they are used up', async () => {
    const ticketId = await openTicket(api, zoe)
    await withApi({ limits: { writtenBytesPerMinute: 20_000 } }, async (other) => {
      expect(codesOf(await reply(other, zoe, ticketId, 15_000))).toEqual([])
      const refused = await reply(other, zoe, ticketId, 15_000)
      expect(codesOf(refused)).toEqual(['quota_exceeded'])
      expect(codesOf(await other.ask(zoe, viewer))).toEqual([])
      expect(codesOf(await reply(other, max, ticketId, 15_000))).toEqual([])
    })
  })

  it('may use a limited working time of the server per minute', async () => {
    await withApi({ limits: { millisecondsPerMinute: 0.000_001 } }, async (other) => {
      expect(codesOf(await other.ask(zoe, viewer))).toEqual([])
      const refused = await other.ask(zoe, viewer)
      expect({ status: refused.status, codes: codesOf(refused) }).toEqual({ status: 429, codes: ['quota_exceeded'] })
      expect(codesOf(await other.ask(max, viewer))).toEqual([])
    })
  })
})

describe('a visitor', () => {
  const limits = { chatMessagesPerMinute: 10, visitorsPerMinute: 0 }
  const visitor = (n: number): Bearer => ({
    role: 'visitor',
    id: `visitor-00000000-0000-4000-8000-0000000000${10 + n}`,
  })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const send = (on: ApiUnderTest, as: Bearer, operation: string, given: object, address = '192.0.2.1') =>
    on.ask(as, mutation(operation, ''), { input: { commandId: nextCommandId(), ...given } }, from(address))
  const message = { subject: 'Printer', body: 'It is broken.', email: 'me@shop.example' }

  it('starts chats and leaves messages no more than the quota of messages allows, alone and with others of the address', async () => {
    await withApi({ limits, trustProxy: ['loopback'] }, async (other) => {
      expect(codesOf(await send(other, visitor(1), 'startChat', {}))).toEqual([])
      for (const [operation, given] of [
        ['startChat', {}],
        ['leaveChatMessage', message],
      ] as const) {
        expect(codesOf(await send(other, visitor(1), operation, given))).toEqual(['quota_exceeded'])
      }
      expect(codesOf(await send(other, visitor(2), 'leaveChatMessage', message))).toEqual([])
      let refused: readonly string[] = []
      for (let n = 3; n < 80 && refused.length === 0; n++)
        refused = codesOf(await send(other, visitor(n), 'startChat', {}))
      expect(refused).toEqual(['quota_exceeded'])
      expect(codesOf(await send(other, visitor(81), 'startChat', {}, '192.0.2.2'))).toEqual([])
    })
  })
})

describe('a subscription', () => {
  const changed = (id: string): string => `subscription { ticketChanged(id: "${id}", after: "0-0") { position } }`
  const tooLate = { errors: [{ extensions: { code: 'quota_exceeded' } }] }

  it('ends when its principal has no time left', async () => {
    const ticketId = await openTicket(api, zoe)
    await withApi({ limits: { millisecondsPerMinute: 0.000_001 } }, async (other) => {
      const address = await other.app.listen({ port: 0, host: '127.0.0.1' })
      const stream = await openEventStream(`${address}/graphql`, await tokenFor(zoe), changed(ticketId))
      expect(await stream.rest()).toMatchObject([tooLate])
    })
  })

  it('is refused over a WebSocket when its principal has no time left', async () => {
    const ticketId = await openTicket(api, zoe)
    await withApi({ limits: { millisecondsPerMinute: 0.000_001 } }, async (other) => {
      const address = await other.app.listen({ port: 0, host: '127.0.0.1' })
      await other.ask(zoe, viewer)
      const client = createClient({
        url: `${address.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionParams: { authorization: `Bearer ${await tokenFor(zoe)}` },
      })
      const results = client.iterate({ query: changed(ticketId) })
      await expect(results.next()).rejects.toMatchObject([tooLate.errors[0]])
      await client.dispose()
    })
  })
})

it('lets customers send the operations that the server was given, in any layout, and the desk any operation', async () => {
  await withApi({ allowedOperations: ['query Mine { viewer { role, userId } }', viewer] }, async (other) => {
    expect(codesOf(await other.ask(zoe, 'query Mine {\n viewer { role userId } # me\n}'))).toEqual([])
    expect(codesOf(await other.ask(zoe, viewer))).toEqual([])
    const refused = await other.ask(zoe, '{ viewer { role name } }')
    expect(codesOf(refused)).toEqual(['operation_not_allowed'])
    expect(codesOf(await other.ask(ana, '{ viewer { role name } }'))).toEqual([])
  })
})
