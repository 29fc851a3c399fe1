import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CryptoKey } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { personId } from '@guichet/domain'
import { providedRoles } from './principal.ts'
import { revocationList } from './revocations.ts'
import { createTokenVerifier } from './tokens.ts'

/** A key server that returns the contents of `answer`. */
let server: Server
let jwksUrl: string
let answer: { readonly status: number; readonly body: string }

let privateKey: CryptoKey
let published: string
const keySet = (...keys: readonly object[]): string => JSON.stringify({ keys })

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  published = keySet({ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' })
  server = createServer((_, response) => void response.writeHead(answer.status).end(answer.body))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
})
afterAll(() => void server.close())

const sign = (kid = 'one', claims: object = {}) =>
  new SignJWT({ sub: 'zoe', role: 'customer', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime('1h')
    .sign(privateKey)

/** Verifies a token on a newly started server, with this answer of the key server. */
async function verified(status: number, body: string, token: string) {
  answer = { status, body }
  const verify = await createTokenVerifier({
    issuer: 'guichet',
    audience: 'guichet',
    key: { algorithm: 'ES256', jwksUrl },
  })
  return verify(token)
}

it('verifies tokens by the keys that a key server publishes', async () => {
  expect(await verified(200, published, await sign())).toMatchObject({ id: 'zoe', role: 'customer' })
})

describe('a key server that fails makes no token invalid:', () => {
  it.each([
    ['it answers 503', 503, ''],
    ['it has moved', 302, ''],
    ['its answer is no JSON', 200, '{"keys": ['],
    ['its answer is no key set', 200, '{"status":"starting"}'],
    ['its key cannot be read', 200, keySet({ kty: 'EC', crv: 'P-256', kid: 'one', alg: 'ES256', x: '!', y: '!' })],
  ])('%s', async (_, status, body) => {
    await expect(verified(status, body, await sign())).rejects.toMatchObject({ extensions: { code: 'unavailable' } })
  })

  it('there is none', async () => {
    const verify = await createTokenVerifier({
      issuer: 'guichet',
      audience: 'guichet',
      key: { algorithm: 'ES256', jwksUrl: 'http://127.0.0.1:1/keys' },
    })
    await expect(verify(await sign())).rejects.toMatchObject({
      extensions: { code: 'unavailable' },
      originalError: { message: 'fetch failed' },
    })
  })

  it('the next token after its recovery is verified', async () => {
    const verify = await createTokenVerifier({
      issuer: 'guichet',
      audience: 'guichet',
      key: { algorithm: 'ES256', jwksUrl },
    })
    answer = { status: 503, body: '' }
    await expect((async () => verify(await sign()))()).rejects.toThrow()
    answer = { status: 200, body: published }
    expect(await verify(await sign())).toMatchObject({ id: 'zoe' })
  })
})

describe('a token is refused', () => {
  it.each(providedRoles)('that gives a %s a name of the engine’s own', async (role) => {
    for (const id of ['clock', 'Clock', 'incident', 'routing', 'command-line']) {
      await expect(verified(200, published, await sign('one', { sub: id, role }))).rejects.toMatchObject({
        extensions: { code: 'unauthenticated' },
        message: expect.stringContaining('sub'),
      })
    }
  })

  it.each([
    ['sub', { sub: 'clo\u034fck' }],
    ['sub', { sub: 'zoe\ufe0f' }],
    ['sub', { sub: '\u115f' }],
    ['sub', { sub: 'zo\u00a0e' }],
    ['sub', { sub: 'ｃｌｏｃｋ' }],
    ['name', { name: 'Clock' }],
    ['name', { name: 'c\u2800lock' }],
    ['jti', { jti: ' a' }],
  ])('of a service whose %s looks like what it is not: %j', async (claim, claims) => {
    const token = await sign('one', { sub: 'shop', role: 'service', ...claims })
    await expect(verified(200, published, token)).rejects.toMatchObject({
      extensions: { code: 'unauthenticated' },
      message: expect.stringContaining(claim),
    })
  })

  it('that names a key that is not published', async () => {
    await expect(verified(200, published, await sign('other'))).rejects.toMatchObject({
      extensions: { code: 'unauthenticated' },
    })
  })

  it('that names none of several keys', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const both = JSON.parse(published) as { keys: object[] }
    const body = keySet(...both.keys, { ...(await exportJWK(publicKey)), kid: 'two', alg: 'ES256' })
    const token = await new SignJWT({ role: 'customer' })
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject('zoe')
      .setIssuer('guichet')
      .setAudience('guichet')
      .setExpirationTime('1h')
      .sign(privateKey)
    await expect(verified(200, body, token)).rejects.toMatchObject({ extensions: { code: 'unauthenticated' } })
  })
})

describe('a token that was verified before', () => {
  const config = () => ({ issuer: 'guichet', audience: 'guichet', key: { algorithm: 'ES256', jwksUrl } }) as const
  const minutes = (count: number): void => void vi.setSystemTime(Date.now() + count * 60_000)
  afterEach(() => void vi.useRealTimers())

  it('ends within five minutes when its key is withdrawn', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    answer = { status: 200, body: published }
    const verify = await createTokenVerifier(config())
    const token = await sign()
    expect(await verify(token)).toMatchObject({ id: 'zoe' })
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    answer = { status: 200, body: keySet({ ...(await exportJWK(publicKey)), kid: 'two', alg: 'ES256' }) }
    minutes(5)
    await expect((async () => verify(token))()).rejects.toMatchObject({ extensions: { code: 'unauthenticated' } })
  })

  it('stays valid while the keys cannot be fetched, until it expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    answer = { status: 200, body: published }
    const verify = await createTokenVerifier(config())
    const token = await sign()
    await verify(token)
    answer = { status: 503, body: '' }
    minutes(50)
    expect(await verify(token)).toMatchObject({ id: 'zoe' })
    minutes(15)
    await expect((async () => verify(token))()).rejects.toMatchObject({ extensions: { code: 'token_expired' } })
  })

  it('ends when it is revoked, by its id or with all tokens of its principal', async () => {
    answer = { status: 200, body: published }
    const revocations = revocationList()
    const verify = await createTokenVerifier(config(), { revocations })
    const token = await signed({ jti: 'one', iat: seconds(-10), exp: seconds(600) })
    const revoked = { extensions: { code: 'token_revoked' } }
    const refused = () => expect((async () => verify(token))()).rejects.toMatchObject(revoked)
    expect(await verify(token)).toMatchObject({ id: 'zoe', tokenId: 'one' })
    revocations.replace([{ tokenId: 'another' }, { subject: 'max', issuedBefore: Date.now() }])
    expect(await verify(token)).toMatchObject({ id: 'zoe' })
    revocations.replace([{ tokenId: 'one' }])
    await refused()
    revocations.replace([{ subject: 'zoe', issuedBefore: Date.now() }])
    await refused()
    expect(await verify(await signed({ iat: seconds(5), exp: seconds(600) }))).toMatchObject({ id: 'zoe' })
    const undated = await signed({ exp: seconds(600) })
    await expect((async () => verify(undated))()).rejects.toMatchObject(revoked)
  })
})

