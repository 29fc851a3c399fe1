import { GraphQLError } from 'graphql'
import type { CryptoKey, JWTVerifyGetKey, JWTVerifyOptions, KeyObject } from 'jose'
import { createRemoteJWKSet, errors, importSPKI, jwtVerify } from 'jose'
import { z } from 'zod'
import {
  emailSchema,
  isEngineName,
  isVisitorId,
  limits,
  line,
  LruCache,
  nameSchema,
  personId,
  personName,
} from '@guichet/domain'
import { edgeError, edgeErrorOf } from '../errors.ts'
import { withoutUnsafe } from '@guichet/desk'
import type { Principal, Role } from './principal.ts'
import { providedRoles } from './principal.ts'
import type { Revocations } from './revocations.ts'

/** How tokens are verified: one algorithm, and the key that goes with it. */
export type AuthConfig = {
  readonly issuer: string
  readonly audience: string
  /** The tolerated difference between clocks, in seconds; 5 by default. */
  readonly clockTolerance?: number | undefined
  /** The longest allowed validity of a token from its issue, in seconds; a day by default. */
  readonly longestLifetime?: number | undefined
  readonly key:
    | { readonly algorithm: 'HS256'; /** At least 32 bytes. */ readonly secret: string }
    | { readonly algorithm: 'RS256' | 'ES256'; /** PEM, SPKI. */ readonly publicKey: string }
    | { readonly algorithm: 'RS256' | 'ES256'; readonly jwksUrl: string }
}

/** Returns the principal of a token, or throws `unauthenticated`, `token_expired`, `token_revoked` or `unavailable`. */
export type VerifyToken = (token: string) => Principal | Promise<Principal>

/** Verifies tokens, and caches those that it has verified. */
export type TokenVerifier = VerifyToken & {
  /** Whether it has verified a token lately, which may have ended since. */
  readonly hasVerified: (token: string) => boolean
}

/** Characters that are invisible, or look like a space without being one. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u2800]|[^\S ]/u

const shownAsItIs = (text: string): boolean =>
  withoutUnsafe(text) === text && !unseen.test(text) && text.trim() === text

/** The claim `jti`: 1 to 200 characters on one line, all of them printable on a terminal. */
export const tokenIdSchema = line(limits.name).refine(
  shownAsItIs,
  'must hold no characters without width, no marks of writing direction and no space at either end',
)

const claimsOf = <R extends z.ZodType>(role: R) =>
  z.object({
    sub: personId,
    role,
    exp: z.number(),
    iat: z.number().optional(),
    jti: tokenIdSchema.optional(),
    name: z.string().transform(withoutUnsafe).pipe(personName).optional().catch(undefined),
    email: emailSchema.optional().catch(undefined),
    plan: nameSchema.optional().catch(undefined),
  })

const claimsSchema = claimsOf(z.enum(providedRoles))
  .refine(({ sub }) => !isVisitorId(sub), { path: ['sub'] })
  .refine(({ role, name = '' }) => role !== 'service' || !isEngineName(name), { path: ['name'] })

/** The claims of a token that the desk itself has minted: a visitor's, or that of a customer who was one. */
const mintedClaimsSchema = claimsOf(z.enum(['customer', 'visitor']))
  .extend({ visitor: z.string().refine(isVisitorId).optional() })
  .refine(({ sub, role }) => isVisitorId(sub) === (role === 'visitor'), { path: ['sub'] })

type Claims = Omit<z.infer<typeof mintedClaimsSchema>, 'role'> & { readonly role: Role }

/** The longest accepted token, in characters. */
export const longestToken = 8_192

const maxCachedTokens = 10_000

/** The default for the longest lifetime of a token, in seconds: a day. */
const usualLongestLifetime = 86_400

/** For how long a verified signature is trusted, in milliseconds. */
const trustedMs = 60_000

/** For how long it is trusted again while keys cannot be fetched, in milliseconds. */
const trustedAgainMs = 5_000

type VerifierOptions = {
  readonly now?: () => number
  /** The tokens that were revoked before they expired; none by default. */
  readonly revocations?: Pick<Revocations, 'isRevoked'> | undefined
  /** Whether the desk itself has minted the tokens; false by default. */
  readonly minted?: boolean
}

