import { createClient } from 'graphql-ws'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { readModels } from '@guichet/projections'
import type { Bearer } from '../server/testing/api-under-test.ts'
import {
  ana,
  max,
  mutate,
  openEventStream,
  openTicket,
  startApi,
  tokenFor,
  tokenKey,
  useApi,
  zoe,
} from '../server/testing/api-under-test.ts'

/** Tokens expire when they say so: clocks may not differ. */
const auth = { issuer: 'guichet', audience: 'guichet', key: tokenKey, clockTolerance: 0 }
const api = useApi({ beforeAll, afterAll }, { limits: { subscriptions: 3 }, auth })
let address: string
beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
})

type Change = {
  readonly ticketChanged: {
    readonly position: string
    readonly event: { readonly type: string }
    readonly ticket: { readonly status: string }
  }
}
type Receipt = {
  readonly inboxReceived: { readonly position: string; readonly notification: { readonly kind: string } }
}

const changed = (id: string, after?: string): string =>
  `subscription { ticketChanged(id: "${id}"${after === undefined ? '' : `, after: "${after}"`}) {
    position event { type: __typename } ticket { status }
  } }`
const received = (after?: string): string =>
  `subscription { inboxReceived${after === undefined ? '' : `(after: "${after}")`} { position notification { kind } } }`

const stream = async <T>(as: Bearer, query: string, lifetime?: string | Date) =>
  openEventStream<T>(`${address}/graphql`, await tokenFor(as, lifetime), query)

const typesOf = (changes: readonly { readonly data?: Change | null }[]) =>
  changes.map(({ data }) => data?.ticketChanged.event.type)

