import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CryptoKey } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenVerifier } from './tokens.ts'

/** A key server that answers whatever `answer` holds. */
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

const sign = (kid = 'one') =>
  new SignJWT({ role: 'customer' })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject('zoe')
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime('1h')
    .sign(privateKey)

/** What a server that has just started makes of a token, when the key server answers like this. */
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
