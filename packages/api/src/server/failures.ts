import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import { isDatabaseAway } from '@guichet/eventstore'
import type { EdgeErrorCode, OnMasked } from '../errors.ts'
import { codeOfCause, edgeErrors, errorBody, isEdgeErrorCode, retryAfterSeconds } from '../errors.ts'

const codesByStatus: Readonly<Record<number, EdgeErrorCode>> = {
  400: 'malformed_request',
  401: 'unauthenticated',
  404: 'route_not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
}

/** Answers failures outside an operation as GraphQL errors, with a code and the request id. */
export function addFailures(app: FastifyInstance, onMasked: OnMasked): void {
  app.setNotFoundHandler((request, reply) => sendFailure(request, reply, 'route_not_found'))
  app.setErrorHandler((error: FastifyError | GraphQLError, request, reply) => {
    const code = codeOf(error)
    if (edgeErrors[code].status >= 500) onMasked(causeOf(error), request.id)
    const message = error instanceof GraphQLError ? error.message : edgeErrors[code].message
    const wait = error instanceof GraphQLError ? error.extensions['retryAfter'] : undefined
    if (typeof wait === 'number') void reply.header('retry-after', wait)
    return sendFailure(request, reply, code, message)
  })
}

/** Ends a request with an error as its whole answer. */
export function sendFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  code: EdgeErrorCode,
  message: string = edgeErrors[code].message,
): FastifyReply {
  const { status } = edgeErrors[code]
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  if (status === 503 && !reply.hasHeader('retry-after')) void reply.header('retry-after', retryAfterSeconds)
  return reply
    .status(status)
    .header('cache-control', 'no-store')
    .send(errorBody(code, message, request.id))
}

const causeOf = (error: FastifyError | GraphQLError): unknown =>
  error instanceof GraphQLError ? (error.originalError ?? error) : error

function codeOf(error: FastifyError | GraphQLError): EdgeErrorCode {
  if (error instanceof GraphQLError) {
    const { code } = error.extensions
    return isEdgeErrorCode(code) ? code : 'internal_error'
  }
  return error.statusCode === undefined ? codeOfCause(error) : (codesByStatus[error.statusCode] ?? 'internal_error')
}

type Level = 'info' | 'warn'

/** Log level and message of errors that are not the server's fault. */
const expected: Partial<Readonly<Record<EdgeErrorCode, readonly [Level, string]>>> = {
  shutting_down: ['info', 'a stream ended'],
  stream_overflow: ['warn', 'a stream ended'],
  position_not_reached: ['info', 'a reader asked for more than there is yet'],
  preview_later: ['info', 'a preview was put off'],
}

/**
 * Logs why requests failed: the cause with its stack. The stack is left out for errors that are not the server's fault,
 * and for a database that is away, which the engine logs.
 */
export const logFailures =
  (log: FastifyBaseLogger): OnMasked =>
  (cause, requestId) => {
    const code = cause instanceof GraphQLError ? (cause.extensions['code'] as EdgeErrorCode) : codeOfCause(cause)
    const line = expected[code]
    if (line) log[line[0]]({ code, requestId }, line[1])
    else logFailure(log, cause, 'request failed', { code, requestId })
  }

/** Logs why something failed that is retried: the cause with its stack, which is left out if the database is away. */
export function logFailure(
  log: FastifyBaseLogger,
  cause: unknown,
  message: string,
  details: { readonly code?: EdgeErrorCode; readonly requestId?: string } = {},
): void {
  if (cause instanceof Error && isDatabaseAway(cause)) log.info({ ...details, reason: cause.message }, message)
  else log.error({ ...details, err: cause }, message)
}

/** The header for a request's id, in the request and in the answer. */
export const requestIdHeader = 'x-request-id'

/** Answers a request in a span of a trace. */
export type TraceRequest = <T>(request: FastifyRequest, reply: FastifyReply, answer: () => Promise<T>) => Promise<T>

