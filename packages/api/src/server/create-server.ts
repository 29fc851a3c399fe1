import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyMultipart from '@fastify/multipart'
import fastifyWebsocket from '@fastify/websocket'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify, { LogController } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { CallProvider, EventStore, Position } from '@guichet/domain'
import { inProcessBus, instant, LruCache } from '@guichet/domain'
import type { FollowerHealth } from '@guichet/eventstore'
import type { Files } from '@guichet/files'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { Revocation, Revocations } from '../auth/revocations.ts'
import type { AuthConfig } from '../auth/tokens.ts'
import { createTokenVerifier } from '../auth/tokens.ts'
import type { VisitorAuth } from '../auth/visitor-tokens.ts'
import { createVisitorTokens, verifyEither } from '../auth/visitor-tokens.ts'
import type { Push } from '@guichet/workflows'
import { edgeError } from '../errors.ts'
import { createChannelWatch } from '../graphql/chat/channel-watch.ts'
import { createChatWatch } from '../graphql/chat/chat-watch.ts'
import { createChangeFeed } from '../graphql/change-feed.ts'
import { createContext } from '../graphql/context.ts'
import { createPermits } from '../permits.ts'
import { sharedSchema } from '../graphql/schema.ts'
import type { RequestDesk, Services } from '../graphql/services.ts'
import { createAcknowledged } from '../graphql/services.ts'
import { createHistoryCache, createOwnership } from '../graphql/ticket-history.ts'
import type { Live } from '../live/live.ts'
import { webRtcCalls } from '../calls/call-providers.ts'
import type { LiveData } from '../live-data/live-data.ts'
import { startLive } from '../live/live.ts'
import { chatStaffAt } from '../shifts.ts'
import { addAuthentication, addRateLimits, addressOf, admitWebSocket, requireToken } from './authentication.ts'
import type { ChatTokens } from './chat-pages.ts'
import { addChatPages } from './chat-pages.ts'
import type { Drain, DrainOptions } from './draining.ts'
import { createDrain } from './draining.ts'
import type { ExplorerToken } from './explorer.ts'
import { addExplorer } from './explorer.ts'
import type { TraceRequest } from './failures.ts'
import {
  addFailures,
  logFailure,
  logFailures,
  logRequests,
  requestIdHeader,
  requestIdOf,
  sendFailure,
  unreadableRequests,
} from './failures.ts'
import { addFileRoutes } from './file-routes.ts'
import { addFrontPage } from './front-page.ts'
import type { ReadinessCheck } from './health.ts'
import { addHealth } from './health.ts'
import { addJsonParser, createHttpHandler, createUnreadAnswers } from './http.ts'
import type { Limits } from './limits.ts'
import { defaultLimits } from './limits.ts'
import type { OnOperation } from '../graphql/operation-outcomes.ts'
import { createPrepareOperation, mayInspectWhere } from './operations.ts'
import { refuseForeignOrigin } from './origins.ts'
import { filesPerRequest } from './multipart.ts'
import { addLiveDataRoutes } from './live-data-routes.ts'
import { createQuotas, shareOf } from './quotas.ts'
import { createSubscribe } from './subscriptions.ts'
import { addTranscriptRoutes } from './transcript-routes.ts'
import { addVisitors } from './visitors.ts'
import { createWebSocketHandler } from './web-socket.ts'
import { createGraphqlYoga } from './yoga.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the body of a request is a file, which may take longer to come than other bodies. */
    readonly takesFiles?: boolean
  }
}

