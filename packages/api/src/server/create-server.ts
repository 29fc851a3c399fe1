import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyWebsocket from '@fastify/websocket'
import type { EventStore } from '@guichet/domain'
import type { FollowerHealth } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify, { LogController } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { AuthConfig, Revocations } from '../auth/index.ts'
import { createTokenVerifier } from '../auth/index.ts'
import type { RequestDesk, Services } from '../graphql/index.ts'
import {
  createAcknowledged,
  createChangeFeed,
  createContext,
  createOwnership,
  createHistoryCache,
  createPermits,
  createSchema,
} from '../graphql/index.ts'
import { addAuthentication, requireToken } from './authentication.ts'
import { closingOf } from './closing.ts'
import type { ExplorerToken } from './explorer.ts'
import { addExplorer } from './explorer.ts'
import { logFailure, logFailures } from './failure-log.ts'
import { addFrontPage } from './front-page.ts'
import { addFailures, sendFailure } from './failures.ts'
import type { ReadinessCheck } from './health.ts'
import { addHealth } from './health.ts'
import { mayInspectWhere } from './hints.ts'
import { createHttpHandler } from './http.ts'
import type { Limits } from './limits.ts'
import { defaultLimits } from './limits.ts'
import { createPrepareOperation } from './operations.ts'
import { createQuotas } from './quotas.ts'
import { addRateLimits } from './rate-limits.ts'
import type { TraceRequest } from './request-log.ts'
import { logRequests, requestIdHeader, requestIdOf } from './request-log.ts'
import { createSubscribe } from './subscriptions.ts'
import { createUnreadAnswers } from './unread-answers.ts'
import { createWebSocketHandler } from './web-socket.ts'
import { minPositionOf } from './min-position.ts'
import { tellUnknownPlans } from './unknown-plans.ts'
import { unreadableRequests } from './unreadable-requests.ts'
import { createGraphqlYoga } from './yoga.ts'

/** What the server is built on. Everything given stays its owner's to close. */
export type ServerDependencies = {
  readonly desk: RequestDesk
  readonly store: EventStore
  readonly readModels: ReadModels
  readonly runner: Pick<ProjectionRunner, 'reached' | 'stopped'> &
    Partial<Pick<ProjectionRunner, 'lagging' | 'lagUnknown'>>
  /** The followers of the history in this process, of which `/ready` tells; none without it. */
  readonly followers?: Pick<FollowerHealth, 'failing'> | undefined
  readonly auth: AuthConfig
  /** What is served; the API of the product unless given. */
  readonly schema?: GraphQLSchema | undefined
  /** Which tokens are no longer valid though their time is not over; none without it. */
  readonly revocations?: Revocations | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Lets everybody inspect the schema, and serves a page to explore it with. */
  readonly development: boolean
  /** The token that the explorer opens with, in development, in a browser on this machine; none without it, or behind a proxy that is trusted. */
  readonly explorerToken?: ExplorerToken | undefined
  /** Nothing is logged without it. */
  readonly log?: FastifyBaseLogger | undefined
  /** Which web origins may call the API from a browser; none without it. */
  readonly corsOrigins?: readonly string[] | undefined
  /** What `/ready` asks besides the databases and the read models, by name. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** The documents that whoever may not inspect the schema is confined to; any document without them. */
  readonly allowedOperations?: readonly string[] | undefined
  /** How long what is under way may go on when the server closes, in milliseconds, below the ten seconds after which Fastify gives up; 5,000 by default. */
  readonly closeGraceMs?: number | undefined
  /** How long a reader waits for the read models to show what they wrote, in milliseconds; 2,000 by default. */
  readonly reachTimeoutMs?: number | undefined
  /** Proxies, by address, range or name such as `loopback`, whose `x-forwarded-for` says where a client is; none without it. */
  readonly trustProxy?: readonly string[] | undefined
  /** Is given the server before it listens, to measure its requests. */
  readonly observe?: ((app: FastifyInstance) => void) | undefined
  /** Answers each request to the API in a span of a trace. */
  readonly trace?: TraceRequest | undefined
}

const path = '/graphql'

/** After how long a connection is ended over which nothing moves either way, in milliseconds; event streams send a ping more often. */
const stalledMs = 60_000

/** How many operations may hold long histories or many texts in memory at once. */
const largeReadsAtOnce = 2
/** How many pages of histories, of some megabytes, are read at once. */
const pagesAtOnce = 4

