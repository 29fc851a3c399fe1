import type { FastifyInstance } from 'fastify'
import type { FollowerHealth } from '@guichet/eventstore'
import type { ProjectionRunner } from '@guichet/projections'
import type { Services } from '../graphql/services.ts'

/** Something the server needs besides its databases; rejects when it is not there. */
export type ReadinessCheck = () => Promise<unknown>

const patienceMs = 2_000
const keptMs = 1_000
const givenUpAfterMs = 30_000

/** What everything the server needs is like, by name. */
type Report = Readonly<Record<string, 'ok' | 'degraded' | 'not ready'>>

/**
 * `/health`: the process is alive. `/ready`: everything it needs answers within two seconds, every read model goes on and no
 * follower of the history has been failing for long; otherwise 503 with what is missing. Read models that lag, or of which it is not known whether they do, make it
 * degraded, with 200: every process of a deployment lags alike, and what they show is old, not wrong. However often it is asked, each check is made once a second at most, and not
 * again while it goes on.
 */
export function addHealth(
  app: FastifyInstance,
  { store, readModels, closing }: Services,
  runner: Pick<ProjectionRunner, 'stopped'> & Partial<Pick<ProjectionRunner, 'lagging' | 'lagUnknown'>>,
  followers: Pick<FollowerHealth, 'failing'> | undefined,
  more: Readonly<Record<string, ReadinessCheck>>,
): void {
  const report = createReport({
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
  })

  app.get('/health', { config: { rateLimit: false } }, () => ({ status: 'ok' }))
  app.get('/ready', { config: { rateLimit: false } }, async (_, reply) => {
    const lags = runner.lagging?.().length || runner.lagUnknown?.() !== undefined
    const lag = lags ? 'degraded' : 'ok'
    const checks: Report = { ...(await report()), lag }
    const ready = !closing.aborted && Object.values(checks).every((state) => state !== 'not ready')
    const status = !ready ? 'not ready' : lag === 'ok' ? 'ready' : 'degraded'
    return reply.status(ready ? 200 : 503).send({ status, checks })
  })
}

/** A check that is late for one report is waited for by the next, not made again beside itself. */
function createReport(checks: Readonly<Record<string, ReadinessCheck>>): () => Promise<Report> {
  const single = Object.entries(checks).map(
    ([name, check]) => [name, sharedAnswer(check, { kept: 0, givenUpAfter: givenUpAfterMs })] as const,
  )
  const report = async (): Promise<Report> =>
    Object.fromEntries(
      await Promise.all(
        single.map(async ([name, check]) => [name, (await isFine(check)) ? 'ok' : 'not ready'] as const),
      ),
    )
  return sharedAnswer(report, { kept: keptMs, givenUpAfter: givenUpAfterMs })
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

/** In milliseconds. */
type Sharing = {
  /** For how long an answer is given again. */
  readonly kept: number
  /** After how long work that has not ended is begun anew. */
  readonly givenUpAfter: number
}

/** Does one piece of work at a time: whoever asks meanwhile, or shortly after, is given the answer of the last one. */
export function sharedAnswer<T>(
  work: () => Promise<T>,
  { kept, givenUpAfter }: Sharing,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly answer: Promise<T>; until: number } | undefined
  return () => {
    if (last && now() < last.until) return last.answer
    const begun = { answer: work(), until: now() + givenUpAfter }
    const ended = (): void => void (begun.until = now() + kept)
    begun.answer.then(ended, ended)
    last = begun
    return begun.answer
  }
}
