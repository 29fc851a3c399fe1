import { isEngineActor, line, limits, nameSchema, personId } from '@guichet/domain'
import { GraphQLError } from 'graphql'
import type { JWTVerifyOptions } from 'jose'
import { errors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { edgeError, edgeErrorOf } from '../errors/index.ts'
import type { Principal } from './principal.ts'
import { actorOf, roles } from './principal.ts'
import { localKey, publishedKeys } from './token-keys.ts'

/** How tokens are verified: one algorithm, and the key that goes with it. */
export type AuthConfig = {
  readonly issuer: string
  readonly audience: string
  /** How far clocks may differ, in seconds; 5 by default. */
  readonly clockTolerance?: number | undefined
  readonly key:
    | { readonly algorithm: 'HS256'; /** At least 32 bytes. */ readonly secret: string }
    | { readonly algorithm: 'RS256' | 'ES256'; /** PEM, SPKI. */ readonly publicKey: string }
    | { readonly algorithm: 'RS256' | 'ES256'; readonly jwksUrl: string }
}

/** Turns a token into whom it stands for, or throws `unauthenticated`, `token_expired` or `unavailable`. */
export type VerifyToken = (token: string) => Principal | Promise<Principal>

const claimsSchema = z
  .object({
    sub: personId,
    role: z.enum(roles),
    exp: z.number(),
    name: line(limits.name).optional().catch(undefined),
    email: z.email().max(limits.email).optional().catch(undefined),
    plan: nameSchema.optional().catch(undefined),
  })
  .refine((claims) => !isEngineActor(actorOf({ id: claims.sub, role: claims.role })), { path: ['sub'] })

/** In characters. */
export const longestToken = 8_192
const tokensRemembered = 10_000

/**
 * Verifies tokens (JWT: signature, issuer, audience, times; claims `sub`, `role`, and if given `name`, `email`, `plan`).
 * A verified token is remembered until it expires, so that the next request of its bearer costs no cryptography.
 * @throws RangeError when the configured secret is shorter than 32 bytes; jose's errors when the key cannot be read.
 */
export async function createTokenVerifier(config: AuthConfig, now: () => number = Date.now): Promise<VerifyToken> {
  const { issuer, audience, clockTolerance = 5, key } = config
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    clockTolerance,
    algorithms: [key.algorithm],
    requiredClaims: ['sub', 'exp', 'role'],
  }
  const verifySignature = await signatureVerifier(key, options)
  const remembered = new LRUCache<string, Principal>({ max: tokensRemembered })

  const verify = async (token: string): Promise<Principal> => {
    if (token.length > longestToken) throw edgeError('unauthenticated', 'the token is too long')
    try {
      const { exp, sub, role, name, email, plan } = claimsSchema.parse(await verifySignature(token))
      const expiresAt = (exp + clockTolerance) * 1_000
      const principal = {
        id: sub,
        role,
        expiresAt,
        ...(name && { name }),
        ...(email && { email }),
        ...(plan && { plan }),
      }
      remembered.set(token, principal)
      return principal
    } catch (error) {
      throw rejection(error)
    }
  }

  return (token) => {
    const known = remembered.get(token)
    if (known === undefined) return verify(token)
    if (known.expiresAt > now()) return known
    remembered.delete(token)
    throw edgeError('token_expired')
  }
}

async function signatureVerifier(
  key: AuthConfig['key'],
  options: JWTVerifyOptions,
): Promise<(token: string) => Promise<unknown>> {
  if ('jwksUrl' in key) {
    const keys = publishedKeys(key.jwksUrl)
    return async (token) => (await jwtVerify(token, keys, options)).payload
  }
  const local = await localKey(key)
  return async (token) => (await jwtVerify(token, local, options)).payload
}

function rejection(error: unknown): unknown {
  if (error instanceof GraphQLError) return error
  if (error instanceof errors.JWTExpired) return edgeError('token_expired')
  if (error instanceof errors.JOSEError) return edgeError('unauthenticated', 'the token is not valid here')
  if (error instanceof z.ZodError) {
    return edgeError(
      'unauthenticated',
      `the claim ${String(error.issues[0]?.path[0])} of the token is missing, malformed or reserved`,
    )
  }
  return edgeErrorOf('unavailable', error, 'the key of this token cannot be used')
}
