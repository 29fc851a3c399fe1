import type { Actor, NotificationKind, Person } from '@guichet/domain'
import { notificationKinds } from '@guichet/domain'

/** The roles that the issuer of the desk's tokens gives. */
export const providedRoles = ['customer', 'agent', 'supervisor', 'admin', 'auditor', 'service'] as const

/** The roles at the desk; auth/rights.ts lists the rights of each. Visitors are anonymous customers, whose tokens the desk itself mints. */
export const roles = [...providedRoles, 'visitor'] as const

/** A role at the desk. */
export type Role = (typeof roles)[number]

/** A role of a token from the issuer. */
export type ProvidedRole = (typeof providedRoles)[number]

/** A person or service whose token has been verified. */
export type Principal = {
  readonly id: string
  readonly role: Role
  readonly name?: string | undefined
  readonly email?: string | undefined
  /** The customer's plan, from the identity provider. */
  readonly plan?: string | undefined
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt: number
  /** The claim `jti`, by which this one token can be revoked. */
  readonly tokenId?: string | undefined
  /** The anonymous visitor that the customer was before they said who they are. */
  readonly visitorId?: string | undefined
  /** When the token was issued, in milliseconds since 1970; undefined without the claim `iat`. */
  readonly issuedAt?: number | undefined
}

const kinds: Readonly<Record<Role, Actor['kind']>> = {
  customer: 'customer',
  visitor: 'customer',
  agent: 'agent',
  supervisor: 'agent',
  admin: 'agent',
  auditor: 'agent',
  service: 'system',
}

/** Returns a key that is unique per principal. The id alone is not: a customer and an agent may have the same one. */
export const principalKey = ({ id, role }: Pick<Principal, 'id' | 'role'>): string => `${role}:${id}`

/** Returns the principal as the actor of an event. */
export function actorOf({ id, role, name }: Pick<Principal, 'id' | 'role' | 'name'>): Actor {
  return { kind: kinds[role], id, ...(name !== undefined && { name }) }
}

/** Returns the principal as a person on a ticket. */
export function personOf({ id, name, email }: Principal): Person {
  return { id, ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
}

/** Returns whether a principal works for the desk, rather than being a customer. */
export const isStaff = (principal: Principal | undefined): boolean => principal !== undefined && !isCustomer(principal)

/** Returns whether somebody with this role is a customer, known or anonymous: they see their own, and nothing internal. */
export const isCustomer = (bearer: Pick<Principal, 'role'> | undefined): boolean =>
  bearer?.role === 'customer' || bearer?.role === 'visitor'

const meantForCustomers = (Object.keys(notificationKinds) as NotificationKind[]).filter((kind) =>
  ['followers', 'affected'].includes(notificationKinds[kind].audience),
)

/**
 * Returns the kinds of notifications that a principal may see; undefined for all of them. A customer sees the
 * notifications for followers of a ticket and for those affected by an incident, even where the desk has named the
 * customer in the place of an agent.
 */
export const kindsShownTo = (principal: Principal): readonly NotificationKind[] | undefined =>
  isCustomer(principal) ? meantForCustomers : undefined
