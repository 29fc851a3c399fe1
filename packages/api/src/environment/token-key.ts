import { createPublicKey } from 'node:crypto'
import type { AuthConfig } from '../auth/index.ts'
import { Fault } from '../fault/fault.ts'

/** How tokens may be signed. */
export const tokenAlgorithms = ['RS256', 'ES256', 'HS256'] as const
type Algorithm = (typeof tokenAlgorithms)[number]

/** What the environment says of the key of tokens. */
type Given = {
  readonly GUICHET_JWT_SECRET?: string | undefined
  readonly GUICHET_JWT_PUBLIC_KEY?: string | undefined
  readonly GUICHET_JWT_JWKS_URL?: string | undefined
  readonly GUICHET_JWT_ALGORITHM?: Algorithm | undefined
}

/**
 * The key that tokens are verified with, and the one algorithm that goes with it; undefined without a key.
 * @throws Fault `config_invalid` when there are several keys, or the algorithm is another than the key's.
 */
export function tokenKey(given: Given): AuthConfig['key'] | undefined {
  const { GUICHET_JWT_ALGORITHM: algorithm } = given
  const key = keyOf(given)
  if (algorithm === undefined || algorithm === (key?.algorithm ?? 'HS256')) return key
  const misfit = key ? `the key is for ${key.algorithm}` : 'there is no key for it'
  throw new Fault('config_invalid', `GUICHET_JWT_ALGORITHM is ${algorithm}, and ${misfit}`)
}

function keyOf({
  GUICHET_JWT_SECRET: secret,
  GUICHET_JWT_PUBLIC_KEY: publicKey,
  GUICHET_JWT_JWKS_URL: jwksUrl,
  GUICHET_JWT_ALGORITHM: wanted = 'RS256',
}: Given): AuthConfig['key'] | undefined {
  if ([secret, publicKey, jwksUrl].filter((key) => key !== undefined).length > 1) {
    throw new Fault(
      'config_invalid',
      'GUICHET_JWT_SECRET, GUICHET_JWT_PUBLIC_KEY and GUICHET_JWT_JWKS_URL exclude one another',
      { next: 'keep one of them' },
    )
  }
  if (secret !== undefined) return { algorithm: 'HS256', secret }
  if (jwksUrl !== undefined) return { algorithm: wanted === 'HS256' ? 'RS256' : wanted, jwksUrl }
  const known = publicKey === undefined ? undefined : publicKeyOf(publicKey)
  return known && { algorithm: known.algorithm, publicKey: known.spki }
}

/** Environments often carry the line ends of a PEM file as `\n`. */
const pem = (key: string): string => key.replaceAll('\\n', '\n')

/** What keeps a text from being a public key that tokens can be verified with; undefined for one. Never a part of the key. */
export function publicKeyFault(key: string): string | undefined {
  if (/PRIVATE KEY/.test(key)) {
    return 'is a private key, which belongs to whoever signs tokens: give the public key of the pair, and make another pair'
  }
  const known = publicKeyOf(key)
  if (!known) return 'must be an RSA or P-256 public key in PEM'
  return known.short ? 'must be an RSA key of at least 2048 bits' : undefined
}

type PublicKey = {
  readonly algorithm: 'RS256' | 'ES256'
  readonly short: boolean
  /** PEM, SPKI. */ readonly spki: string
}

/** A public key in PEM, in whatever form, such as a certificate; undefined for a text that is none, or none of ours. */
function publicKeyOf(key: string): PublicKey | undefined {
  try {
    const read = createPublicKey(pem(key))
    const { asymmetricKeyType, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } = read
    const spki = read.export({ type: 'spki', format: 'pem' }).toString()
    if (asymmetricKeyType === 'rsa') return { algorithm: 'RS256', short: modulusLength < 2_048, spki }
    return namedCurve === 'prime256v1' ? { algorithm: 'ES256', short: false, spki } : undefined
  } catch {
    return undefined
  }
}