describe('ticketChanged', () => {
  it('sends the desk every event as it happens, with the ticket after it', async () => {
    const ticketId = await openTicket(api, zoe)
    const changes = await stream<Change>(ana, changed(ticketId))
    await mutate(api, ana, 'addNote', { ticketId, body: 'À voir' })
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Voilà', then: 'RESOLVED' })
    const results = await changes.take(4)
    expect(typesOf(results)).toEqual(['InternalNoteAdded', 'AgentReplied', 'TicketStarted', 'TicketResolved'])
    expect(results.at(-1)?.data?.ticketChanged.ticket.status).toBe('RESOLVED')
    await changes.leave()
  })

  it('continues after a position without a gap', async () => {
    const ticketId = await openTicket(api, zoe)
    const { position } = await mutate(api, ana, 'startTicket', { ticketId })
    await mutate(api, ana, 'tagTicket', { ticketId, tag: 'a' })
    const changes = await stream<Change>(ana, changed(ticketId, position ?? ''))
    await mutate(api, ana, 'tagTicket', { ticketId, tag: 'b' })
    expect(typesOf(await changes.take(2))).toEqual(['TicketTagged', 'TicketTagged'])
    await changes.leave()
  })

  it('has the cursors of the timeline, and takes either for the other', async () => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, 'addNote', { ticketId, body: 'À voir' })
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Voilà', then: 'RESOLVED' })
    const fields = 'edges { cursor node { ... on TicketEvent { type: __typename number at by { kind } } } }'
    type Item = { readonly cursor: string; readonly node: { readonly type: string; readonly number: number } }
    const timeline = async (as: typeof ana, args: string): Promise<readonly Item[]> => {
      const { ticket } = await api.dataOf(as, `{ ticket(id: "${ticketId}") { timeline(${args}) { ${fields} } } }`)
      return (ticket as { readonly timeline: { readonly edges: readonly Item[] } }).timeline.edges
    }
    const followed = (after: string) =>
      `subscription { ticketChanged(id: "${ticketId}", after: "${after}") {
        cursor event { ... on TicketEvent { type: __typename number at by { kind } } } } }`
    type Followed = { readonly ticketChanged: { readonly cursor: string; readonly event: Item['node'] } }
    for (const as of [ana, zoe]) {
      const all = await timeline(as, 'first: 100')
      expect(all.map(({ node }) => node.number)).toEqual(all.map((_, index) => index + 1))
      for (const [index, { cursor }] of all.slice(0, -1).entries()) {
        const later = all.slice(index + 1)
        const changes = await stream<Followed>(as, followed(cursor))
        const heard = (await changes.take(later.length)).map(({ data }) => data?.ticketChanged)
        await changes.leave()
        expect(heard.map((change) => ({ cursor: change?.cursor, node: change?.event }))).toEqual(later)
        expect(await timeline(as, `last: 100, before: "${heard[0]?.cursor}"`)).toEqual(all.slice(0, index + 1))
      }
    }
    const [{ cursor } = { cursor: '' }] = await timeline(ana, 'first: 1')
    const [foreign] = await (await stream(ana, changed(await openTicket(api, zoe), cursor))).rest()
    expect(foreign?.errors?.[0]).toMatchObject({ extensions: { code: 'cursor_invalid' } })
    const inbox = (await api.dataOf(zoe, '{ inbox(first: 1) { edges { cursor } } }')) as {
      readonly inbox: { readonly edges: readonly { readonly cursor: string }[] }
    }
    const [other] = await (await stream(zoe, changed(ticketId, inbox.inbox.edges[0]?.cursor))).rest()
    expect(other?.errors?.[0]).toMatchObject({ extensions: { code: 'cursor_invalid' } })
  })

  it('sends customers nothing internal', async () => {
    const ticketId = await openTicket(api, zoe)
    const changes = await stream<Change>(zoe, changed(ticketId))
    await mutate(api, ana, 'addNote', { ticketId, body: 'Entre nous' })
    await mutate(api, ana, 'escalateTicket', { ticketId, team: 'technical_specialists', reason: 'bug' })
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Voilà' })
    expect(typesOf(await changes.take(2))).toEqual(['AgentReplied', 'TicketStarted'])
    await changes.leave()
  })

  it.each([
    ['foreign', true],
    ['unknown', false],
  ])('refuses customers a %s ticket alike', async (_, exists) => {
    const id = exists ? await openTicket(api, max) : 'unknown'
    const changes = await stream(zoe, changed(id))
    const [last] = await changes.rest()
    expect(last?.errors?.[0]).toMatchObject({ extensions: { code: 'ticket_unknown' } })
  })

  it.each(['nonsense', '1:2:3', '', '99999999999999999999-9999999999999999999'])(
    'refuses the position %j',
    async (after) => {
      const changes = await stream(ana, changed('x', after))
      const [last] = await changes.rest()
      expect(last?.errors?.[0]).toMatchObject({ extensions: { code: 'position_invalid' } })
    },
  )

  it('ends when its token does', async () => {
    const ticketId = await openTicket(api, zoe)
    // The clock stands still until the stream is open, however long that takes, and tokens are not verified again.
    const expiresAt = Math.ceil(Date.now() / 1_000) * 1_000 + 600_000
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: expiresAt - 500 })
    try {
      const changes = await stream(zoe, changed(ticketId), new Date(expiresAt))
      vi.setSystemTime(expiresAt)
      const [last] = await changes.rest()
      expect(last?.errors?.[0]).toMatchObject({ extensions: { code: 'token_expired' } })
    } finally {
      vi.useRealTimers()
    }
  })

  it('limits the open streams of a principal, and does not count ended ones', async () => {
    const ticketId = await openTicket(api, zoe)
    const open = await Promise.all([1, 2, 3].map(() => stream<Change>(zoe, changed(ticketId))))
    const [refused] = await (await stream(zoe, changed(ticketId))).rest()
    expect(refused?.errors?.[0]).toMatchObject({ extensions: { code: 'too_many_subscriptions' } })
    await open[0]?.leave()
    await expect
      .poll(async () => {
        const again = await stream<Change>(zoe, changed(ticketId, '0-0'))
        const [first] = await again.take(1)
        await again.leave()
        return first
      })
      .toMatchObject({ data: { ticketChanged: { event: { type: 'TicketOpened' } } } })
    await Promise.all(open.map(({ leave }) => leave()))
  })
})

