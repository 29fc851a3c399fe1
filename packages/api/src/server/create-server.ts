import { createHash } from 'node:crypto'
import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyMultipart from '@fastify/multipart'
import fastifyWebsocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import Fastify, { LogController } from 'fastify'
import { limits as domainLimits } from '@guichet/domain'
import { createTokenVerifier } from '../auth/tokens.ts'
import { createVisitorTokens, verifyEither } from '../auth/visitor-tokens.ts'
import { edgeError } from '../errors.ts'
import { addActivityRoute } from './activity-route.ts'
import { addArticlePdfRoute } from './article-pdf-route.ts'
import { addAuthentication, addRateLimits } from './authentication.ts'
import { addChatPages } from './chat-pages.ts'
import { closingOf } from './closing.ts'
import { createDrain } from './draining.ts'
import { addExplorer } from './explorer.ts'
import {
  addFailures,
  logFailures,
  logRequests,
  requestIdHeader,
  requestIdOf,
  sendFailure,
  unreadableRequests,
} from './failures.ts'
import { addFileRoutes } from './file-routes.ts'
import { addFrontPage } from './front-page.ts'
import { addGraphqlRoute, path } from './graphql-route.ts'
import { addHealth } from './health.ts'
import { createRevisionPrints } from './revision-print.ts'
import { addHelpCentreFiles } from './help-centre/file-routes.ts'
import { addHelpCentre } from './help-centre/help-centre-routes.ts'
import { addJsonParser } from './http.ts'
import type { Limits } from './limits.ts'
import { defaultLimits } from './limits.ts'
import { addLiveDataRoutes } from './live-data-routes.ts'
import { filesPerRequest } from './multipart.ts'
import { createQuotas } from './quotas.ts'
import { contextFor } from './request-context.ts'
import type { ServerDependencies } from './server-dependencies.ts'
import { createServices } from './server-services.ts'
import { addTranscriptRoutes } from './transcript-routes.ts'
import { addVisitors } from './visitors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body of a request is a file, which may take longer to come than other bodies. */
    readonly takesFiles?: boolean
  }
}

const cannotRevoke = async (): Promise<void> => {
  throw edgeError('unavailable', 'this server cannot revoke tokens')
}

/** The time after which an idle connection is closed, in milliseconds. Event streams send a ping more often. */
const stalledMs = 60_000

/**
 * Creates the HTTP server of the API: GraphQL on `/graphql` (POST, GET, event streams and WebSockets), `/health` and
 * `/ready`, the chat below `/chat`, the page of authors on `/desk/articles`, transcripts and PDFs of articles below `/chats` and `/articles`, the help centre below `/help`, a page with links to them on `/` and, in development, the explorer on `/explorer`. It does not listen yet.
 * `close` ends every stream first.
 * @throws RangeError when the authentication cannot work, such as with a secret that is too short.
 */