/** The dependencies of the server. The caller closes them. */
export type ServerDependencies = {
  readonly desk: RequestDesk
  readonly store: EventStore
  readonly readModels: ReadModels
  readonly runner: Pick<ProjectionRunner, 'reached' | 'stopped'> &
    Partial<Pick<ProjectionRunner, 'lagging' | 'lagUnknown'>>
  /** The consumers of the history in this process, which `/ready` reports; none by default. */
  readonly followers?: Pick<FollowerHealth, 'failing'> | undefined
  readonly auth: AuthConfig
  /** The content of files; none by default: then no file is taken. */
  readonly files?: Files | undefined
  /** The pushes to browsers; none by default. */
  readonly push?: Push | undefined
  /** Whether e-mails are sent, or handed to the webhook; false by default. */
  readonly sendsEmail?: boolean | undefined
  /** The schema; that of the product by default. */
  readonly schema?: GraphQLSchema | undefined
  /** The tokens that were revoked before they expired; none by default. */
  readonly revocations?: Revocations | undefined
  /** Revokes a token in all processes until it expires, in milliseconds since 1970. Needed where there are visitors. */
  readonly revoke?: ((revocation: Revocation, expiresAt: number) => Promise<void>) | undefined
  /** How the desk mints the tokens of anonymous visitors; it takes none by default. */
  readonly visitors?: Omit<VisitorAuth, 'desk'> | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Lets everybody inspect the schema, and serves the explorer page. */
  readonly development: boolean
  /**
   * The token with which the explorer opens, in development, in a browser on this machine. It has none by default and
   * behind a trusted proxy.
   */
  readonly explorerToken?: ExplorerToken | undefined
  /** The tokens with which the pages of the chat open, under the same conditions. */
  readonly chatTokens?: ChatTokens | undefined
  /** The log; nothing is logged without it. */
  readonly log?: FastifyBaseLogger | undefined
  /** The web origins whose pages may call the API from a browser; none by default. */
  readonly corsOrigins?: readonly string[] | undefined
  /** The checks of `/ready` by name, besides the databases and the read models. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** Checks of `/ready` without which the server works, but not as it should. */
  readonly degrading?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** The only documents for principals who may not inspect the schema; any document by default. */
  readonly allowedOperations?: readonly string[] | undefined
  /**
   * How long running requests may continue when the server closes, after its streams have ended, in milliseconds; 5,000 by default.
   */
  readonly closeGraceMs?: number | undefined
  /** Who types and who is there; within this process by default. */
  readonly live?: Live | undefined
  /** Carries the calls in chats; browsers that reach each other without any server by default. */
  readonly calls?: CallProvider | undefined
  /** What other systems know of customers now; nothing by default. */
  readonly liveData?: LiveData | undefined
  /** How its event streams and WebSockets end when the server closes. */
  readonly drain?: DrainOptions | undefined
  /** How long a reader waits until the read models show its own writes, in milliseconds; 2,000 by default. */
  readonly reachTimeoutMs?: number | undefined
  /** Proxies, by address, range or name such as `loopback`, whose `x-forwarded-for` is trusted; none by default. */
  readonly trustProxy?: readonly string[] | undefined
  /** Called with the server before it listens, to measure its requests. */
  readonly observe?: ((app: FastifyInstance) => void) | undefined
  /** Called with the outcome of each operation, to measure it. */
  readonly onOperation?: OnOperation | undefined
  /** Answers each request to the API in a span of a trace. */
  readonly trace?: TraceRequest | undefined
}

const path = '/graphql'

const cannotRevoke = async (): Promise<void> => {
  throw edgeError('unavailable', 'this server cannot revoke tokens')
}

/** The time after which an idle connection is closed, in milliseconds. Event streams send a ping more often. */
const stalledMs = 60_000

/** The number of operations that may hold long histories or many texts in memory at once. */
const largeReadsAtOnce = 2

/** The number of pages of histories, of some megabytes each, that are read at once. */
const pagesAtOnce = 4

/**
 * Creates the HTTP server of the API: GraphQL on `/graphql` (POST, GET, event streams and WebSockets), `/health` and
 * `/ready`, the chat below `/chat`, a page with links to them on `/` and, in development, the explorer on `/explorer`. It does not listen yet.
 * `close` ends every stream first.
 * @throws RangeError when the authentication cannot work, such as with a secret that is too short.
 */
