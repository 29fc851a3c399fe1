import type { FastifyInstance } from 'fastify'
import type { FollowerHealth } from '@guichet/eventstore'
import type { ProjectionRunner } from '@guichet/projections'
import type { Services } from '../graphql/services.ts'

/** Checks something that the server needs besides its databases; rejects if it is unavailable. */
export type ReadinessCheck = () => Promise<unknown>

const patienceMs = 2_000
const cacheMs = 1_000
const givenUpAfterMs = 30_000

/** The status of everything that the server needs, by name. */
type Report = Readonly<Record<string, 'ok' | 'degraded' | 'not ready'>>

/**
 * Adds `/health` and `/ready`. `/health`: the process is alive. `/ready`: everything it needs answers within two
 * seconds, no read model has stopped and no consumer of the history has been failing for long; otherwise 503 with the
 * failed checks. Read models that lag, or whose lag is unknown, make it degraded, with 200: all processes of a
 * deployment lag alike, and their data is old, not wrong. So does each of the `degrading` checks that fails. Each check runs at most once a second, and never twice at a
 * time.
 */
export function addHealth(
  app: FastifyInstance,
  { store, readModels, closing }: Services,
  runner: Pick<ProjectionRunner, 'stopped'> & Partial<Pick<ProjectionRunner, 'lagging' | 'lagUnknown'>>,
  followers: Pick<FollowerHealth, 'failing'> | undefined,
  more: Readonly<Record<string, ReadinessCheck>>,
  degrading: Readonly<Record<string, ReadinessCheck>> = {},
): void {
  const report = createReport(
    {
      store: () => store.head(),
      readModels: () => readModels.tickets.byIds(['readiness']),
      projections: async () => {
        const stopped = await runner.stopped()
        if (stopped.length > 0) throw new Error(`stopped: ${stopped.join(', ')}`)
      },
      followers: async () => {
        const failing = followers?.failing() ?? []
        if (failing.length > 0) throw new Error(`failing: ${failing.map(({ follower }) => follower).join(', ')}`)
      },
      ...more,
    },
    degrading,
  )

  app.get('/health', { config: { rateLimit: false } }, () => ({ status: 'ok' }))
  app.get('/ready', { config: { rateLimit: false } }, async (_, reply) => {
    const lags = runner.lagging?.().length || runner.lagUnknown?.() !== undefined
    const lag = lags ? 'degraded' : 'ok'
    const checks: Report = { ...(await report()), lag }
    const ready = !closing.aborted && Object.values(checks).every((state) => state !== 'not ready')
    const isDegraded = Object.values(checks).includes('degraded')
    const status = !ready ? 'not ready' : isDegraded ? 'degraded' : 'ready'
    return reply.status(ready ? 200 : 503).send({ status, checks })
  })
}

/** A check that is late for one report is awaited by the next, not started a second time. */
function createReport(
  needed: Readonly<Record<string, ReadinessCheck>>,
  degrading: Readonly<Record<string, ReadinessCheck>>,
): () => Promise<Report> {
  const single = (['not ready', 'degraded'] as const).flatMap((failed) =>
    Object.entries(failed === 'degraded' ? degrading : needed).map(
      ([name, check]) => [name, sharedAnswer(check, { cachedFor: 0, givenUpAfter: givenUpAfterMs }), failed] as const,
    ),
  )
  const report = async (): Promise<Report> =>
    Object.fromEntries(
      await Promise.all(
        single.map(async ([name, check, failed]) => [name, (await isFine(check)) ? 'ok' : failed] as const),
      ),
    )
  return sharedAnswer(report, { cachedFor: cacheMs, givenUpAfter: givenUpAfterMs })
}

async function isFine(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patienceMs)
  })
  try {
    return await Promise.race([check().then(() => true), late])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Returns a check of a server of others, or a costly query, which is asked at most once in `everyMs` however often this one is: it gives
 * the last outcome, and asks again behind it when that is older. The first outcome is waited for, and the next one where
 * the last is older than `oldestMs`.
 */
export function lastKnown<T>(
  check: () => Promise<T>,
  everyMs: number,
  {
    oldestMs = Infinity,
    now = () => performance.now(),
  }: { readonly oldestMs?: number; readonly now?: () => number } = {},
): () => Promise<T> {
  let lastOutcome: Promise<T> | undefined
  let underWay: Promise<T> | undefined
  let askedAt = -Infinity
  let lastAskedAt = -Infinity
  const ask = (): Promise<T> => {
    const startedAt = now()
    askedAt = startedAt
    const outcome = check()
    const settled = (): void => {
      underWay = undefined
      lastOutcome = outcome
      lastAskedAt = startedAt
    }
    outcome.then(settled, settled)
    return (underWay = outcome)
  }
  return () => {
    if (lastOutcome === undefined) return underWay ?? ask()
    if (!underWay && now() - askedAt >= everyMs) void ask()
    return now() - lastAskedAt > oldestMs ? (underWay ?? lastOutcome) : lastOutcome
  }
}

/** Durations in milliseconds. */
type Sharing = {
  /** How long an answer is cached. */
  readonly cachedFor: number
  /** The time after which unfinished work is started again. */
  readonly givenUpAfter: number
}

/** Returns a function that does the work once at a time. Calls meanwhile, or shortly after, get the same answer. */
export function sharedAnswer<T>(
  work: () => Promise<T>,
  { cachedFor, givenUpAfter }: Sharing,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly answer: Promise<T>; until: number } | undefined
  return () => {
    if (last && now() < last.until) return last.answer
    const entry = { answer: work(), until: now() + givenUpAfter }
    const ended = (): void => void (entry.until = now() + cachedFor)
    entry.answer.then(ended, ended)
    last = entry
    return entry.answer
  }
}
