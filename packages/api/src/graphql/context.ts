import type { CloseReason, Position } from '@guichet/domain'
import type { ArticleReaders, Visibility } from '@guichet/projections'
import { closeReasonShownToCustomers, projectionsBehind } from '@guichet/projections'
import type { Principal } from '../auth/principal.ts'
import { isCustomer, principalKey } from '../auth/principal.ts'
import type { Operation } from '../auth/rights.ts'
import { accessTo } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import { createLoaders } from './loaders.ts'
import { createReadingBudget } from './reading-budget.ts'
import type { ApiContext, Loaders, Services } from './services.ts'

type RequestParts = Pick<
  ApiContext,
  'services' | 'principal' | 'requestId' | 'verifyToken' | 'acceptLanguage' | 'userAgent' | 'address'
> & {
  /** The position that the request requires the read models to reach. */
  readonly minPosition?: Position | undefined
}

/** Creates the context of the operations of a request. */
export function createContext({ minPosition, ...request }: RequestParts): ApiContext {
  const { services, principal } = request
  const { runner, acknowledged, readModels, reachTimeoutMs } = services
  let loaders: Loaders | undefined
  let seen: Position | undefined
  let beyond: Promise<boolean> | undefined
  let patienceMs = reachTimeoutMs
  let atLeast: ReadonlySet<Position | undefined> | undefined
  const reached = async (position: Position | undefined, projections: readonly string[]): Promise<boolean> =>
    position === undefined || runner.reached(position, patienceMs, projections)

  const context: ApiContext = {
    ...request,
    refusals: services.onOperation && new Map(),
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
      patienceMs = reachTimeoutMs
    },
    showFrom: (position, patience) => {
      context.reload(position)
      atLeast = new Set([position, minPosition])
      patienceMs = patience
    },
    shows: async (projections) => {
      atLeast ??= new Set([acknowledged.last(), seen, minPosition])
      const positions = [...atLeast]
      const outcomes = await context.budget.waiting(Promise.all(positions.map((each) => reached(each, projections))))
      return outcomes.every(Boolean)
    },
    read: async (model, projections = projectionsBehind[model]) => {
      beyond ??= isBeyond(services, minPosition)
      if (await beyond) throw edgeError('position_not_reached')
      const isShown = await context.shows(projections)
      if (!isShown && minPosition !== undefined) throw edgeError('position_not_reached')
      return readModels[model]
    },
  }
  return context
}

/** Whether a position is after the last write, so that waiting for it is useless. */
async function isBeyond({ store, acknowledged }: Services, position: Position | undefined): Promise<boolean> {
  if (position === undefined) return false
  const written = acknowledged.last()
  if (written !== undefined && store.comparePositions(position, written) <= 0) return false
  return store.isAhead(position)
}

/** Returns the authenticated caller; throws `unauthenticated` if there is none. */
export function viewerOf({ principal }: Pick<ApiContext, 'principal'>): Principal {
  if (!principal) throw edgeError('unauthenticated')
  return principal
}

/** Whether the viewer may see only their own tickets. */
export const seesOwnOnly = ({ principal }: ApiContext): boolean => !principal || isCustomer(principal)

/** Returns the visibility of messages for the viewer. */
export const visibilityOf = (context: ApiContext): Visibility => (seesOwnOnly(context) ? 'public' : 'all')

/** Returns as whom the viewer reads articles. */
export const articleReadersOf = (context: ApiContext): ArticleReaders => (seesOwnOnly(context) ? 'public' : 'desk')

/** Returns the reason of a closing that the viewer may see. */
export const closeReasonSeen = (context: ApiContext, reason: CloseReason): CloseReason =>
  seesOwnOnly(context) ? closeReasonShownToCustomers[reason] : reason

/** Throws `unauthenticated` or `forbidden` unless the caller may use an operation. */
export function authorize(operation: Operation, { principal }: ApiContext): void {
  if (!principal) throw edgeError('unauthenticated')
  if (accessTo(operation, principal) === 'none') {
    throw edgeError('forbidden', `the role ${principal.role} may not use ${operation}`)
  }
}
