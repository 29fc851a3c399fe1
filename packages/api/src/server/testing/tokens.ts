import { SignJWT } from 'jose'
import type { Role } from '../../auth/index.ts'

/** The key of tests. */
export const tokenKey = { algorithm: 'HS256', secret: 'a secret that only the tests of the API know' } as const

/** Somebody a test speaks as. */
export type Bearer = {
  readonly id: string
  readonly role: Role
  readonly name?: string
  readonly email?: string
  readonly plan?: string
}

export const zoe: Bearer = { id: 'zoe', role: 'customer', name: 'Zoé Dupont', email: 'zoe@example.org' }
export const max: Bearer = { id: 'max', role: 'customer', name: 'Max Martin' }
export const ana: Bearer = { id: 'ana', role: 'agent', name: 'Ana Silva', email: 'ana@desk.example' }
export const bob: Bearer = { id: 'bob', role: 'agent', name: 'Bob' }
export const sam: Bearer = { id: 'sam', role: 'supervisor', name: 'Sam' }
export const ada: Bearer = { id: 'ada', role: 'admin', name: 'Ada' }
export const ines: Bearer = { id: 'ines', role: 'auditor', name: 'Inès' }
export const gateway: Bearer = { id: 'mail-gateway', role: 'service' }

/** A token for somebody, an hour long unless told otherwise. */
export async function tokenFor(
  { id, role, name, email, plan }: Bearer,
  lifetime: string | Date = '1h',
): Promise<string> {
  return new SignJWT({ role, ...(name && { name }), ...(email && { email }), ...(plan && { plan }) })
    .setProtectedHeader({ alg: tokenKey.algorithm })
    .setSubject(id)
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(tokenKey.secret))
}
