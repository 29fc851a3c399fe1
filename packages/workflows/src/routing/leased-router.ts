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

/** Routes wherever no other process does. */
export type LeasedRouter = {
  start(): Promise<void>
  /** Resolves when what is under way has ended and the lease is given back. */
  stop(): Promise<void>
  /**
   * What the router of this process is at; undefined where it does not route, because another process does.
   * @throws what it failed with, for as long as it can neither route nor learn that another process does.
   */
  status(): Promise<RouterStatus | undefined>
}

/**
 * A router in each of any number of processes, of which one routes at a time: it alone knows what it has just promised to whom, so
 * that hardly an offer is declined. The lease saves work and decides nothing: two that route at once are as right as one. It is kept
 * while a router reads what it begins with, however long that takes.
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
    const begun = createRouter({ ...rest, name, onError })
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
