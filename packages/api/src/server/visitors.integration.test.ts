import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createVisitorTokens } from '../auth/visitor-tokens.ts'
import { rights } from '../auth/rights.ts'
import { revocationList } from '../auth/revocations.ts'
import type { Revocation } from '../auth/revocations.ts'
import type { ApiUnderTest } from './testing/api-under-test.ts'
import { ana, mutate, openEventStream, openTicket, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const visitors = { secret: 'a secret of visitors that only these tests know', lifetime: 3_600 }
const revocations = revocationList()
const revoked: Revocation[] = []
const revoke = async (revocation: Revocation): Promise<void> => {
  revoked.push(revocation)
  revocations.replace(revoked)
}
const shop = 'https://shop.example'
const api = useApi(
  { beforeAll, afterAll },
  {
    visitors,
    revocations,
    revoke,
    corsOrigins: [shop],
    trustProxy: ['loopback'],
    limits: { visitorsPerMinute: 3, visitorRequestsPerMinute: 20 },
  },
)

type Minted = { readonly token: string; readonly id: string; readonly expiresAt: string }
type Post = {
  readonly bearer?: string | undefined
  readonly body?: unknown
  readonly origin?: string
  readonly address?: string
}

let addresses = 0
/** Each call comes from another address, unless it names one. */
async function post(
  url: string,
  { bearer, body, origin, address = `192.0.2.${++addresses}` }: Post = {},
  to: ApiUnderTest = api,
) {
  const headers = {
    'x-forwarded-for': address,
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    ...(origin !== undefined && { origin }),
  }
  const response = await to.app.inject({
    method: 'POST',
    url,
    headers,
    ...(body !== undefined && { payload: body as object }),
  })
  const json =
    response.body === ''
      ? {}
      : response.json<{ errors?: readonly { extensions: { code: string } }[] } & Partial<Minted>>()
  return {
    status: response.statusCode,
    headers: response.headers,
    minted: json as Minted,
    code: json.errors?.[0]?.extensions.code,
  }
}

async function query(token: string, document: string, at: ApiUnderTest = api) {
  const response = await at.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${token}` },
    payload: { query: document },
  })
  return response.json<{ data?: unknown; errors?: readonly { extensions: { code: string } }[] }>()
}
const viewer = '{ viewer { userId role name } }'
const codeOf = (answer: Awaited<ReturnType<typeof query>>) => answer.errors?.[0]?.extensions.code
const isVisitorId = expect.stringMatching(/^visitor-[\da-f-]{36}$/) as unknown

describe('a visitor', () => {
  it('gets a token with an id of its own, and may do nothing but learn who it is, read and rate articles, chat, report activities, and decide on its drafts', async () => {
    const { status, headers, minted } = await post('/visitor', { origin: shop })
    expect(status).toBe(201)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': shop })
    expect(minted).toEqual({ token: expect.any(String), id: isVisitorId, expiresAt: expect.any(String) })
    expect(await query(minted.token, viewer)).toMatchObject({ data: { viewer: { role: 'VISITOR', name: null } } })
    for (const document of [
      '{ tickets(first: 1) { nodes { id } } }',
      '{ inbox(first: 1) { nodes { id } } }',
      '{ node(id: "x") { id } }',
    ]) {
      expect(codeOf(await query(minted.token, document))).toBe('forbidden')
    }
    const allowed = Object.entries(rights).filter(([, row]) => row.visitor !== 'none')
    const reads = /article|contextualHelp|languageAvailability/i
    expect(allowed.map(([operation]) => operation).filter((operation) => reads.test(operation))).toEqual([
      'article',
      'articleReplacement',
      'articles',
      'articleCategories',
      'articleTags',
      'articleSearch',
      'articleSuggestions',
      'articleAnswers',
      'contextualHelp',
      'mostReadArticles',
      'recentArticles',
      'popularArticleSearches',
      'languageAvailability',
      'rateArticle',
      'viewArticle',
    ])
    const others = allowed.filter(([operation]) => !reads.test(operation))
    expect(others.map(([operation]) => operation).filter((operation) => !/chat/i.test(operation))).toEqual([
      'viewer',
      'file',
      'createUpload',
      'uploadFile',
      'subscribeToPush',
      'unsubscribeFromPush',
      'showPresence',
      'recordActivities',
      'openDraft',
      'dismissDraft',
      'switchDraftsOff',
      'switchDraftsOn',
      'rateTranslation',
      'recordDeflection',
      'draftsChanged',
    ])
    expect(others.every(([, row]) => row.visitor === 'own')).toBe(true)
  })

  it('starts a chat of its own, and sees none of another visitor', async () => {
    const [{ minted: one }, { minted: other }] = [await post('/visitor'), await post('/visitor')]
    const start = `mutation { startChat(input: { commandId: "visitor-1" }) { chat { id } userErrors { code message } } }`
    const { data } = (await query(one.token, start)) as { data: { startChat: { chat: { id: string } | null } } }
    expect(data).toMatchObject({ startChat: { chat: { id: expect.any(String) as unknown }, userErrors: [] } })
    const shown = `{ chat(id: "${data.startChat.chat?.id}") { id status } }`
    expect(await query(one.token, shown)).toMatchObject({ data: { chat: { id: data.startChat.chat?.id } } })
    expect(await query(other.token, shown)).not.toMatchObject({ data: { chat: { id: expect.anything() as unknown } } })
  })

  it('renews its token and stays the same visitor', async () => {
    const { minted } = await post('/visitor')
    const again = await post('/visitor', { bearer: minted.token })
    expect(again.minted.id).toBe(minted.id)
    expect(again.minted.token).not.toBe(minted.token)
  })

  it('becomes a customer by the token of the host, and the old token is revoked', async () => {
    const { minted } = await post('/visitor')
    const { status, minted: upgraded } = await post('/visitor/claim', {
      bearer: minted.token,
      body: { token: await tokenFor(zoe) },
    })
    expect(status).toBe(201)
    expect(upgraded.id).toBe('zoe')
    expect(await query(upgraded.token, viewer)).toMatchObject({
      data: { viewer: { role: 'CUSTOMER', name: zoe.name } },
    })
    expect(codeOf(await query(minted.token, viewer))).toBe('token_revoked')
    expect((await post('/visitor', { bearer: minted.token })).code).toBe('token_revoked')
    const { status: left } = await post('/visitor/logout', { bearer: upgraded.token })
    expect(left).toBe(204)
    expect(codeOf(await query(upgraded.token, viewer))).toBe('token_revoked')
  })

  it.each([
    [
      'becomes a customer',
      async (bearer: string) => post('/visitor/claim', { bearer, body: { token: await tokenFor(zoe) } }),
    ],
    ['leaves', (bearer: string) => post('/visitor/logout', { bearer })],
  ])('ends with every token when it %s, however often it was renewed and copied', async (_, end) => {
    const { minted } = await post('/visitor')
    const { minted: copied } = await post('/visitor', { bearer: minted.token })
    const { minted: renewed } = await post('/visitor', { bearer: copied.token })
    await end(minted.token)
    for (const { token } of [minted, copied, renewed]) {
      expect(codeOf(await query(token, viewer))).toBe('token_revoked')
      expect((await post('/visitor', { bearer: token })).code).toBe('token_revoked')
    }
  })

  it('leaves with every token of the visitor that it was before it became a customer', async () => {
    const elsewhere = await createVisitorTokens({ ...visitors, desk: await api.store.identity() })
    const { minted } = await post('/visitor')
    const body = { token: await tokenFor(zoe) }
    const { minted: claimed } = await post('/visitor/claim', { bearer: minted.token, body })
    const { token: mintedElsewhere } = await elsewhere.visit({ id: minted.id, role: 'visitor' })
    await post('/visitor/logout', { bearer: claimed.token })
    expect(codeOf(await query(mintedElsewhere, viewer))).toBe('token_revoked')
  })

  it('renews no token once it is a customer, at a server that knows of no revocation yet', async () => {
    const other = await startApi(api.databaseUrl, { visitors, revocations: revocationList(), revoke })
    try {
      const { minted } = await post('/visitor')
      await post('/visitor/claim', { bearer: minted.token, body: { token: await tokenFor(zoe) } })
      expect((await post('/visitor', { bearer: minted.token }, other)).code).toBe('token_revoked')
    } finally {
      await other.close()
    }
  })

  it('renews its token when the desk has merged its record by hand: it is still the visitor', async () => {
    const { minted } = await post('/visitor')
    for (const customerId of [minted.id, zoe.id]) await mutate(api, ana, 'registerCustomer', { customerId }, '')
    const merge = { customerId: minted.id, intoCustomerId: zoe.id }
    expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
    expect((await post('/visitor', { bearer: minted.token })).minted.id).toBe(minted.id)
  })

  it('follows its chat and who is there no longer when the chat is a customer’s', async () => {
    const other = await startApi(api.databaseUrl, { visitors, revocations: revocationList(), revoke })
    try {
      const url = `${await other.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
      const { minted } = await post('/visitor')
      const start = `mutation { startChat(input: { commandId: "followed", message: { messageId: "1", body: "Hi" } }) { chat { id } } }`
      const { data } = (await query(minted.token, start)) as { data: { startChat: { chat: { id: string } } } }
      const { id } = data.startChat.chat
      const [changes, presence] = await Promise.all([
        openEventStream<object>(
          url,
          minted.token,
          `subscription { chatChanged(id: "${id}", last: 9) { event { type } } }`,
        ),
        openEventStream<object>(
          url,
          minted.token,
          `subscription { chatPresenceChanged(chatId: "${id}") { customer { status } } }`,
        ),
      ])
      await Promise.all([changes.take(2), presence.take(1)])
      await post('/visitor/claim', { bearer: minted.token, body: { token: await tokenFor(zoe) } })
      const chatId = id.replace(/^Chat~/, '')
      await mutate(api, zoe, 'sendChatMessage', { chatId, messageId: '2', body: 'I am Zoé.' }, '')
      expect(JSON.stringify(await changes.rest())).not.toContain('CHAT_MESSAGE_SENT')
      await presence.rest()
    } finally {
      await other.close()
    }
  })

  it('is shown to the desk as there when it comes back as the customer, from a device that was never a visitor', async () => {
    const other = await startApi(api.databaseUrl, { visitors, revocations, revoke })
    try {
      const url = `${await other.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
      const { minted } = await post('/visitor')
      const start = `mutation { startChat(input: { commandId: "back", message: { messageId: "1", body: "Hi" } }) { chat { id } } }`
      const { data } = (await query(minted.token, start)) as { data: { startChat: { chat: { id: string } } } }
      const { id } = data.startChat.chat
      type Shown = { readonly chatPresenceChanged: { readonly customer: { readonly status: string } } }
      const document = `subscription { chatPresenceChanged(chatId: "${id}") { customer { status } } }`
      const presence = await openEventStream<Shown>(url, await tokenFor(ana), document)
      const status = async () => (await presence.take(1))[0]?.data?.chatPresenceChanged.customer.status
      expect(await status()).toBe('OFFLINE')
      const nina = { role: 'customer', id: 'nina', name: 'Nina' } as const
      const host = await tokenFor(nina)
      await post('/visitor/claim', { bearer: minted.token, body: { token: host } })
      expect(await status()).toBe('OFFLINE')
      const there = await openEventStream<object>(url, host, `subscription { chatChanged(id: "${id}") { cursor } }`)
      expect(await status()).toBe('ONLINE')
      await there.leave()
      await presence.leave()
    } finally {
      await other.close()
    }
  })

  it('keeps its chats when it becomes a customer, at every server and on every device', async () => {
    const other = await startApi(api.databaseUrl, { visitors, revocations, revoke })
    const { minted } = await post('/visitor')
    const start = (commandId: string) => `mutation { startChat(input: { commandId: "${commandId}",
      message: { messageId: "hello", body: "Bonjour" } }) { repeated chat { id } userErrors { code } } }`
    type Started = { data: { startChat: { repeated: boolean; chat: { id: string } } } }
    const first = (await query(minted.token, start('claimed-1'))) as Started
    const chatId = first.data.startChat.chat.id
    const yann = { role: 'customer', id: 'yann', name: 'Yann' } as const
    const host = await tokenFor(yann)
    const claimed = await post('/visitor/claim', { bearer: minted.token, body: { token: host } })
    expect(claimed.status).toBe(201)

    const shown = `{ chat(id: "${chatId}") { id customer { id name } messages(first: 5) { nodes { messageId body } } } }`
    const sendAgain = `mutation { sendChatMessage(input: { commandId: "hello", chatId: "${chatId}", messageId: "hello", body: "Bonjour" })
      { userErrors { code } } }`
    // The answer to the start was lost: the same message is sent as the customer.
    expect(await query(claimed.minted.token, start('claimed-1'))).toMatchObject({
      data: { startChat: { repeated: true, chat: { id: chatId } } },
    })
    expect(await query(claimed.minted.token, sendAgain)).toMatchObject({
      data: { sendChatMessage: { userErrors: [] } },
    })
    for (const [server, token] of [
      [api, claimed.minted.token],
      [other, claimed.minted.token],
      // Another device, which was never a visitor.
      [other, host],
    ] as const) {
      expect(await query(token, shown, server)).toMatchObject({
        data: {
          chat: {
            id: chatId,
            customer: { id: 'Person~yann', name: 'Yann' },
            messages: { nodes: [{ messageId: expect.stringMatching(/^hello#/) as unknown, body: 'Bonjour' }] },
          },
        },
      })
      const list = '{ chats(first: 5) { nodes { id } } }'
      expect(await query(token, list, server)).toMatchObject({ data: { chats: { nodes: [{ id: chatId }] } } })
    }
    const stranger = await post('/visitor', {})
    expect(await query(stranger.minted.token, shown)).toMatchObject({ data: { chat: null } })
    await other.close()
  })

  it('ends its subscriptions when it leaves', async () => {
    const { minted } = await post('/visitor')
    const claimed = await post('/visitor/claim', { bearer: minted.token, body: { token: await tokenFor(zoe) } })
    const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${claimed.minted.token}` },
    })
    const ticketId = await openTicket(api, zoe)
    const results = client.iterate({
      query: `subscription { ticketChanged(id: "${ticketId}", after: "0-0") { position } }`,
    })
    expect((await results.next()).value).toMatchObject({ data: {} })
    await post('/visitor/logout', { bearer: claimed.minted.token })
    const { value } = await results.next()
    expect(value).toMatchObject({ errors: [{ extensions: { code: 'token_revoked' } }] })
    await client.dispose()
  })

  it.each([
    ['the token of an agent', async () => ({ token: await tokenFor(ana) }), 'forbidden'],
    [
      'a token that has expired',
      async () => ({ token: await tokenFor(zoe, new Date(Date.now() - 60_000)) }),
      'token_expired',
    ],
    ['nonsense', async () => ({ token: 'nonsense' }), 'unauthenticated'],
    ['no token', async () => ({}), 'malformed_input'],
    [
      'the id of a visitor',
      async () => ({ token: await tokenFor({ role: 'customer', id: 'visitor-00000000-0000-4000-8000-000000000000' }) }),
      'unauthenticated',
    ],
  ])('does not become a customer by %s', async (_, body, code) => {
    const { minted } = await post('/visitor')
    expect((await post('/visitor/claim', { bearer: minted.token, body: await body() })).code).toBe(code)
    expect(codeOf(await query(minted.token, viewer))).toBeUndefined()
  })

  it('is refused with a token of another desk, of yesterday, or signed by the issuer', async () => {
    const elsewhere = await createVisitorTokens({ ...visitors, desk: 'another desk' })
    const yesterday = await createVisitorTokens(
      { ...visitors, desk: await api.store.identity() },
      { now: () => Date.now() - 86_400_000 },
    )
    const stranger = await createVisitorTokens({
      ...visitors,
      secret: 'x'.repeat(32),
      desk: await api.store.identity(),
    })
    const tokens = await Promise.all([elsewhere, yesterday, stranger].map(async ({ visit }) => (await visit()).token))
    const codes = await Promise.all(tokens.map(async (token) => codeOf(await query(token, viewer))))
    expect(codes).toEqual(['token_foreign', 'token_expired', 'unauthenticated'])
    const forged = await tokenFor({ role: 'visitor', id: 'visitor-00000000-0000-4000-8000-000000000000' })
    expect(codeOf(await query(forged, viewer))).toBe('unauthenticated')
  })

  it('of a page of a foreign origin gets no token', async () => {
    for (const origin of ['https://shop.example.evil.example', 'null']) {
      expect((await post('/visitor', { origin })).code).toBe('origin_not_allowed')
    }
  })

  it('is limited, by its address and by itself', async () => {
    const from = (address: string) => post('/visitor', { address })
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await from('198.51.100.7')).status)
    expect(statuses).toEqual([201, 201, 201, 429])
    expect(await from('198.51.100.7')).toMatchObject({
      code: 'rate_limited',
      headers: { 'retry-after': expect.anything() },
    })
    const { minted } = await from('198.51.100.8')
    const codes = []
    for (let n = 0; n < 21; n++) codes.push(codeOf(await query(minted.token, viewer)))
    expect(codes.at(19)).toBeUndefined()
    expect(codes.at(20)).toBe('rate_limited')
  })

  it('is not taken where the desk has no secret for it', async () => {
    const other = await startApi(api.databaseUrl, { visitors: undefined })
    for (const route of ['/visitor', '/visitor/claim', '/visitor/logout']) {
      expect(await post(route, {}, other)).toMatchObject({ status: 404, code: 'visitors_off' })
    }
    await other.close()
  })
})
