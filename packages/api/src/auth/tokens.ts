import { isEngineName, limits, line, LruCache, nameSchema, personId } from '@guichet/domain'
import { GraphQLError } from 'graphql'
import type { JWTVerifyOptions } from 'jose'
import { errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { edgeError, edgeErrorOf } from '../errors/index.ts'
import { withoutUnsafe } from '../terminal-text/safe-text.ts'
import type { Principal } from './principal.ts'
import type { Revocations } from './revocations.ts'
import { roles } from './principal.ts'
import { localKey, publishedKeys } from './token-keys.ts'

/** How tokens are verified: one algorithm, and the key that goes with it. */
export type AuthConfig = {
  readonly issuer: string
  readonly audience: string
  /** How far clocks may differ, in seconds; 5 by default. */
  readonly clockTolerance?: number | undefined
  /** For how long a token may be valid from when it was issued, in seconds; a day by default. */
  readonly longestLifetime?: number | undefined
  readonly key:
    | { readonly algorithm: 'HS256'; /** At least 32 bytes. */ readonly secret: string }
    | { readonly algorithm: 'RS256' | 'ES256'; /** PEM, SPKI. */ readonly publicKey: string }
    | { readonly algorithm: 'RS256' | 'ES256'; readonly jwksUrl: string }
}

/** Turns a token into whom it stands for, or throws `unauthenticated`, `token_expired`, `token_revoked` or `unavailable`. */
export type VerifyToken = (token: string) => Principal | Promise<Principal>

/** What is not seen, or seen as a space that is none. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u2800]|[^\S ]/u

const shownAsItIs = (text: string): boolean =>
  withoutUnsafe(text) === text && !unseen.test(text) && text.trim() === text

/** The claim `jti`: 1 to 200 characters on one line that a terminal shows as they are. */
export const tokenIdSchema = line(limits.name).refine(
  shownAsItIs,
  'must hold no characters without width, no marks of writing direction and no space at either end',
)

const claimsSchema = z
  .object({
    sub: personId.refine(shownAsItIs),
    role: z.enum(roles),
    exp: z.number(),
    iat: z.number().optional(),
    jti: tokenIdSchema.optional(),
    name: z.string().transform(withoutUnsafe).pipe(line(limits.name)).optional().catch(undefined),
    email: z.email().max(limits.email).optional().catch(undefined),
    plan: nameSchema.optional().catch(undefined),
  })
  .refine(({ sub }) => !isEngineName(sub), { path: ['sub'] })
  .refine(({ role, name = '' }) => role !== 'service' || !isEngineName(name), { path: ['name'] })

/** In characters. */
export const longestToken = 8_192
const tokensRemembered = 10_000

/** The longest lifetime of a token unless the configuration says otherwise, in seconds: a day. */
export const usualLongestLifetime = 86_400

/** For how long a verified signature is taken for granted, in milliseconds; and until when again when keys cannot be fetched. */
const trustedMs = 60_000
const trustedAgainMs = 5_000

export type VerifierOptions = {
  readonly now?: () => number
  /** The tokens that are no longer valid though their time is not over; none without it. */
  readonly revocations?: Pick<Revocations, 'isRevoked'> | undefined
}

/**
 * Verifies tokens (JWT: signature, issuer, audience, times; claims `sub`, `role`, and if given `name`, `email`, `plan`, `jti`).
 * A verified token is remembered for a minute, so that the next request of its bearer costs no cryptography; then it is verified
 * again, so that one of a withdrawn key ends. While published keys cannot be fetched, what was verified before stays valid.
 * @throws RangeError when the configured secret is shorter than 32 bytes; jose's errors when the key cannot be read.
 */
export async function createTokenVerifier(
  config: AuthConfig,
  { now = Date.now, revocations }: VerifierOptions = {},
): Promise<VerifyToken> {
  const { issuer, audience, clockTolerance = 5, longestLifetime = usualLongestLifetime, key } = config
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    clockTolerance,
    algorithms: [key.algorithm],
    requiredClaims: ['sub', 'exp', 'role'],
  }
  const verifySignature = await signatureVerifier(key, options)
  type Remembered = { readonly principal: Principal; readonly trustedUntil: number }
  const remembered = new LruCache<string, Remembered>({ maxEntries: tokensRemembered })

  const verify = async (token: string): Promise<Principal> => {
    if (token.length > longestToken) throw edgeError('unauthenticated', 'the token is too long')
    try {
      const { exp, iat, jti, sub, role, name, email, plan } = claimsSchema.parse(await verifySignature(token))
      const seconds = now() / 1_000
      if (iat !== undefined && iat > seconds + clockTolerance) {
        throw edgeError('unauthenticated', 'the claim iat of the token lies in the future')
      }
      if (exp - Math.min(iat ?? seconds, seconds) > longestLifetime + clockTolerance) {
        throw edgeError('unauthenticated', `the token is valid for more than ${longestLifetime} seconds`)
      }
      const principal = {
        id: sub,
        role,
        expiresAt: (exp + clockTolerance) * 1_000,
        ...(iat !== undefined && { issuedAt: iat * 1_000 }),
        ...(jti !== undefined && { tokenId: jti }),
        ...(name && { name }),
        ...(email && { email }),
        ...(plan && { plan }),
      }
      remembered.set(token, { principal, trustedUntil: now() + trustedMs })
      return principal
    } catch (error) {
      throw rejection(error)
    }
  }

  const verifyAgain = async (token: string, principal: Principal): Promise<Principal> => {
    try {
      return await verify(token)
    } catch (error) {
      if (codeOf(error) === 'unavailable') {
        remembered.set(token, { principal, trustedUntil: now() + trustedAgainMs })
        return principal
      }
      remembered.delete(token)
      throw error
    }
  }

  const unrevoked = (principal: Principal): Principal => {
    if (revocations?.isRevoked(principal)) throw edgeError('token_revoked')
    return principal
  }

  return (token) => {
    const known = remembered.get(token)
    if (known === undefined) return verify(token).then(unrevoked)
    const { principal, trustedUntil } = known
    if (principal.expiresAt <= now()) {
      remembered.delete(token)
      throw edgeError('token_expired')
    }
    return trustedUntil > now() ? unrevoked(principal) : verifyAgain(token, principal).then(unrevoked)
  }
}

const codeOf = (error: unknown): unknown => (error instanceof GraphQLError ? error.extensions['code'] : undefined)

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
