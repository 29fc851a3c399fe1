import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ProvidedRole, AuthConfig } from '@guichet/api/auth'
import { CommandFault } from '../fault.ts'
import { derivedId } from '@guichet/api/issuing'
import { regular } from '../simulate/customers.ts'
import { agents } from '../simulate/roster.ts'

/** The subject of a token. */
type TokenRequest = {
  readonly role: ProvidedRole
  readonly id: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly plan?: string | undefined
  /** Its validity in seconds. */
  readonly seconds: number
  /** The id by which it can be revoked; a new one by default. */
  readonly tokenId?: string | undefined
}

/**
 * Signs a token for development.
 * @throws Fault `token_unsignable` when tokens are verified with a public key: only the owner of its private key can
 * sign.
 */
export async function issueToken(
  auth: AuthConfig,
  { role, id, name, email, plan, seconds, tokenId = randomUUID() }: TokenRequest,
): Promise<string> {
  const { key, issuer, audience } = auth
  if (key.algorithm !== 'HS256') {
    throw new CommandFault(
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

/** The subjects of the ready-made tokens. The customer and the agent are those of the simulated helpdesk. */
const people: readonly Omit<TokenRequest, 'seconds'>[] = [
  { role: 'customer', id: regular.id, name: regular.name, email: regular.email },
  { role: 'agent', id: agents[0].id, name: agents[0].name },
  { role: 'supervisor', id: 'sam', name: 'Sam Roche' },
  { role: 'admin', id: 'ada', name: 'Ada Klein' },
  { role: 'auditor', id: 'otto', name: 'Otto Brun' },
  { role: 'service', id: 'shop', name: 'Shop' },
]

/** Returns the id of the ticket that the customer of the ready-made token opens with a command id. */
export const ownTicketId = (commandId: string): string => derivedId({ role: 'customer', id: regular.id }, commandId)

/**
 * Returns a token for each role, valid for a day or the allowed maximum; undefined when tokens are signed elsewhere.
 */
export async function developmentTokens(auth: AuthConfig): Promise<Readonly<Record<ProvidedRole, string>> | undefined> {
  if (auth.key.algorithm !== 'HS256') return undefined
  const tokens = await Promise.all(
    people.map(
      async (person) =>
        [
          person.role,
          await issueToken(auth, { ...person, seconds: Math.min(86_400, auth.longestLifetime ?? 86_400) }),
        ] as const,
    ),
  )
  return Object.fromEntries(tokens) as Record<ProvidedRole, string>
}