export async function createServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const { desk, store, readModels, runner, development, log, corsOrigins = [], trustProxy = [] } = dependencies
  const limits: Limits = { ...defaultLimits, ...dependencies.limits }
  const closeGraceMs = dependencies.closeGraceMs ?? 5_000
  const { revocations, revoke = cannotRevoke } = dependencies
  const verifyIssued = await createTokenVerifier(dependencies.auth, { revocations })
  const visitors =
    dependencies.visitors &&
    (await createVisitorTokens({ ...dependencies.visitors, desk: await store.identity() }, { revocations }))
  const verify = verifyEither(visitors, verifyIssued)

  const unreadable = unreadableRequests()
  const app: FastifyInstance = Fastify({
    bodyLimit: limits.bodyBytes,
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
    pluginTimeout: (dependencies.drain?.withinMs ?? 10_000) + closeGraceMs + 10_000, // of hooks too: it gives up then
    ...(log && { loggerInstance: log }),
  })
  unreadable.watch(app.server)
  const onMasked = logFailures(app.log)

  const drain = createDrain(dependencies.drain)
  const { closing, drained } = closingOf(app, drain, closeGraceMs)
  const quotas = createQuotas(limits, ({ role, id }, quota) =>
    app.log.warn({ role, principal: pseudonymOf(id), quota }, 'a principal has used up a quota'),
  )
  const changes = createChangeFeed(store, drained, (error) => logFailure(app.log, error, 'change feed'))
  const live = dependencies.live ?? startLive(inProcessBus())
  app.addHook('onClose', async () => {
    if (!dependencies.live) live.close()
  })
  const services: Services = {
    desk,
    store,
    readModels,
    runner,
    ownership: createOwnership(desk, store),
    acknowledged: createAcknowledged(store),
    changes,
    chatWatch: createChatWatch({
      changes,
      store,
      runner,
      readModels,
      now: () => instant(new Date()),
      staffAt: (at) => chatStaffAt(desk.timeline, live.presence, at),
      onError: (error) => logFailure(app.log, error, 'chats'),
    }),
    channelWatch: createChannelWatch({
      desk,
      changes,
      now: () => instant(new Date()),
      onError: (error) => logFailure(app.log, error, 'channels of chat'),
    }),
    live,
    calls: dependencies.calls ?? webRtcCalls({ stun: [], turn: undefined }),
    liveData: dependencies.liveData,
    planUnknown: warnOfUnknownPlans(app.log),
    closing,
    streams: drain,
    revocations: dependencies.revocations,
    readingLimits: limits,
    onRead: quotas.takeRead,
    readingPlaces: { large: createPermits(largeReadsAtOnce), pages: createPermits(pagesAtOnce) },
    histories: createHistoryCache(),
    files: dependencies.files,
    push: dependencies.push,
    sendsEmail: dependencies.sendsEmail ?? false,
    takeUploaded: quotas.takeUploaded,
    takeMessage: quotas.takeMessage,
    uploadsAtOnce: ({ role }) => limits.uploads * shareOf(role),
    reachTimeoutMs: dependencies.reachTimeoutMs ?? 2_000,
    onOperation: dependencies.onOperation,
  }

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
      fileSize: (dependencies.files?.maxBytes ?? 0) + 2,
      fields: 2,
      fieldSize: limits.bodyBytes,
      parts: filesPerRequest + 2,
      headerPairs: 20,
    },
  })
  const rateLimits = await addRateLimits(app, limits)
  await app.register(fastifyWebsocket, { options: { maxPayload: limits.webSocketMessageBytes } })

  const schema = dependencies.schema ?? sharedSchema()
  const mayInspect = mayInspectWhere(development)
  const prepare = createPrepareOperation(schema, limits, mayInspect, dependencies.allowedOperations)
  const subscribe = createSubscribe(limits, onMasked, mayInspect, quotas)
  const yoga = createGraphqlYoga({ schema, path, prepare, subscribe, onMasked, mayInspect, quotas })

  const unread = createUnreadAnswers(limits)

  const contextOf = (request: FastifyRequest) =>
    createContext({
      services,
      principal: request.principal,
      requestId: request.id,
      minPosition: minPositionOf(store, request.headers),
      verifyToken: request.verifyToken,
      acceptLanguage: request.headers['accept-language'],
      address: addressOf(request),
    })
  const handler = createHttpHandler(yoga, quotas, unread, onMasked, contextOf, services.files)
  const withToken = requireToken(rateLimits, ({ ws }) => development || ws)
  const { trace } = dependencies
  const route = {
    url: path,
    exposeHeadRoute: false,
    preParsing: async (request: FastifyRequest, reply: FastifyReply) => {
      if (request.ws) refuseForeignOrigin(request, corsOrigins)
      await withToken(request, reply)
      if (request.ws) await admitWebSocket(rateLimits, request, reply)
    },
    handler: trace
      ? (request: FastifyRequest, reply: FastifyReply) => trace(request, reply, () => handler(request, reply))
      : handler,
  }
  app.route({ ...route, method: 'POST' })
  app.route({
    ...route,
    method: 'GET',
    wsHandler: createWebSocketHandler({
      services,
      verify,
      prepare,
      subscribe,
      rateLimits,
      quotas,
      unread,
      limits,
      onMasked,
    }),
  })
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
  if (services.files) await addFileRoutes(app, { ...services, files: services.files })
  if (services.liveData) await addLiveDataRoutes(app, { desk, liveData: services.liveData }, rateLimits)
  addTranscriptRoutes(app, contextOf, limits, rateLimits, quotas)
  const pages = addChatPages(app, development, trustProxy.length > 0 ? undefined : dependencies.chatTokens)
  addFrontPage(app, path, development ? '/explorer' : undefined, pages)
  addHealth(app, services, runner, dependencies.followers, dependencies.readiness ?? {}, dependencies.degrading)
  return app
}

