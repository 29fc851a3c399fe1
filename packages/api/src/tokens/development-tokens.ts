import type { AuthConfig, Role } from '../auth/index.ts'
import { derivedId } from '../graphql/command/chosen-ids.ts'
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

/** The id of the ticket that the customer of the ready-made token opens under a command id. */
export const ownTicketId = (commandId: string): string => derivedId({ role: 'customer', id: regular.id }, commandId)

/** A token for each role, valid for a day, or as long as tokens may be. Undefined when tokens are signed elsewhere. */
export async function developmentTokens(auth: AuthConfig): Promise<Readonly<Record<Role, string>> | undefined> {
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
  return Object.fromEntries(tokens) as Record<Role, string>
}
