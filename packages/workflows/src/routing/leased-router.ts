import type { Position } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { CheckpointNotInLog } from '@guichet/eventstore'
import type { LeaseName } from '../reaction/checkpoint.ts'
import { leaseOf } from '../reaction/checkpoint.ts'
import { reactionsSchema } from '../reaction/reactions.ts'
import type { ObservedRepetition, OnError } from '../supervision.ts'
import { asError, periodically } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import { openTables } from '../tables.ts'
import type { ChatRouterOptions, ChatRouterStatus } from './chat-router.ts'
import { createChatRouter } from './chat-router.ts'
import type { RoutingProcess } from './loop.ts'
import type { RouterOptions, RouterStatus } from './router.ts'
import { createRouter } from './router.ts'

type WithPosition = { readonly position: Position | undefined }

type LeaseOptions<S extends WithPosition> = PartDatabase & {
  readonly name: LeaseName
  /** Creates the router of the process that has the lease. */
  readonly create: () => RoutingProcess<S>
  /** After how many milliseconds without a sign of life another process routes; 15,000 by default. */
  readonly leaseMs?: number
  readonly onError?: OnError
  readonly health?: FollowerReports
}

/** The options of the router of tickets, with those of its lease. */
export type LeasedRouterOptions = Pick<
  RouterOptions,
  'desk' | 'terms' | 'begin' | 'classificationMs' | 'onError' | 'health'
> &
  Pick<LeaseOptions<RouterStatus>, 'connectionString' | 'leaseMs'>

/** The options of the router of chats, with those of its lease. */
type LeasedChatRouterOptions = Pick<
  ChatRouterOptions,
  'desk' | 'terms' | 'begin' | 'connections' | 'onError' | 'health'
> &
  Pick<LeaseOptions<ChatRouterStatus>, 'connectionString' | 'leaseMs'>

/** Routes unless another process does. */
export type LeasedRouter<S = RouterStatus> = {
  start(): Promise<void>
  /** Resolves when work under way has ended and the lease is released. */
  stop(): Promise<void>
  /**
   * The progress of this process's router; undefined while another process routes.
   * @throws its error, for as long as it can neither route nor find out that another process does.
   */
  status(): Promise<S | undefined>
}

/**
 * A router in each of any number of processes, of which one routes at a time: it alone knows its latest offers, so that
 * hardly an offer is declined. The lease saves work and decides nothing: two concurrent routers are as correct as one.
 * It is held while a router reads its initial data, however long that takes.
 */
export const leasedRouter = (options: LeasedRouterOptions): Promise<LeasedRouter> =>
  leased({ ...options, name: 'routing', create: () => createRouter(options) })

/** As `leasedRouter`, for chats. */
export const leasedChatRouter = (options: LeasedChatRouterOptions): Promise<LeasedRouter<ChatRouterStatus>> =>
  leased({ ...options, name: 'routing chats', create: () => createChatRouter(options) })

async function leased<S extends WithPosition>(options: LeaseOptions<S>): Promise<LeasedRouter<S>> {
  const { name, create, connectionString, leaseMs = 15_000, onError = () => undefined, health } = options
  const pool = await openTables(reactionsSchema, { connectionString, pool: options.pool, maxConnections: 1, onError })
  const lease = leaseOf(pool, name, leaseMs)
  let router: RoutingProcess<S> | undefined
  let beginning: Promise<unknown> = Promise.resolve()
  /** Why the last router could not begin. */
  let startFailure: Error | undefined
  let watching: ObservedRepetition | undefined

  const leave = async (): Promise<void> => {
    const leaving = router
    router = undefined
    await beginning
    await leaving?.stop()
    health?.succeeded(name)
  }
  const check = async (): Promise<void> => {
    const leading = router
    if (leading) {
      if (!(await lease.renew())) return leave()
      const { position } = leading.status()
      return position === undefined ? undefined : lease.save(position)
    }
    if (!(await lease.claim())) {
      startFailure = undefined
      return
    }
    const newRouter = create()
    router = newRouter
    beginning = newRouter.start().then(
      () => (startFailure = undefined),
      (error: unknown) => {
        router = undefined
        startFailure = asError(error)
        onError(error, name)
        // What a router waits for otherwise reports itself.
        if (error instanceof CheckpointNotInLog) health?.failed(name, error)
      },
    )
  }

  return {
    start: async () => {
      watching = periodically(leaseMs / 10, check, (error) => onError(error, name))
    },
    stop: async () => {
      await watching?.stop()
      await leave()
      await lease.release().catch((error: unknown) => onError(error, name))
      await pool.end()
    },
    status: async () => {
      const failure = watching?.failure() ?? startFailure
      if (failure !== undefined) throw failure
      return router?.status()
    },
  }
}
