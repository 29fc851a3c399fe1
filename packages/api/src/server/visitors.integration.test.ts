import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createVisitorTokens } from '../auth/visitor-tokens.ts'
import { rights } from '../auth/rights.ts'
import { revocationList } from '../auth/tokens.ts'
import type { Revocation } from '../auth/tokens.ts'
import type { ApiUnderTest } from './testing/api-under-test.ts'
import { ana, openTicket, startApi, tokenFor, useApi, zoe } from './testing/api-under-test.ts'

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

async function query(token: string, document: string) {
  const response = await api.app.inject({
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
  it('gets a token with an id of its own, and may do nothing but learn who it is and chat', async () => {
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
    const others = allowed.map(([operation]) => operation).filter((operation) => !/chat/i.test(operation))
    expect(others).toEqual(['viewer'])
    expect(allowed.every(([, row]) => row.visitor === 'own')).toBe(true)
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