/**
 * Verifies tokens (JWT: signature, issuer, audience, times; claims `sub`, `role`, and if given `name`, `email`, `plan`,
 * `jti`). A verified token is cached for a minute, so that the next request of its bearer needs no cryptography. Then
 * it is verified again, so that a token of a withdrawn key is rejected. While published keys cannot be fetched, tokens
 * that were verified before stay valid.
 * @throws RangeError when the configured secret is shorter than 32 bytes; jose's errors when the key cannot be read.
 */
export async function createTokenVerifier(
  config: AuthConfig,
  { now = Date.now, revocations, minted = false }: VerifierOptions = {},
): Promise<TokenVerifier> {
  const { issuer, audience, clockTolerance = 5, longestLifetime = usualLongestLifetime, key } = config
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    clockTolerance,
    algorithms: [key.algorithm],
    requiredClaims: ['sub', 'exp', 'role'],
  }
  const verifySignature = await signatureVerifier(key, options)
  type CachedToken = { readonly principal: Principal; readonly trustedUntil: number }
  const cachedTokens = new LruCache<string, CachedToken>({ maxEntries: maxCachedTokens })

  const verify = async (token: string): Promise<Principal> => {
    if (token.length > longestToken) throw edgeError('unauthenticated', 'the token is too long')
    try {
      const claims: Claims = (minted ? mintedClaimsSchema : claimsSchema).parse(await verifySignature(token))
      const { exp, iat, jti, sub, role, name, email, plan, visitor } = claims
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
        ...(visitor !== undefined && { visitorId: visitor }),
        ...(name && { name }),
        ...(email && { email }),
        ...(plan && { plan }),
      }
      cachedTokens.set(token, { principal, trustedUntil: now() + trustedMs })
      return principal
    } catch (error) {
      throw rejection(error, minted)
    }
  }

  const verifyAgain = async (token: string, principal: Principal): Promise<Principal> => {
    try {
      return await verify(token)
    } catch (error) {
      if (codeOf(error) === 'unavailable') {
        cachedTokens.set(token, { principal, trustedUntil: now() + trustedAgainMs })
        return principal
      }
      cachedTokens.delete(token)
      throw error
    }
  }

  const unrevoked = (principal: Principal): Principal => {
    if (revocations?.isRevoked(principal)) throw edgeError('token_revoked')
    return principal
  }

  const verifyCached: VerifyToken = (token) => {
    const cached = cachedTokens.get(token)
    if (cached === undefined) return verify(token).then(unrevoked)
    const { principal, trustedUntil } = cached
    if (principal.expiresAt <= now()) {
      cachedTokens.delete(token)
      throw edgeError('token_expired')
    }
    return trustedUntil > now() ? unrevoked(principal) : verifyAgain(token, principal).then(unrevoked)
  }
  return Object.assign(verifyCached, { hasVerified: (token: string) => cachedTokens.has(token) })
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

function rejection(error: unknown, minted: boolean): unknown {
  if (error instanceof GraphQLError) return error
  if (error instanceof errors.JWTExpired) return edgeError('token_expired')
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud' && minted)
    return edgeError('token_foreign')
  if (error instanceof errors.JOSEError) return edgeError('unauthenticated', 'the token is not valid here')
  if (error instanceof z.ZodError) {
    return edgeError(
      'unauthenticated',
      `the claim ${String(error.issues[0]?.path[0])} of the token is missing, malformed or reserved`,
    )
  }
  return edgeErrorOf('unavailable', error, 'the key of this token cannot be used')
}

type LocalKey = Exclude<AuthConfig['key'], { readonly jwksUrl: string }>

/** Returns the key of a configuration that contains one. */
async function localKey(key: LocalKey): Promise<CryptoKey | KeyObject | Uint8Array> {
  if (key.algorithm !== 'HS256') return importSPKI(key.publicKey, key.algorithm)
  const secret = new TextEncoder().encode(key.secret)
  if (secret.length < 32) throw new RangeError('the secret of HS256 needs at least 32 bytes')
  return secret
}

/** For how long published keys are cached before they are fetched again, in milliseconds. */
const keysKnownMs = 240_000

/**
 * Looks up the key that a token names among the keys that a key server publishes. When the key server fails in any way,
 * which is not the fault of the token's bearer, the lookup rejects with `unavailable`, and the next token tries again.
 */
function publishedKeys(jwksUrl: string): JWTVerifyGetKey {
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