describe('a claim', () => {
  const verifying = async (claims: Record<string, unknown>) =>
    verified(200, published, await signed({ exp: seconds(600), ...claims }))

  it.each([
    { claim: 'iat', why: 'of the future, which no revocation would reach', value: () => seconds(3_600) },
    { claim: 'iat', why: 'beyond the clock tolerance', value: () => seconds(30) },
    { claim: 'jti', why: 'that is no text', value: () => 7 },
    { claim: 'jti', why: 'of more than 200 characters', value: () => 'x'.repeat(201) },
    { claim: 'jti', why: 'without a character', value: () => '' },
    { claim: 'jti', why: 'with control characters', value: () => 'a\u001b[31m' },
    { claim: 'jti', why: 'that turns the direction of writing', value: () => 'a\u202eb' },
    { claim: 'sub', why: 'with control characters', value: () => 'zoe\u0007' },
    { claim: 'sub', why: 'that turns the direction of writing', value: () => 'zoe\u202e' },
    { claim: 'sub', why: 'with characters of no width', value: () => 'zo\u200be' },
    { claim: 'sub', why: 'with a joiner', value: () => 'zo\u200de' },
    { claim: 'sub', why: 'of an anonymous visitor', value: () => 'visitor-01234567-89ab-cdef-0123-456789abcdef' },
  ])('$claim $why is refused', async ({ claim, value }) => {
    await expect(verifying({ [claim]: value() })).rejects.toMatchObject({
      extensions: { code: 'unauthenticated' },
      message: expect.stringContaining(`claim ${claim}`),
    })
  })

  it('sub is taken where the desk takes it as the id of a person, and nowhere else', async () => {
    const characters = Array.from(
      "|='’é张\u00ad\u034f\u115f\u1680\u180e\u2003\u200c\u200d\u2028\u202e\u2060\u2800\u3000\u3164\ufe0f\ufffa",
    )
    for (const sub of ['clock', 'scanner', 'C-lock', ...characters.map((each) => `a${each}b`)]) {
      const verified = verifying({ sub }).then(
        () => true,
        () => false,
      )
      expect([sub, await verified]).toEqual([sub, personId.safeParse(sub).success])
    }
  })

  it('iat within the clock tolerance is taken', async () => {
    expect(await verifying({ iat: seconds(3) })).toMatchObject({ id: 'zoe' })
  })

  it('name loses characters of writing direction and without width', async () => {
    expect(await verifying({ name: 'Zoé\u202e Martin\u200b' })).toMatchObject({ name: 'Zoé Martin' })
    expect(await verifying({ name: '\u202e' })).not.toHaveProperty('name')
    expect(await verifying({ name: '👩‍💻 علی‌رضا' })).toMatchObject({ name: '👩‍💻 علی‌رضا' })
  })
})

