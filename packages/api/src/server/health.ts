import type { FastifyInstance } from 'fastify'
import type { Services } from '../graphql/index.ts'

/** Something the server needs besides its databases; rejects when it is not there. */
export type ReadinessCheck = () => Promise<unknown>

const patienceMs = 2_000

/**
 * `/health`: the process is alive. `/ready`: everything it needs answers within two seconds and no read model has
 * stopped; otherwise 503 with what is missing.
 */
export function addHealth(
  app: FastifyInstance,
  { store, readModels, runner, closing }: Services,
  more: Readonly<Record<string, ReadinessCheck>>,
): void {
  const checks: Readonly<Record<string, ReadinessCheck>> = {
    store: () => store.head(),
    readModels: () => readModels.tickets.byIds(['readiness']),
    projections: async () => {
      const statuses = await runner.status()
      const stopped = statuses.filter(({ state }) => state === 'stopped').map(({ name }) => name)
      if (stopped.length > 0) throw new Error(`stopped: ${stopped.join(', ')}`)
      return { lag: Math.max(0, ...statuses.map(({ lag }) => lag)) }
    },
    ...more,
  }

  app.get('/health', { config: { rateLimit: false } }, () => ({ status: 'ok' }))
  app.get('/ready', { config: { rateLimit: false } }, async (_, reply) => {
    const entries = Object.entries(checks)
    const results = await Promise.allSettled(entries.map(([, check]) => withinPatience(check)))
    const report = Object.fromEntries(
      entries.map(([name], index) => {
        const result = results[index]
        return [name, result?.status === 'fulfilled' ? 'ok' : 'not ready']
      }),
    )
    const ready = !closing.aborted && results.every(({ status }) => status === 'fulfilled')
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks: report })
  })
}

async function withinPatience(check: ReadinessCheck): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), patienceMs)
  })
  try {
    return await Promise.race([check(), late])
  } finally {
    clearTimeout(timer)
  }
}