/** How often connections are checked while a server closes, in milliseconds. */
const sweepMs = 50

/**
 * Returns signals that abort when the server begins to close, and when its streams have ended. From the first on the server closes every
 * connection that carries nothing. Otherwise connections that become idle only now, and those without a request yet, such as a browser
 * opens in advance, would delay it for as long as their clients keep them open. Running work may continue for `graceMs` milliseconds after
 * the second: an answer that is read slowly, an incomplete request, a WebSocket whose client does not close it.
 */
function closingOf(app: FastifyInstance, drain: Drain, graceMs: number) {
  const closing = new AbortController()
  const drained = new AbortController()
  setMaxListeners(0, closing.signal)
  /** The open connections with the work on each: answers until their last byte is sent, and WebSockets. */
  const open = new Map<Socket, { answers: number; upgraded: boolean }>()
  app.server.on('connection', (socket: Socket) => {
    open.set(socket, { answers: 0, upgraded: false })
    socket.once('close', () => open.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(socket)
    if (!connection) return
    connection.answers++
    response.once('close', () => connection.answers--)
  })
  app.server.on('upgrade', ({ socket }: IncomingMessage) => {
    const connection = open.get(socket)
    if (connection) connection.upgraded = true
  })

  let sweeping: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    closing.abort()
    let ends = Infinity
    const sweep = (): void => {
      const late = performance.now() >= ends
      for (const [socket, { answers, upgraded }] of open) if (late || (answers === 0 && !upgraded)) socket.destroy()
    }
    sweep()
    sweeping = setInterval(sweep, sweepMs)
    await drain.run()
    drained.abort()
    ends = performance.now() + graceMs
    // The server itself treats an answer as done once it is written, and cuts off the bytes that are not yet sent.
    while ([...open.values()].some(({ answers }) => answers > 0)) await delay(sweepMs)
  })
  app.addHook('onClose', async () => clearInterval(sweeping))
  return { closing: closing.signal, drained: drained.signal }
}

/** The header in which a request names a position, from a mutation's answer, that its reads must show. */
const header = 'guichet-min-position'

/** Returns the position that a request requires at least, if any; throws `position_invalid` for any other text. */
function minPositionOf(
  { isPosition }: Pick<EventStore, 'isPosition'>,
  headers: IncomingHttpHeaders,
): Position | undefined {
  const text = headers[header]
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !isPosition(text)) throw edgeError('position_invalid')
  return text
}

/** Names a person in the log without their id: `printf %s ID | sha256sum | cut -c1-12` gives the same. */
const pseudonymOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 12)

/** The number of unknown plans that are recorded as logged. */
const maxLoggedPlans = 1_000

/** Logs once each plan that a token claims and the desk does not have: no SLA policy applies to it. */
function warnOfUnknownPlans(log: Pick<FastifyBaseLogger, 'warn'>): (plan: string) => void {
  const logged = new LruCache<string, true>({ maxEntries: maxLoggedPlans })
  return (plan) => {
    if (logged.has(plan)) return
    logged.set(plan, true)
    log.warn({ plan }, 'a token claims a plan that the configuration does not name')
  }
}
