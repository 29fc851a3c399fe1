import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ana, mutate, openTicket, tokenFor, tokenKey, useApi, zoe } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

async function viewer(authorization: string) {
  const response = await api.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization },
    payload: { query: '{ viewer { personId: userId role } }' },
  })
  return { status: response.statusCode, body: response.json<{ errors?: { extensions: { code: string } }[] }>() }
}

const key = new TextEncoder().encode(tokenKey.secret)
const claims = { role: 'customer', sub: 'zoe', iss: 'guichet', aud: 'guichet' }
const sign = (payload: Record<string, unknown>, secret: Uint8Array = key, alg = 'HS256') =>
  new SignJWT(payload).setProtectedHeader({ alg }).setIssuedAt().setExpirationTime('1h').sign(secret)

describe('a token is refused', () => {
  it.each<[string, () => Promise<string> | string, string]>([
    ['that is no token', () => 'nonsense', 'unauthenticated'],
    ['that is unsigned', () => new UnsecuredJWT(claims).setExpirationTime('1h').encode(), 'unauthenticated'],
    ['signed by somebody else', () => sign(claims, new TextEncoder().encode('x'.repeat(40))), 'unauthenticated'],
    ['of another algorithm', () => sign(claims, key, 'HS512'), 'unauthenticated'],
    ['of another issuer', () => sign({ ...claims, iss: 'other' }), 'unauthenticated'],
    ['for another audience', () => sign({ ...claims, aud: 'other' }), 'unauthenticated'],
    ['without a role', () => sign({ ...claims, role: undefined }), 'unauthenticated'],
    ['of an unknown role', () => sign({ ...claims, role: 'root' }), 'unauthenticated'],
    ['for an id that is none', () => sign({ ...claims, sub: 'a\u0000' }), 'unauthenticated'],
    ['for an id with a space at its end', () => sign({ ...claims, sub: 'zoe ' }), 'unauthenticated'],
    [
      'of a service that is called as the engine’s clock',
      () => sign({ ...claims, role: 'service', sub: 'clock' }),
      'unauthenticated',
    ],
    [
      'of a service that is called as the engine’s routing',
      () => sign({ ...claims, role: 'service', sub: 'Routing' }),
      'unauthenticated',
    ],
    ['that has expired', () => tokenFor(zoe, new Date(Date.now() - 60_000)), 'token_expired'],
    ['that is too long', () => 'x'.repeat(10_000), 'unauthenticated'],
  ])('%s', async (_, token, code) => {
    const { status, body } = await viewer(`Bearer ${await token()}`)
    expect({ status, code: body.errors?.[0]?.extensions.code }).toEqual({ status: 401, code })
  })

  it('that has no scheme before it', async () => {
    expect(await viewer(await tokenFor(zoe))).toMatchObject({ status: 401 })
  })
})

it.each(['auth0|5f7c8e', "{o'neil} & sons", `idp|${'x'.repeat(196)}`])(
  'lets %s open, follow and be told',
  async (id) => {
    const somebody = { id, role: 'customer' } as const
    const ticketId = await openTicket(api, somebody)
    for (const [operation, input] of [
      ['assignTicket', { assignee: { id: `${id.slice(0, 190)}|2` } }],
      ['addWatcher', { watcher: { id: `${id.slice(0, 190)}|3` } }],
      ['removeWatcher', { watcherId: `${id.slice(0, 190)}|3` }],
      ['agentReply', { body: 'Bonjour' }],
    ] as const) {
      expect((await mutate(api, ana, operation, { ticketId, ...input })).userErrors).toEqual([])
    }
    await mutate(api, somebody, 'changePreference', { preference: 'WEB_ONLY' }, '')
    const mine = await api.ask(
      somebody,
      '{ viewer { personId: userId recipient { preference } } tickets(first: 2) { nodes { ticketId: id } } }',
    )
    expect(mine.data).toEqual({
      viewer: { personId: id, recipient: { preference: 'WEB_ONLY' } },
      tickets: { nodes: [{ ticketId }] },
    })
    const query = 'query ($id: ID!) { tickets(first: 2, filter: { customerId: [$id] }) { nodes { ticketId: id } } }'
    expect((await api.ask(ana, query, { id })).data).toEqual({ tickets: { nodes: [{ ticketId }] } })
  },
)

it('verifies tokens of a key pair, and no others', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const { createTokenVerifier } = await import('../auth/tokens.ts')
  const verify = await createTokenVerifier({
    issuer: 'guichet',
    audience: 'guichet',
    key: { algorithm: 'ES256', publicKey: await exportSPKI(publicKey) },
  })
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h').sign(privateKey)
  expect(await verify(token)).toMatchObject({ id: 'zoe', role: 'customer' })
  await expect((async () => verify(await sign(claims)))()).rejects.toThrow('not valid')
})

it('does not start with a secret that can be guessed', async () => {
  const { createTokenVerifier } = await import('../auth/tokens.ts')
  const auth = { issuer: 'guichet', audience: 'guichet', key: { algorithm: 'HS256', secret: 'short' } } as const
  await expect(createTokenVerifier(auth)).rejects.toThrow('32 bytes')
})