/**
 * Builds the HTTP server of the API: GraphQL on `/graphql` (POST, GET, event streams and WebSockets), `/health` and
 * `/ready`, a page that leads to them on `/` and, in development, one to explore the API with on `/explorer`. It does not listen yet; `close` ends every
 * stream first.
 * @throws RangeError when the authentication cannot work, such as with a secret that is too short.
 */
export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { desk, store, readModels, runner, development, log, corsOrigins = [], trustProxy = [] } = dependencies
  const limits: Limits = { ...defaultLimits, ...dependencies.limits }
  const verify = await createTokenVerifier(dependencies.auth, { revocations: dependencies.revocations })

  const unreadable = unreadableRequests()
  const app: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // its answer has no code
    requestTimeout: limits.requestMs,
    connectionTimeout: stalledMs,
    http: {
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(limits.requestMs, 5_000),
    },
    clientErrorHandler: (error, socket) => unreadable.answer(error, socket, app.log),
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    ...(log && { loggerInstance: log }),
  })
  unreadable.watch(app.server)
  const onMasked = logFailures(app.log)

  const closing = closingOf(app, dependencies.closeGraceMs ?? 5_000)
  const quotas = createQuotas(limits, ({ role, id }, quota) =>
    app.log.warn({ role, id, quota }, 'a principal has used up a quota'),
  )
  const services: Services = {
    desk,
    store,
    readModels,
    runner,
    ownership: createOwnership(desk, store),
    acknowledged: createAcknowledged(store),
    changes: createChangeFeed(store, closing, (error) => logFailure(app.log, error, 'change feed')),
    planUnknown: tellUnknownPlans(app.log),
    closing,
    revocations: dependencies.revocations,
    readingLimits: limits,
    onRead: quotas.takeRead,
    readingPlaces: { large: createPermits(largeReadsAtOnce), pages: createPermits(pagesAtOnce) },
    histories: createHistoryCache(),
    reachTimeoutMs: dependencies.reachTimeoutMs ?? 2_000,
  }

  logRequests(app)
  dependencies.observe?.(app)
  addFailures(app, onMasked)
  app.addHook('onRequest', async (request, reply) => {
    if (closing.aborted) return sendFailure(request, reply.header('connection', 'close'), 'shutting_down')
  })
  addAuthentication(app, verify)
  await app.register(fastifyHelmet, { contentSecurityPolicy: !development })
  await app.register(fastifyCors, {
    origin: [...corsOrigins],
    methods: ['GET', 'POST'],
    exposedHeaders: [requestIdHeader, 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
    maxAge: 600,
  })
  const rateLimits = await addRateLimits(app, limits)
  await app.register(fastifyWebsocket, { options: { maxPayload: limits.webSocketMessageBytes } })

  const schema = dependencies.schema ?? createSchema()
  const mayInspect = mayInspectWhere(development)
  const prepare = createPrepareOperation(schema, limits, mayInspect, dependencies.allowedOperations)
  const subscribe = createSubscribe(limits.subscriptions, onMasked, mayInspect, quotas)
  const yoga = createGraphqlYoga(schema, path, prepare, subscribe, onMasked, mayInspect, quotas)

  const unread = createUnreadAnswers(limits)

  const handler = createHttpHandler(yoga, quotas, unread, onMasked, (request) =>
    createContext(services, request.principal, request.id, minPositionOf(store, request.headers), request.verifyToken),
  )
  const { trace } = dependencies
  const route = {
    url: path,
    exposeHeadRoute: false,
    preParsing: requireToken(rateLimits, ({ ws }) => development || ws),
    handler: trace
      ? (request: FastifyRequest, reply: FastifyReply) => trace(request, reply, () => handler(request, reply))
      : handler,
  }
  app.route({ ...route, method: 'POST' })
  app.route({
    ...route,
    method: 'GET',
    wsHandler: createWebSocketHandler(services, verify, prepare, subscribe, rateLimits, quotas, unread, onMasked),
  })
  if (development)
    await addExplorer(app, '/explorer', path, trustProxy.length > 0 ? undefined : dependencies.explorerToken)
  addFrontPage(app, path, development ? '/explorer' : undefined)
  addHealth(app, services, runner, dependencies.followers, dependencies.readiness ?? {})
  return app
}
