import type { CloseReason, Position } from '@guichet/domain'
import type { ReadModels, Visibility } from '@guichet/projections'
import { closeReasonShownToCustomers, projectionsBehind } from '@guichet/projections'
import type { Operation, Principal, VerifyToken } from '../../auth/index.ts'
import { accessTo, principalKey } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import type { Loaders } from './loaders.ts'
import { createLoaders } from './loaders.ts'
import type { ReadingBudget } from './reading-budget.ts'
import { createReadingBudget } from './reading-budget.ts'
import type { Services } from './services.ts'

/** What the resolvers of one request share. */
export type ApiContext = {
  readonly services: Services
  readonly principal: Principal | undefined
  readonly requestId: string
  /** Verifies the token of the principal again, for what outlasts the request. */
  readonly verifyToken: (() => ReturnType<VerifyToken>) | undefined
  readonly loaders: Loaders
  /** What the operation may read that grows with how long tickets are; `release` it when the operation is over. */
  readonly budget: ReadingBudget
  /** Forgets what was loaded: what follows sees all that is acknowledged by now, and the history at least up to a position. */
  reload(position?: Position): void
  /**
   * Waits, within bounds, until projections show what this server had acknowledged when the request first read, what the
   * request has seen and what it asks for; false when they may not.
   */
  shows(projections: readonly string[]): Promise<boolean>
  /** A read model, as `shows` waits for it or for the projections given; throws `position_not_reached` where the request asks for more than there is yet. */
  read<M extends keyof ReadModels>(model: M, projections?: readonly string[]): Promise<ReadModels[M]>
}

/** `minPosition` is what the request asks to see at the least. */
export function createContext(
  services: Services,
  principal: Principal | undefined,
  requestId: string,
  minPosition?: Position,
  verifyToken?: ApiContext['verifyToken'],
): ApiContext {
  const { runner, acknowledged, readModels, reachTimeoutMs } = services
  let loaders: Loaders | undefined
  let seen: Position | undefined
  let beyond: Promise<boolean> | undefined
  let atLeast: ReadonlySet<Position | undefined> | undefined
  const reached = async (position: Position | undefined, projections: readonly string[]): Promise<boolean> =>
    position === undefined || runner.reached(position, reachTimeoutMs, projections)

  const context: ApiContext = {
    services,
    principal,
    requestId,
    verifyToken,
    budget: createReadingBudget(services.readingLimits, services.readingPlaces, {
      name: principal ? principalKey(principal) : '',
      onRead: (bytes) => services.onRead(principal, bytes),
    }),
    get loaders() {
      return (loaders ??= createLoaders(context))
    },
    reload: (position) => {
      loaders = undefined
      seen = position ?? seen
      atLeast = undefined
    },
    shows: async (projections) => {
      atLeast ??= new Set([acknowledged.last(), seen, minPosition])
      const shown = await Promise.all([...atLeast].map((each) => reached(each, projections)))
      return shown.every(Boolean)
    },
    read: async (model, projections = projectionsBehind[model]) => {
      beyond ??= isBeyond(services, minPosition)
      if (await beyond) throw edgeError('position_not_reached')
      const shown = await context.shows(projections)
      if (!shown && minPosition !== undefined) throw edgeError('position_not_reached')
      return readModels[model]
    },
  }
  return context
}

/** Whether a position lies beyond all that is written: no wait would lead there. */
async function isBeyond({ store, acknowledged }: Services, position: Position | undefined): Promise<boolean> {
  if (position === undefined) return false
  const written = acknowledged.last()
  if (written !== undefined && store.comparePositions(position, written) <= 0) return false
  return store.isAhead(position)
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
