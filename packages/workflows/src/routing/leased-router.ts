import { randomUUID } from 'node:crypto'
import { checkpointOf, reactionsSchema } from '../reaction/reactions.ts'
import type { Observed } from '../supervision.ts'
import { asError, periodically } from '../supervision.ts'
import { openTables } from '../tables.ts'
import type { Router, RouterOptions, RouterStatus } from './router.ts'
import { createRouter } from './router.ts'

export type LeasedRouterOptions = Pick<
  RouterOptions,
  'desk' | 'terms' | 'begin' | 'classificationMs' | 'onError' | 'health'
> & {
  /** The database of the lease. */
  readonly connectionString: string
  /** After how many milliseconds without a sign of life another process routes; 15,000 by default. */
  readonly leaseMs?: number
}

/** Routes unless another process does. */
export type LeasedRouter = {
  start(): Promise<void>
  /** Resolves when work under way has ended and the lease is released. */
  stop(): Promise<void>
  /**
   * The progress of this process's router; undefined while another process routes.
   * @throws its error, for as long as it can neither route nor find out that another process does.
   */
  status(): Promise<RouterStatus | undefined>
}

/**
 * A router in each of any number of processes, of which one routes at a time: it alone knows its latest offers, so that
 * hardly an offer is declined. The lease saves work and decides nothing: two concurrent routers are as correct as one.
 * It is held while a router reads its initial data, however long that takes.
 */
export async function leasedRouter(options: LeasedRouterOptions): Promise<LeasedRouter> {
  const { connectionString, leaseMs = 15_000, onError = () => undefined, ...rest } = options
  const pool = await openTables(reactionsSchema, { connectionString, maxConnections: 1, onError })
  const name = randomUUID()
  const lease = checkpointOf(pool, 'routing', name, leaseMs)
  let router: Router | undefined
  let beginning: Promise<unknown> = Promise.resolve()
  /** Why the last router could not begin. */
  let misbegun: Error | undefined
  let watching: Observed | undefined

  const leave = async (): Promise<void> => {
    const leaving = router
    router = undefined
    await beginning
    await leaving?.stop()
    rest.health?.succeeded('routing')
  }
  const look = async (): Promise<void> => {
    if (router) {
      if (!(await lease.renew())) return leave()
      const { position } = router.status()
      return position === undefined ? undefined : lease.save(position)
    }
    if (!(await lease.claim())) {
      misbegun = undefined
      return
    }
    const begun = createRouter({ ...rest, onError })
    router = begun
    beginning = begun.start().then(
      () => (misbegun = undefined),
      (error: unknown) => {
        router = undefined
        misbegun = asError(error)
        onError(error, 'routing')
      },
    )
  }

  return {
    start: async () => {
      watching = periodically(leaseMs / 10, look, (error) => onError(error, 'routing'))
    },
    stop: async () => {
      await watching?.stop()
      await leave()
      await lease.release().catch((error: unknown) => onError(error, 'routing'))
      await pool.end()
    },
    status: async () => {
      const failure = watching?.failure() ?? misbegun
      if (failure !== undefined) throw failure
      return router?.status()
    },
  }
}
