import { createHmac, randomUUID } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { edgeError } from '../errors.ts'
import type { Principal } from './principal.ts'
import type { Revocation, Revocations } from './revocations.ts'
import type { TokenVerifier, VerifyToken } from './tokens.ts'
import { createTokenVerifier } from './tokens.ts'

/** How the desk mints tokens of its own. */
export type VisitorAuth = {
  /** The secret of the desk, at least 32 bytes; all its servers have the same. It is no other key of the desk. */
  readonly secret: string
  /** The desk that the tokens are for: the identity of its history. */
  readonly desk: string
  /** How long a token is valid, in seconds. */
  readonly lifetime: number
}

/** A token that the desk has minted, its bearer, and when it ends, in milliseconds since 1970. */
export type MintedToken = { readonly token: string; readonly id: string; readonly expiresAt: number }

/** Mints and verifies the tokens of anonymous visitors, and of customers who were visitors before they said who they are. */
export type VisitorTokens = {
  /** Mints a token of a new visitor or, for one who holds a token, of the same. */
  visit(visitor?: Pick<Principal, 'id' | 'role'>): Promise<MintedToken>
  /** Mints a token of a customer in place of the visitor's. The caller revokes the old one. */
  claim(customer: Principal, visitor: Principal): Promise<MintedToken>
  /**
   * What revokes every token of a visitor, also one that another process mints before it has the revocation, and until when it is needed,
   * in milliseconds since 1970. The visitor gets no further token.
   */
  revocationOf(visitorId: string): { readonly revocation: Revocation; readonly expiresAt: number }
  /** Whether a token names this kind of issuer; it may still be invalid. */
  isOwn(token: string): boolean
  /** As every verifier, or throws `token_foreign` for a token of another desk that has the same secret. */
  readonly verify: VerifyToken
}

const issuer = 'guichet-desk'

/** Within which time every process has a revocation, in milliseconds, with a reserve. */
const revokedEverywhereMs = 60_000

type Options = { readonly revocations?: Pick<Revocations, 'isRevoked'> | undefined; readonly now?: () => number }

/** @throws RangeError when the secret is too short. */
export async function createVisitorTokens(
  { secret, desk, lifetime }: VisitorAuth,
  { revocations, now = Date.now }: Options = {},
): Promise<VisitorTokens> {
  if (Buffer.byteLength(secret) < 32) throw new RangeError('the secret of visitors’ tokens needs at least 32 bytes')
  const key = createHmac('sha256', secret).update('guichet tokens of visitors').digest('base64url')
  const verify = await createTokenVerifier(
    { issuer, audience: desk, longestLifetime: lifetime, key: { algorithm: 'HS256', secret: key } },
    { revocations, now, minted: true },
  )
  const mint = async (
    principal: Pick<Principal, 'id' | 'role' | 'name' | 'email' | 'plan' | 'visitorId'>,
  ): Promise<MintedToken> => {
    const { id, role, name, email, plan, visitorId } = principal
    const seconds = Math.floor(now() / 1_000)
    const claims = {
      role,
      ...(name && { name }),
      ...(email && { email }),
      ...(plan && { plan }),
      ...(visitorId && { visitor: visitorId }),
    }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(id)
      .setIssuer(issuer)
      .setAudience(desk)
      .setIssuedAt(seconds)
      .setJti(randomUUID())
      .setExpirationTime(seconds + lifetime)
      .sign(new TextEncoder().encode(key))
    return { token, id, expiresAt: (seconds + lifetime) * 1_000 }
  }
  return {
    visit: (visitor) =>
      mint({ id: visitor?.role === 'visitor' ? visitor.id : `visitor-${randomUUID()}`, role: 'visitor' }),
    claim: async (customer, visitor) => {
      if (customer.role !== 'customer') throw edgeError('forbidden', 'only customers say who they are here')
      return mint({ ...customer, visitorId: visitor.role === 'visitor' ? visitor.id : visitor.visitorId })
    },
    revocationOf: (subject) => {
      const issuedBefore = now() + revokedEverywhereMs
      return { revocation: { subject, issuedBefore }, expiresAt: issuedBefore + lifetime * 1_000 }
    },
    isOwn: (token) => verify.hasVerified(token) || namesIssuer(token),
    verify,
  }
}

function namesIssuer(token: string): boolean {
  try {
    return decodeJwt(token).iss === issuer
  } catch {
    return false
  }
}

/**
 * Verifies the desk's own tokens and those of its issuer, each with its own key. Whose a token is follows from its
 * content, which is not read again once the token is verified.
 */
export const verifyEither =
  (visitors: Pick<VisitorTokens, 'isOwn' | 'verify'> | undefined, issued: TokenVerifier): VerifyToken =>
  (token) =>
    !issued.hasVerified(token) && visitors?.isOwn(token) ? visitors.verify(token) : issued(token)