describe('inboxReceived', () => {
  it('notifies a customer of a reply, and continues after a position', async () => {
    const ticketId = await openTicket(api, max)
    const inbox = await stream<Receipt>(max, received())
    await mutate(api, ana, 'agentReply', { ticketId, body: 'Bonjour' })
    await mutate(api, ana, 'resolveTicket', { ticketId })
    const results = await inbox.take(2)
    expect(results.map(({ data }) => data?.inboxReceived.notification.kind)).toEqual(['REPLY', 'RESOLVED'])
    await inbox.leave()

    const again = await stream<Receipt>(max, received(results[0]?.data?.inboxReceived.position))
    expect((await again.take(1))[0]?.data).toEqual(results[1]?.data)
    await again.leave()
  })
})

it('inboxReceived has the cursors of the inbox, and takes either for the other', async () => {
  const lou = { id: 'lou', role: 'customer' } as const
  const ticketId = await openTicket(api, lou)
  for (const body of ['Un', 'Deux', 'Trois']) await mutate(api, ana, 'agentReply', { ticketId, body })
  const list = async (args: string) => {
    const { inbox } = await api.dataOf(lou, `{ inbox(${args}) { edges { cursor node { id } } } }`)
    return (inbox as { edges: { cursor: string; node: { id: string } }[] }).edges
  }
  const newestFirst = await list('first: 100')
  expect(newestFirst).toHaveLength(3)
  type Heard = { readonly inboxReceived: { readonly cursor: string; readonly notification: { readonly id: string } } }
  const oldest = newestFirst.at(-1)?.cursor
  const inbox = await stream<Heard>(
    lou,
    `subscription { inboxReceived(after: "${oldest}") { cursor notification { id } } }`,
  )
  const heard = (await inbox.take(2)).map(({ data }) => data?.inboxReceived)
  await inbox.leave()
  expect(heard.map((one) => ({ cursor: one?.cursor, node: one?.notification }))).toEqual(
    newestFirst.slice(0, 2).reverse(),
  )
  expect(await list(`first: 100, after: "${heard[0]?.cursor}"`)).toEqual(newestFirst.slice(2))
  expect(await list(`last: 100, before: "${heard[0]?.cursor}"`)).toEqual(newestFirst.slice(0, 1))
})

describe('a customer who was made the assignee of another customer’s ticket', () => {
  it('gets no notifications for the desk', async () => {
    const lea = { id: 'lea', role: 'customer' } as const
    const own = await openTicket(api, lea)
    const foreign = await openTicket(api, zoe, { subject: 'SECRET' })
    const opened = await stream<Receipt>(lea, received('0-0'))
    await mutate(api, ana, 'assignTicket', { ticketId: foreign, assignee: { id: 'lea' } })
    await mutate(api, zoe, 'customerReply', { ticketId: foreign, body: 'Encore moi' })
    await mutate(api, ana, 'agentReply', { ticketId: own, body: 'Bonjour' })
    expect((await opened.take(1)).map(({ data }) => data?.inboxReceived.notification.kind)).toEqual(['REPLY'])
    await opened.leave()
    const inbox = '{ inbox(first: 10) { nodes { kind } } }'
    expect((await api.ask(lea, inbox)).data).toEqual({ inbox: { nodes: [{ kind: 'REPLY' }] } })
    const kinds = (await api.ask({ ...lea, role: 'agent' }, inbox)).data as { inbox: { nodes: { kind: string }[] } }
    expect(kinds.inbox.nodes.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['REPLY', 'CUSTOMER_REPLIED', 'ASSIGNED']),
    )
  })
})

