import type { Actor, NotificationKind, Person } from '@guichet/domain'
import { notificationKinds } from '@guichet/domain'

/** Who may do what at the desk; auth/rights.ts says what that is. */
export const roles = ['customer', 'agent', 'supervisor', 'admin', 'auditor', 'service'] as const

export type Role = (typeof roles)[number]

/** Somebody whose token has been verified. */
export type Principal = {
  readonly id: string
  readonly role: Role
  readonly name?: string | undefined
  readonly email?: string | undefined
  /** The customer's plan, as the identity provider says. */
  readonly plan?: string | undefined
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt: number
  /** The claim `jti`, by which the one token can be revoked. */
  readonly tokenId?: string | undefined
  /** When the token was issued, in milliseconds since 1970; undefined where it does not say. */
  readonly issuedAt?: number | undefined
}

const kinds: Readonly<Record<Role, Actor['kind']>> = {
  customer: 'customer',
  agent: 'agent',
  supervisor: 'agent',
  admin: 'agent',
  auditor: 'agent',
  service: 'system',
}

/** What counts for one principal and for no other: ids of customers and of the desk may be the same. */
export const principalKey = ({ id, role }: Pick<Principal, 'id' | 'role'>): string => `${role}:${id}`

/** The principal as events name whoever caused them. */
export function actorOf({ id, role, name }: Pick<Principal, 'id' | 'role' | 'name'>): Actor {
  return { kind: kinds[role], id, ...(name !== undefined && { name }) }
}

/** The principal as a ticket names a person. */
export function personOf({ id, name, email }: Principal): Person {
  return { id, ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
}

/** Whether somebody works for the desk rather than asking it for help. */
export const isStaff = (principal: Principal | undefined): boolean =>
  principal !== undefined && principal.role !== 'customer'

const meantForCustomers = (Object.keys(notificationKinds) as NotificationKind[]).filter((kind) =>
  ['followers', 'affected'].includes(notificationKinds[kind].audience),
)

/**
 * The kinds of notifications that somebody may be shown; undefined for all of them. A customer is shown what followers of a
 * ticket and those whom an incident affects are told, also when the desk has named them in the place of an agent.
 */
export const kindsShownTo = ({ role }: Principal): readonly NotificationKind[] | undefined =>
  role === 'customer' ? meantForCustomers : undefined