describe('the lifetime of a token', () => {
  const seconds60 = { issuer: 'guichet', audience: 'guichet', longestLifetime: 60 } as const
  const verifying = async (token: string) => {
    answer = { status: 200, body: published }
    return (await createTokenVerifier({ ...seconds60, key: { algorithm: 'ES256', jwksUrl } }))(token)
  }

  it.each([
    { what: 'since it was issued', claims: () => ({ iat: seconds(-50), exp: seconds(30) }) },
    { what: 'from now, where it does not say when that was', claims: () => ({ exp: seconds(90) }) },
    { what: 'from now, where its clock is ahead', claims: () => ({ iat: seconds(4), exp: seconds(90) }) },
  ])('is as long as is configured at the most, $what', async ({ claims }) => {
    await expect(verifying(await signed(claims()))).rejects.toMatchObject({
      extensions: { code: 'unauthenticated' },
      message: expect.stringContaining('more than 60 seconds'),
    })
  })

  it('is a day by default', async () => {
    answer = { status: 200, body: published }
    const verify = await createTokenVerifier({
      issuer: 'guichet',
      audience: 'guichet',
      key: { algorithm: 'ES256', jwksUrl },
    })
    expect(await verify(await signed({ iat: seconds(0), exp: seconds(86_400) }))).toMatchObject({ id: 'zoe' })
    await expect((async () => verify(await signed({ iat: seconds(0), exp: seconds(90_000) })))()).rejects.toThrow(
      '86400',
    )
  })
})

const seconds = (fromNow: number): number => Math.floor(Date.now() / 1_000) + fromNow

const signed = (claims: Record<string, unknown>) =>
  new SignJWT({ role: 'customer', sub: 'zoe', iss: 'guichet', aud: 'guichet', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign(privateKey)
