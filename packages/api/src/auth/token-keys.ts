import type { CryptoKey, JWTVerifyGetKey, KeyObject } from 'jose'
import { createRemoteJWKSet, errors, importSPKI } from 'jose'
import { edgeErrorOf } from '../errors/index.ts'
import type { AuthConfig } from './tokens.ts'

type LocalKey = Exclude<AuthConfig['key'], { readonly jwksUrl: string }>

/** The key of a configuration that holds it. */
export async function localKey(key: LocalKey): Promise<CryptoKey | KeyObject | Uint8Array> {
  if (key.algorithm !== 'HS256') return importSPKI(key.publicKey, key.algorithm)
  const secret = new TextEncoder().encode(key.secret)
  if (secret.length < 32) throw new RangeError('the secret of HS256 needs at least 32 bytes')
  return secret
}

/** For how long published keys are known before they are fetched again, in milliseconds. */
const keysKnownMs = 240_000

/**
 * The keys that a key server publishes: whichever a token names. A key server that fails, in whatever way, is no fault of the
 * token's bearer: the lookup rejects with `unavailable` then, and the next token asks again.
 */
export function publishedKeys(jwksUrl: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { cacheMaxAge: keysKnownMs })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      throw isOfTheToken(error) ? error : edgeErrorOf('unavailable', error, 'the keys of tokens cannot be fetched now')
    }
  }
}

const isOfTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