/** Text that is safe in a log line and a header. */
const wellFormed = /^[\w.:@/+=-]{1,128}$/

/** Returns the id that the sender gave a request, or a new one. */
export function requestIdOf({ headers }: { readonly headers: IncomingHttpHeaders }): string {
  const header = headers[requestIdHeader]
  return typeof header === 'string' && wellFormed.test(header) ? header : randomUUID()
}

/** The paths that are requested all the time: by monitoring, and by products that report activities. */
const frequent: ReadonlySet<string | undefined> = new Set(['/health', '/ready', '/activities'])

/**
 * Returns each request's id in its answer, and logs a line for each answered request. The line contains no query,
 * address or person, because the request contains personal data. Those that come all the time are logged at level
 * `debug`.
 */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header(requestIdHeader, request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, principal } = request
    const { url: route } = request.routeOptions
    const milliseconds = Math.round(reply.elapsedTime)
    const line = { method, route, status: reply.statusCode, milliseconds, role: principal?.role }
    request.log[frequent.has(route) ? 'debug' : 'info'](line, 'request')
    done()
  })
}

const codesByCause: Readonly<Record<string, EdgeErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

type Unreadable = Error & { readonly code: string }
type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

/** Answers unreadable requests. */
type UnreadableRequests = {
  /** Observes the requests of a server, so that each is answered once. */
  watch(server: Server): void
  answer(error: Unreadable, socket: Socket, log: Pick<FastifyBaseLogger, 'debug'>): void
  /** Refuses a request whose body has not come within a time, in milliseconds. */
  refuseSlow(request: IncomingMessage, withinMs: number, log: Pick<FastifyBaseLogger, 'debug'>): void
}

/**
 * Answers bytes that Node cannot read as an HTTP request with a GraphQL error, and ends their connection after the
 * answers to earlier requests. A request that was answered before it was complete is not answered again.
 */
export function unreadableRequests(): UnreadableRequests {
  const latest = new WeakMap<Socket, Exchange>()
  const ending = new WeakSet<Socket>()
  const unreadable: UnreadableRequests = {
    watch: (server) => {
      server.on('request', (request, response) => latest.set(request.socket, { request, response }))
    },
    answer: (error, socket, log) => {
      if (error.code === 'ECONNRESET' || socket.destroyed || ending.has(socket)) return
      ending.add(socket)
      const { request, response } = latest.get(socket) ?? {}
      if (request?.complete && response?.closed === false) {
        response.once('close', () => refuse(error, socket, log))
      } else if (request?.complete === false && response?.headersSent) socket.destroy(error)
      else refuse(error, socket, log)
    },
    refuseSlow: (request, withinMs, log) => {
      const { complete, method, socket } = request
      // A request that a test injects has no socket of the network.
      if (complete || method === 'GET' || method === 'HEAD' || !(socket instanceof Socket)) return
      const late = (): void => {
        if (request.complete) return
        unreadable.answer(
          Object.assign(new Error('the body did not come in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
          socket,
          log,
        )
      }
      const timer = setTimeout(late, withinMs).unref()
      const end = (): void => clearTimeout(timer)
      request.once('end', end).once('close', end)
    },
  }
  return unreadable
}

function refuse(error: Unreadable, socket: Socket, log: Pick<FastifyBaseLogger, 'debug'>): void {
  const code = codesByCause[error.code] ?? 'malformed_request'
  const requestId = randomUUID()
  log.debug({ requestId, cause: error.code, code }, 'a request that cannot be read')
  const message = code === 'malformed_request' ? 'the request is not well-formed HTTP' : edgeErrors[code].message
  if (socket.writable) socket.write(answer(code, requestId, JSON.stringify(errorBody(code, message, requestId))))
  socket.destroy(error)
}

function answer(code: EdgeErrorCode, requestId: string, body: string): string {
  const { status } = edgeErrors[code]
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `${requestIdHeader}: ${requestId}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