describe('inboxReceived, when the read models are late,', () => {
  it('sends late notifications with the next read, each once and in order', async () => {
    const pool = new pg.Pool({ connectionString: api.databaseUrl })
    const models = readModels(pool)
    let blindLooks = 0
    let blind = true
    const newest: typeof models.inbox.newest = async (...args) => {
      if (!blind) return models.inbox.newest(...args)
      blindLooks++
      return []
    }
    const other = await startApi(api.databaseUrl, { readModels: { ...models, inbox: { ...models.inbox, newest } } })
    const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
    const ticketId = await openTicket(other, max)
    const inbox = await openEventStream<Receipt>(`${url}/graphql`, await tokenFor(max), received())
    await expect.poll(() => blindLooks).toBe(1)
    await mutate(other, ana, 'agentReply', { ticketId, body: 'Bonjour' })
    await expect.poll(() => blindLooks).toBe(2)
    blind = false
    await mutate(other, ana, 'resolveTicket', { ticketId })
    await mutate(other, ana, 'closeTicket', { ticketId })
    const results = await inbox.take(3)
    expect(results.map(({ data }) => data?.inboxReceived.notification.kind)).toEqual(['REPLY', 'RESOLVED', 'CLOSED'])
    await inbox.leave()
    await other.close()
    await pool.end()
  })
})

describe('over a WebSocket', () => {
  const connect = (authorization: string | undefined) =>
    createClient({
      url: `${address.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...(authorization && { connectionParams: { authorization } }),
    })

  it('subscriptions get the same results', async () => {
    const ticketId = await openTicket(api, zoe)
    const client = connect(`Bearer ${await tokenFor(zoe)}`)
    const changes = client.iterate<Change>({ query: changed(ticketId, '0-0') })
    const { value } = await changes.next()
    expect(value?.data?.ticketChanged.event.type).toBe('TicketOpened')
    await changes.return?.()
    await client.dispose()
  })

  it('only subscriptions are accepted', async () => {
    const client = connect(`Bearer ${await tokenFor(zoe)}`)
    await expect(client.iterate({ query: '{ viewer { role } }' }).next()).rejects.toMatchObject([
      { extensions: { code: 'subscriptions_only' } },
    ])
    await client.dispose()
  })

  it.each([
    ['without a token', () => undefined, 'unauthenticated'],
    ['with a bad token', () => 'Bearer nonsense', 'unauthenticated'],
    ['with an old token', async () => `Bearer ${await tokenFor(zoe, new Date(Date.now() - 60_000))}`, 'token_expired'],
  ])('a connection %s is refused with a code', async (_, authorization, reason) => {
    const client = connect(await authorization())
    await expect(client.iterate({ query: changed('x') }).next()).rejects.toMatchObject({ code: 4403, reason })
  })
})

it('waits only for the read models that it shows', async () => {
  const stuck = new Promise<boolean>(() => undefined)
  const reached = async (_: unknown, __: number, names?: readonly string[]) =>
    names?.includes('tickets') ? true : stuck
  const other = await startApi(api.databaseUrl, { runner: { reached, stopped: async () => [] } })
  const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
  const ticketId = await openTicket(api, max)
  await mutate(api, ana, 'agentReply', { ticketId, body: 'Bonjour' })
  for (const query of [changed(ticketId, '0-0'), received('0-0')]) {
    const opened = await openEventStream<Change & Receipt>(`${url}/graphql`, await tokenFor(max), query)
    expect((await opened.take(1))[0]?.errors).toBeUndefined()
    await opened.leave()
  }
  await other.close()
})

it('does not prevent the server from closing, which logs no error', async () => {
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const other = await startApi(api.databaseUrl, { log })
  const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
  const ticketId = await openTicket(other, zoe)
  const changes = await openEventStream<Change>(`${url}/graphql`, await tokenFor(zoe), changed(ticketId))
  await other.close()
  const [last] = await changes.rest()
  expect(last?.errors?.[0]).toMatchObject({ extensions: { code: 'shutting_down' } })
  const ended = lines.map((line) => JSON.parse(line) as object).filter((line) => 'code' in line)
  expect(ended).toEqual([expect.objectContaining({ level: 30, code: 'shutting_down', msg: 'a stream ended' })])
  expect(lines.join()).not.toContain('stack')
})
