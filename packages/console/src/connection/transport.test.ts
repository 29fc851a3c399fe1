import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { buildSchema, GraphQLError } from 'graphql'
import type { ExecutionResult } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { reconnectDelay, terminated } from './back-off.ts'
import type { Transport } from './transport.ts'
import { finalCodes, Refused, refusalIn, tokenCodes, Unreachable } from './refusals.ts'
import { createTransport } from './transport.ts'

const schema = buildSchema('type Query { n: Int } type Subscription { n: Int }')

/** What the server answers next: a value, or the code of an error. The last one is answered for ever. */
type Answer = number | string
let answers: Answer[]
/** A value after which a subscription goes on. */
const endless = -1
let subscriptions: number
/** The tokens that connections came with. */
let bearers: unknown[]
let refusedTokens: string[]
let token: string
let rejected: (readonly [code: string, token: string | undefined])[]
let http: Server
let sockets: WebSocketServer
let transport: Transport

const next = (): Answer => (answers.length > 1 ? answers.shift() : answers[0]) ?? 0
const errorsOf = (code: string): ExecutionResult => ({ errors: [new GraphQLError(code, { extensions: { code } })] })

async function* numbers(value: number): AsyncGenerator<ExecutionResult, void, void> {
  yield { data: { n: value } }
  if (value === endless) await new Promise(() => undefined)
}

