import type { CloseReason, Position } from '@guichet/domain'
import type { Visibility } from '@guichet/projections'
import { closeReasonShownToCustomers } from '@guichet/projections'
import type { Operation, Principal } from '../../auth/index.ts'
import { accessTo } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import type { Loaders } from './loaders.ts'
import { createLoaders } from './loaders.ts'
import type { Services } from './services.ts'

/** What the resolvers of one request share. */
export type ApiContext = {
  readonly services: Services
  readonly principal: Principal | undefined
  readonly requestId: string
  readonly loaders: Loaders
  /** Forgets what was loaded: what follows sees what has just been written, up to the position. */
  reload(written?: Position): void
}

export function createContext(services: Services, principal: Principal | undefined, requestId: string): ApiContext {
  let loaders: Loaders | undefined
  let seen: Position | undefined
  return {
    services,
    principal,
    requestId,
    get loaders() {
      return (loaders ??= createLoaders(services, principal, seen))
    },
    reload: (written) => {
      loaders = undefined
      seen = written ?? seen
    },
  }
}

/** Who asks; `unauthenticated` when nobody does. */
export function viewerOf({ principal }: Pick<ApiContext, 'principal'>): Principal {
  if (!principal) throw edgeError('unauthenticated')
  return principal
}

/** Whether the viewer is confined to what is their own. */
export const seesOwnOnly = ({ principal }: ApiContext): boolean => principal?.role === 'customer' || !principal

/** Whose eyes the viewer looks with. */
export const visibilityOf = (context: ApiContext): Visibility => (seesOwnOnly(context) ? 'public' : 'all')

/** What is told to the desk alone: customers read null. */
export const internally = <T>(context: ApiContext, value: T): T | undefined =>
  seesOwnOnly(context) ? undefined : value

/** Why a ticket was closed, as the viewer is told. */
export const closeReasonSeen = (context: ApiContext, reason: CloseReason): CloseReason =>
  seesOwnOnly(context) ? closeReasonShownToCustomers[reason] : reason

/** Lets an operation through, or throws `unauthenticated` or `forbidden`. */
export function authorize(operation: Operation, { principal }: ApiContext): void {
  if (!principal) throw edgeError('unauthenticated')
  if (accessTo(operation, principal) === 'none') {
    throw edgeError('forbidden', `the role ${principal.role} may not use ${operation}`)
  }
}
