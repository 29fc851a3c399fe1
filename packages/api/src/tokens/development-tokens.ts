import type { AuthConfig, Role } from '../auth/index.ts'
import { regular } from '../simulate/customers.ts'
import { agents } from '../simulate/roster.ts'
import type { TokenRequest } from './issue-token.ts'
import { issueToken } from './issue-token.ts'

/** Whom the ready-made tokens stand for; the customer and the agent are those of the made-up helpdesk. */
const people: readonly Omit<TokenRequest, 'seconds'>[] = [
  { role: 'customer', id: regular.id, name: regular.name, email: regular.email },
  { role: 'agent', id: agents[0].id, name: agents[0].name },
  { role: 'supervisor', id: 'sam', name: 'Sam Roche' },
  { role: 'admin', id: 'ada', name: 'Ada Klein' },
  { role: 'auditor', id: 'otto', name: 'Otto Brun' },
  { role: 'service', id: 'shop', name: 'Shop' },
]

/** A token for each role, valid for a day. Undefined when tokens are signed elsewhere. */
export async function developmentTokens(auth: AuthConfig): Promise<Readonly<Record<Role, string>> | undefined> {
  if (auth.key.algorithm !== 'HS256') return undefined
  const tokens = await Promise.all(
    people.map(async (person) => [person.role, await issueToken(auth, { ...person, seconds: 86_400 })] as const),
  )
  return Object.fromEntries(tokens) as Record<Role, string>
}