export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { desk, store, runner, development, corsOrigins = [], trustProxy = [] } = dependencies
  const limits: Limits = { ...defaultLimits, ...dependencies.limits }
  const closeGraceMs = dependencies.closeGraceMs ?? 5_000
  const { revocations, revoke = cannotRevoke } = dependencies
  const verifyIssued = await createTokenVerifier(dependencies.auth, { revocations })
  const visitors =
    dependencies.visitors &&
    (await createVisitorTokens({ ...dependencies.visitors, desk: await store.identity() }, { revocations }))
  const verify = verifyEither(visitors, verifyIssued)

  const unreadable = unreadableRequests()
  const app = createApp(dependencies, { limits, closeGraceMs, unreadable })
  unreadable.watch(app.server)
  const onMasked = logFailures(app.log)

  const drain = createDrain(dependencies.drain)
  const { closing, drained } = closingOf(app, drain, closeGraceMs)
  const quotas = createQuotas(limits, ({ role, id }, quota) =>
    app.log.warn({ role, principal: pseudonymOf(id), quota }, 'a principal has used up a quota'),
  )
  const services = createServices(app, dependencies, { limits, quotas, drain, closing, drained })

  addJsonParser(app)
  logRequests(app)
  dependencies.observe?.(app)
  addFailures(app, onMasked)
  app.addHook('onRequest', async (request, reply) => {
    if (closing.aborted) return sendFailure(request, reply.header('connection', 'close'), 'shutting_down')
  })
  app.addHook('onRequest', (request, _, done) => {
    if (!request.routeOptions.config.takesFiles) unreadable.refuseSlow(request.raw, limits.requestMs, app.log)
    done()
  })
  addAuthentication(app, verify)
  await addPlugins(app, dependencies, limits)
  const rateLimits = await addRateLimits(app, limits)
  await app.register(fastifyWebsocket, { options: { maxPayload: limits.webSocketMessageBytes } })

  const contextOf = contextFor(services)
  addGraphqlRoute(app, dependencies, { services, contextOf, verify, limits, quotas, rateLimits, onMasked })
  if (development)
    await addExplorer(app, '/explorer', path, trustProxy.length > 0 ? undefined : dependencies.explorerToken)
  addVisitors(app, {
    visitors,
    verifyIssued,
    revoke,
    desk,
    push: services.push,
    limits: rateLimits,
    origins: corsOrigins,
  })
  await addActivityRoute(app, { services, verify, limits: rateLimits, quotas, origins: corsOrigins })
  if (services.files) await addFileRoutes(app, { ...services, files: services.files })
  if (services.liveData) await addLiveDataRoutes(app, { desk, liveData: services.liveData }, rateLimits)
  addTranscriptRoutes(app, contextOf, limits, rateLimits, quotas)
  const prints = createRevisionPrints(services.readModels.articles, services.files)
  addArticlePdfRoute(app, prints, contextOf, rateLimits, quotas)
  if (services.files) addHelpCentreFiles(app, { ...services, files: services.files })
  addHelpCentre(app, { ...services, prints }, rateLimits, dependencies.visitors?.secret)
  const pages = addChatPages(app, development, trustProxy.length > 0 ? undefined : dependencies.chatTokens)
  addFrontPage(app, path, development ? '/explorer' : undefined, pages)
  addHealth(app, services, runner, dependencies.followers, dependencies.readiness ?? {}, dependencies.degrading)
  return app
}

type AppOptions = {
  readonly limits: Limits
  readonly closeGraceMs: number
  readonly unreadable: ReturnType<typeof unreadableRequests>
}

/** Creates the server without a route. */
function createApp(
  { log, trustProxy = [], drain }: ServerDependencies,
  { limits, closeGraceMs, unreadable }: AppOptions,
): FastifyInstance {
  const app: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
    // Each character of an id may be written as three.
    routerOptions: { maxParamLength: 3 * domainLimits.id },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // its answer has no code
    requestTimeout: limits.uploadMs,
    connectionTimeout: stalledMs,
    http: {
      headersTimeout: limits.requestMs,
      requestTimeout: limits.uploadMs,
      connectionsCheckingInterval: Math.min(limits.requestMs, 5_000),
    },
    clientErrorHandler: (error, socket) => unreadable.answer(error, socket, app.log),
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    pluginTimeout: (drain?.withinMs ?? 10_000) + closeGraceMs + 10_000, // of hooks too: it gives up then
    ...(log && { loggerInstance: log }),
  })
  return app
}

/** Adds the headers of answers, and the reading of requests with files. */
async function addPlugins(
  app: FastifyInstance,
  { development, corsOrigins = [], files }: ServerDependencies,
  limits: Limits,
): Promise<void> {
  await app.register(fastifyHelmet, { contentSecurityPolicy: !development })
  await app.register(fastifyCors, {
    origin: [...corsOrigins],
    methods: ['GET', 'POST', 'PUT'],
    exposedHeaders: [requestIdHeader, 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
    maxAge: 600,
  })
  await app.register(fastifyMultipart, {
    throwFileSizeLimit: false,
    limits: {
      files: filesPerRequest,
      // More than a file may have, so that the receiver refuses it.
      fileSize: (files?.maxBytes ?? 0) + 2,
      fields: 2,
      fieldSize: limits.bodyBytes,
      parts: filesPerRequest + 2,
      headerPairs: 20,
    },
  })
}

/** Names a person in the log without their id: `printf %s ID | sha256sum | cut -c1-12` gives the same. */
const pseudonymOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 12)
