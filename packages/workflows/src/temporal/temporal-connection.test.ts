import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { certificate } from '@guichet/eventstore/testing'
import { temporalAddress } from './connection.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-temporal-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const ca = file('ca.pem', certificate.ca)
const cert = file('cert.pem', certificate.cert)
const key = file('key.pem', certificate.key)
const broken = file('broken.pem', 'open sesame')
const profile = file('temporal.toml', '[profile.default]\nnamespace = "desk"\n')
const brokenProfile = file('broken.toml', '[profile.default]\napi_key = sesame\n')

const address = { TEMPORAL_ADDRESS: 'temporal.example:7233', XDG_CONFIG_HOME: folder, HOME: folder, APPDATA: folder }

describe('the variables of Temporal', () => {
  it('name a server, in the namespace default without TLS by default', () => {
    expect(temporalAddress(address)).toEqual({
      connection: { address: 'temporal.example:7233' },
      namespace: 'default',
    })
  })

  it('enable TLS with a key, unless they disable it', () => {
    expect(temporalAddress({ ...address, TEMPORAL_API_KEY: 'k3y' }).connection).toMatchObject({
      tls: true,
      apiKey: 'k3y',
    })
    expect(temporalAddress({ ...address, TEMPORAL_API_KEY: 'k3y', TEMPORAL_TLS: 'false' }).connection.tls).toBe(false)
  })

  it('name the files of certificates, and a profile', () => {
    const { connection, namespace } = temporalAddress({
      ...address,
      TEMPORAL_CONFIG_FILE: profile,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: cert,
      TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    })
    expect(namespace).toBe('desk')
    expect(connection.tls).toMatchObject({ serverRootCACertificate: expect.any(Uint8Array), clientCertPair: {} })
  })

  it('count as missing when they are empty', () => {
    expect(temporalAddress({ ...address, TEMPORAL_NAMESPACE: '', TEMPORAL_TLS: '' }).namespace).toBe('default')
  })

  it.each<[Record<string, string>, RegExp]>([
    [{ TEMPORAL_ADDRESS: 'temporal.example:99999' }, /^TEMPORAL_ADDRESS must have a port/],
    [{ TEMPORAL_ADDRESS: 'http://temporal.example' }, /^TEMPORAL_ADDRESS must be of the form/],
    [{ TEMPORAL_NAMESPACE: 'two words' }, /^TEMPORAL_NAMESPACE must be letters/],
    [{ TEMPORAL_API_KEY: 'sesame\nopen' }, /^TEMPORAL_API_KEY must be printable/],
    [{ TEMPORAL_GRPC_META_TEAM: 'sesame\u{7}' }, /^TEMPORAL_GRPC_META_team must be printable/],
    [{ TEMPORAL_TLS: 'yes' }, /^TEMPORAL_TLS must be true or false$/],
    [{ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' }, /^TEMPORAL_TLS_DISABLE_HOST_VERIFICATION cannot be set/],
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'gone.pem') }, /no such file.*gone\.pem/],
    [{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: broken }, /^TEMPORAL_TLS_SERVER_CA_CERT holds no certificate in PEM$/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: cert }, /^TEMPORAL_TLS_CLIENT_CERT_PATH needs TEMPORAL_TLS_CLIENT_KEY_PATH/],
    [{ TEMPORAL_TLS_CLIENT_KEY_PATH: key }, /^TEMPORAL_TLS_CLIENT_KEY_PATH needs TEMPORAL_TLS_CLIENT_CERT_PATH/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: broken, TEMPORAL_TLS_CLIENT_KEY_PATH: key }, /CLIENT_CERT holds no certificate/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: cert, TEMPORAL_TLS_CLIENT_KEY_PATH: broken }, /CLIENT_KEY holds no private key/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: ca, TEMPORAL_TLS_CLIENT_KEY_PATH: key }, /CLIENT_KEY is not the key of/],
    [{ TEMPORAL_CONFIG_FILE: join(folder, 'gone.toml') }, /^TEMPORAL_CONFIG_FILE names a file that is not there$/],
    [{ TEMPORAL_CONFIG_FILE: brokenProfile }, /^Invalid TOML/],
    [{ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_PROFILE: 'prod' }, /^Profile 'prod' not found/],
  ])('are refused in one line that repeats nothing secret: %o', (variables, message) => {
    let refused = ''
    try {
      temporalAddress({ ...address, ...variables })
    } catch (error) {
      refused = (error as Error).message
    }
    expect(refused).toMatch(message)
    expect(refused).not.toMatch(/sesame|\n/)
  })
})
