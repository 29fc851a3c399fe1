import { randomUUID } from 'node:crypto'
import type { AuthConfig, Role } from '../auth/index.ts'
import { SignJWT } from 'jose'
import { Fault } from '../fault/fault.ts'

/** Whom a token is for. */
export type TokenRequest = {
  readonly role: Role
  readonly id: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly plan?: string | undefined
  /** How long it is valid, in seconds. */
  readonly seconds: number
  /** By which it can be revoked; a new one without it. */
  readonly tokenId?: string | undefined
}

/**
 * Signs a token for development.
 * @throws Fault `token_unsignable` when tokens are verified by a public key: only its owner can sign.
 */
export async function issueToken(
  auth: AuthConfig,
  { role, id, name, email, plan, seconds, tokenId = randomUUID() }: TokenRequest,
): Promise<string> {
  const { key, issuer, audience } = auth
  if (key.algorithm !== 'HS256') {
    throw new Fault(
      'token_unsignable',
      'tokens are verified by a public key, so only the owner of its private key can sign one',
    )
  }
  return new SignJWT({ role, ...(name && { name }), ...(email && { email }), ...(plan && { plan }) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(id)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setJti(tokenId)
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .sign(new TextEncoder().encode(key.secret))
}