beforeEach(async () => {
  answers = []
  subscriptions = 0
  bearers = []
  refusedTokens = []
  token = 'first'
  rejected = []
  const page = new EventTarget()
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  vi.stubGlobal('WebSocket', WebSocket)
  http = createServer((request, response) => {
    const answer = next()
    const bearer = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const code = refusedTokens.includes(bearer) ? 'token_expired' : answer
    response.end(JSON.stringify(typeof code === 'string' ? errorsOf(code) : { data: { n: code } }))
  })
  sockets = new WebSocketServer({ server: http, path: '/graphql' })
  useServer(
    {
      schema,
      onConnect: ({ connectionParams, extra }) => {
        const bearer = String(connectionParams?.['authorization']).slice('Bearer '.length)
        bearers.push(bearer)
        if (refusedTokens.includes(bearer)) extra.socket.close(4403, 'token_expired')
      },
      subscribe: async () => {
        subscriptions++
        const answer = next()
        return typeof answer === 'string' ? errorsOf(answer) : numbers(answer)
      },
    },
    sockets,
  )
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  transport = createTransport({
    server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    token: async () => token,
    onConnection: () => undefined,
    onRejected: (code, bearer) => void rejected.push([code, bearer]),
  })
})
afterEach(() => {
  transport.close()
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  http.closeAllConnections()
  http.close()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Wakes whoever pauses, as a browser does that is online again. */
const wake = (): void => void window.dispatchEvent(new Event('online'))
const follow = () => {
  const seen: number[] = []
  const refused: string[] = []
  transport.follow<{ readonly n: number }>('subscription { n }', () => ({}), {
    next: ({ n }) => void seen.push(n),
    refused: (code) => void refused.push(code),
  })
  return { seen, refused }
}

describe('a request', () => {
  it.each(['outcome_unknown', 'internal_error', 'read_timeout', 'rate_limited', 'request_timeout', 'a_code_of_later'])(
    'may be sent again after %s',
    async (code) => {
      answers = [code, 1]
      await expect(transport.ask('{ n }')).rejects.toThrow(Unreachable)
      expect(await transport.ask('{ n }')).toEqual({ n: 1 })
    },
  )

  it.each(['forbidden', 'malformed_input', 'chat_unknown'])('is refused for good with %s', async (code) => {
    answers = [code]
    await expect(transport.ask('{ n }')).rejects.toThrow(Refused)
  })

  it.each(tokenCodes)('waits for another token after %s', async (code) => {
    answers = [code]
    await expect(transport.ask('{ n }')).rejects.toThrow(Unreachable)
    expect(rejected).toEqual([[code, 'first']])
  })

  it('is not sent once the transport is closed', async () => {
    transport.close()
    await expect(transport.ask('{ n }')).rejects.toThrow('closed')
  })
})

describe('a subscription', () => {
  it('is not begun again when it is refused', async () => {
    answers = ['chat_unknown']
    const { refused } = follow()
    await vi.waitUntil(() => refused.length > 0)
    wake()
    // A connection that is made again subscribes to what is still followed.
    transport.refresh()
    const other = follow()
    await vi.waitUntil(() => (wake(), other.refused.length > 0))
    expect({ refused, subscriptions }).toEqual({ refused: ['chat_unknown'], subscriptions: 2 })
  })

  it('is begun again after longer and longer waits when what ends it passes, and from the shortest after a result', async () => {
    answers = ['quota_exceeded', 'quota_exceeded', 'quota_exceeded', 1, 'unavailable', 2]
    const limits: number[] = []
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const setTimer = globalThis.setTimeout
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      // Only a wait for another attempt is not a whole number of milliseconds.
      const isWait = !Number.isInteger(ms)
      if (isWait) limits.push(Math.ceil(ms / 500) * 500)
      return setTimer(run, isWait ? 1 : ms)
    }) as typeof setTimeout)
    const { seen, refused } = follow()
    await vi.waitUntil(() => seen.includes(2))
    expect({ seen: seen.slice(0, 2), refused }).toEqual({ seen: [1, 2], refused: [] })
    expect(limits.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 1_000, 2_000])
  })

  it('says that it is delayed when it is refused three times in a row, until it is not', async () => {
    answers = ['too_many_subscriptions', 'too_many_subscriptions', 'too_many_subscriptions', 'quota_exceeded', endless]
    const told: unknown[] = []
    transport.follow<{ readonly n: number }>('subscription { n }', () => ({}), {
      next: ({ n }) => void told.push(n),
      refused: (code) => void told.push(code),
      delayed: (code) => void told.push(code),
    })
    await vi.waitUntil(() => (wake(), told.includes(endless)))
    expect(told).toEqual(['too_many_subscriptions', 'quota_exceeded', undefined, endless])
  })

  it('says which token was refused, and goes on with the next', async () => {
    answers = [1]
    refusedTokens = ['first']
    const { seen } = follow()
    await vi.waitUntil(() => rejected.length > 0)
    expect(rejected[0]).toEqual(['token_expired', 'first'])
    token = 'second'
    await vi.waitUntil(() => (wake(), seen.length > 0))
    expect(bearers.at(-1)).toBe('second')
  })

  it('goes on with the token of now when the connection is made again', async () => {
    answers = [1]
    const { seen } = follow()
    await vi.waitUntil(() => seen.length > 0)
    token = 'second'
    transport.refresh()
    await vi.waitUntil(() => (wake(), bearers.includes('second')))
    expect(rejected).toEqual([])
  })

  it('is connected again at once when the server answers a request meanwhile', async () => {
    answers = [endless]
    const { seen } = follow()
    await vi.waitUntil(() => seen.length > 0)
    vi.spyOn(Math, 'random').mockReturnValue(1)
    for (const socket of sockets.clients) socket.terminate()
    await vi.waitUntil(async () => {
      await transport.ask('{ n }')
      return seen.length > 1
    })
  })

  it.each([
    ['closed from outside', () => sockets.clients.forEach((each) => each.terminate()), 1006],
    ['closed by a server that stops', () => sockets.clients.forEach((each) => each.close(1001)), 1001],
    ['ended by the page', () => transport.refresh(), terminated],
  ])('waits for as long as clients of a connection that was %s do', async (_, end, code) => {
    answers = [endless]
    const { seen } = follow()
    await vi.waitUntil(() => seen.length > 0)
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const timer = vi.spyOn(globalThis, 'setTimeout')
    end()
    const wait = reconnectDelay(0, code)
    await vi.waitUntil(() => timer.mock.calls.some(([, milliseconds]) => milliseconds === wait))
  })
})

it('gives up for the codes of the edge that the same request would meet again, and for no other', () => {
  const passing = [...tokenCodes, 'request_timeout', 'rate_limited', 'quota_exceeded', 'too_many_subscriptions']
  const documented = readFileSync(fileURLToPath(new URL('../../../../docs/errors.md', import.meta.url)), 'utf8')
  const expected = [...documented.matchAll(/^\| `([a-z_]+)` +\| ([45]\d\d) /gm)].flatMap(([, code = '', status]) =>
    Number(status) >= 500 || passing.includes(code) ? [] : [code],
  )
  expect([...finalCodes].sort()).toEqual(expected.sort())
})

it('sends a command again that the desk could not decide, and gives up one that it refuses', () => {
  for (const code of ['TOO_MANY_CONFLICTS', 'OUTCOME_UNKNOWN']) expect(() => refusalIn([{ code }])).toThrow(Unreachable)
  expect([refusalIn([]), refusalIn([{ code: 'CHAT_CLOSED' }])]).toEqual([undefined, 'CHAT_CLOSED'])
})
