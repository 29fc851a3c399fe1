import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifyWebsocket from '@fastify/websocket'
import type { Desk, EventStore } from '@guichet/domain'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import Fastify, { LogController } from 'fastify'
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { AuthConfig } from '../auth/index.ts'
import { createTokenVerifier } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { Services } from '../graphql/index.ts'
import { createAcknowledged, createChangeFeed, createContext, createOwnership, createSchema } from '../graphql/index.ts'
import { addAuthentication, tokenFault } from './authentication.ts'
import { addExplorer } from './explorer.ts'
import { logFailures } from './failure-log.ts'
import { addFailures } from './failures.ts'
import type { ReadinessCheck } from './health.ts'
import { addHealth } from './health.ts'
import { createHttpHandler } from './http.ts'
import type { Limits } from './limits.ts'
import { defaultLimits } from './limits.ts'
import { createPrepareOperation } from './operations.ts'
import { createSubscribe } from './subscriptions.ts'
import { createWebSocketHandler } from './web-socket.ts'
import { minPositionOf } from './min-position.ts'
import { createGraphqlYoga } from './yoga.ts'

/** What the server is built on. Everything given stays its owner's to close. */
export type ServerDependencies = {
  readonly desk: Desk
  readonly store: EventStore
  readonly readModels: ReadModels
  readonly runner: Pick<ProjectionRunner, 'reached' | 'status'>
  readonly auth: AuthConfig
  readonly limits?: Partial<Limits> | undefined
  /** Lets everybody inspect the schema, and serves a page to explore it with. */
  readonly development: boolean
  /** Nothing is logged without it. */
  readonly log?: FastifyBaseLogger | undefined
  /** Which web origins may call the API from a browser; none without it. */
  readonly corsOrigins?: readonly string[] | undefined
  /** What `/ready` asks besides the databases and the read models, by name. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** How long a reader waits for the read models to show what they wrote, in milliseconds; 2,000 by default. */
  readonly reachTimeoutMs?: number | undefined
  /** Whether the address of a client is read from `x-forwarded-for`: only behind a proxy that sets it. */
  readonly trustProxy?: boolean | undefined
}

const path = '/graphql'

/**
 * Builds the HTTP server of the API: GraphQL on `/graphql` (POST, GET, event streams and WebSockets), `/health` and
 * `/ready`, and in development a page to explore it with on `/explorer`. It does not listen yet; `close` ends every
 * stream first.
 * @throws RangeError when the authentication cannot work, such as with a secret that is too short.
 */
export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { desk, store, readModels, runner, development, log } = dependencies
  const limits: Limits = { ...defaultLimits, ...dependencies.limits }
  const verify = await createTokenVerifier(dependencies.auth)

  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    trustProxy: dependencies.trustProxy ?? false,
    ...(log && { loggerInstance: log }),
  })
  const onMasked = logFailures(app.log)

  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  app.addHook('preClose', async () => closing.abort())
  const services: Services = {
    desk,
    store,
    readModels,
    runner,
    ownership: createOwnership(desk),
    acknowledged: createAcknowledged(store),
    changes: createChangeFeed(store, closing.signal, (error) => app.log.error({ err: error }, 'change feed')),
    closing: closing.signal,
    reachTimeoutMs: dependencies.reachTimeoutMs ?? 2_000,
  }

  addFailures(app, onMasked)
  addAuthentication(app, verify)
  await app.register(fastifyHelmet, { contentSecurityPolicy: !development })
  await app.register(fastifyCors, { origin: [...(dependencies.corsOrigins ?? [])], methods: ['GET', 'POST'] })
  if (limits.requestsPerMinute > 0) {
    await app.register(fastifyRateLimit, {
      max: limits.requestsPerMinute,
      timeWindow: '1 minute',
      keyGenerator: ({ principal, ip }) => (principal ? `${principal.role}:${principal.id}` : ip),
      errorResponseBuilder: () => edgeError('rate_limited'),
    })
  }
  await app.register(fastifyWebsocket, { options: { maxPayload: 64 * 1024 } })

  const schema = createSchema()
  const prepare = createPrepareOperation(schema, limits, development)
  const subscribe = createSubscribe(limits.subscriptions, onMasked)
  const yoga = createGraphqlYoga(schema, path, prepare, subscribe, onMasked)

  const checkToken = async (request: FastifyRequest): Promise<void> => {
    const fault = tokenFault(request, development || request.ws)
    if (fault) throw fault
  }
  const route = {
    url: path,
    exposeHeadRoute: false,
    preParsing: checkToken,
    handler: createHttpHandler(yoga, (request) =>
      createContext(services, request.principal, request.id, minPositionOf(store, request.headers)),
    ),
  }
  app.route({ ...route, method: 'POST' })
  app.route({
    ...route,
    method: 'GET',
    wsHandler: createWebSocketHandler(services, verify, prepare, subscribe, onMasked),
  })
  if (development) await addExplorer(app, '/explorer', path)
  addHealth(app, services, dependencies.readiness ?? {})
  return app
}
