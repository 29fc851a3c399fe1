import type { ServerResponse } from 'node:http'
import type { WebSocket, WebsocketHandler } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ExecutionArgs } from 'graphql'
import { getOperationAST, GraphQLError } from 'graphql'
import type { ServerOptions } from 'graphql-ws'
import { CloseCode } from 'graphql-ws'
import { makeHandler } from 'graphql-ws/use/@fastify/websocket'
import { principalKey } from '../auth/principal.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import type { EdgeErrorCode, OnMasked } from '../errors.ts'
import { edgeError, maskError } from '../errors.ts'
import { createContext } from '../graphql/context.ts'
import type { ApiContext, Services } from '../graphql/services.ts'
import type { LiveConnection } from '../live/presence.ts'
import { connectPrincipal } from '../live/presence.ts'
import { createPlaces } from '../permits.ts'
import type { RateLimits } from './authentication.ts'
import { bearerToken, isBadToken, rateLimited } from './authentication.ts'
import type { UnreadAnswers } from './http.ts'
import type { Limits } from './limits.ts'
import { outcomesOf } from '../graphql/operation-outcomes.ts'
import type { PrepareOperation } from './operations.ts'
import type { Quotas } from './quotas.ts'
import { shareOf } from './quotas.ts'
import type { Subscribe } from './subscriptions.ts'
import type { Connection, FirstRequest, Unsent } from './unsent.ts'
import { watchUnsent } from './unsent.ts'

/** How often a connection is pinged, and how long it may take to answer, in milliseconds. */
const pingMs = 12_000

type WebSocketParts = {
  readonly services: Services
  readonly verify: VerifyToken
  readonly prepare: PrepareOperation
  readonly subscribe: Subscribe
  readonly rateLimits: RateLimits
  readonly quotas: Pick<Quotas, 'exhausted' | 'takeTime'>
  readonly unread: UnreadAnswers
  readonly limits: Pick<Limits, 'unsentBytes' | 'unsentMs' | 'webSockets'>
  readonly onMasked: OnMasked
}

/**
 * Handles subscriptions over a WebSocket (graphql-ws). The token is in the header or in
 * `connectionParams.authorization`. Each operation counts as a request of its principal, and the server's work for it
 * counts as their time.
 */
export function createWebSocketHandler({
  services,
  verify,
  prepare,
  subscribe,
  rateLimits,
  quotas,
  unread,
  limits,
  onMasked,
}: WebSocketParts): WebsocketHandler {
  const unsent = new WeakMap<WebSocket, Unsent>()
  const takePlace = createPlaces(limits.webSockets)
  const connections = new WeakMap<WebSocket, LiveConnection>()
  const measured = (...[prepared, answered]: Parameters<typeof outcomesOf>): void => {
    if (services.onOperation) outcomesOf(prepared, answered).forEach((each) => services.onOperation?.(each))
  }
  const options: ServerOptions<{ authorization?: unknown }, Connection> & { readonly isProd: true } = {
    onConnect: async ({ extra, connectionParams }) => {
      const authorization = connectionParams?.authorization
      const header = typeof authorization === 'string' ? authorization : extra.request.authorization
      const token = bearerToken(header)
      try {
        if (!token) throw edgeError('unauthenticated')
        extra.request.verifyToken = () => verify(token)
        extra.request.principal = await extra.request.verifyToken()
        if (extra.socket.readyState !== extra.socket.OPEN) return false
        const free = takePlace(principalKey(extra.request.principal), shareOf(extra.request.principal.role))
        if (!free) throw edgeError('rate_limited', 'too many WebSockets at once; close one first')
        extra.socket.once('close', free)
        const there = connectPrincipal(services.live.presence, extra.request.principal)
        connections.set(extra.socket, there)
        extra.socket.once('close', () => there.end())
        return true
      } catch (error) {
        const wait = token !== undefined && isBadToken(error) ? await rateLimits.takeBadToken(extra.request) : undefined
        turnAway(extra, wait === undefined ? error : rateLimited(wait), onMasked)
        return false
      }
    },
    isProd: true,
    subscribe: async (args) => {
      const endTime = quotas.takeTime((args.contextValue as ApiContext).principal)
      const started = await subscribe(args).finally(endTime)
      measured(args, Symbol.asyncIterator in started ? {} : started)
      return started
    },
    onSubscribe: async ({ extra, extra: { request } }, _, { query, operationName, variables }) => {
      const masked = (error: GraphQLError): GraphQLError => maskError(error, request.id, onMasked)
      const refused = (errors: readonly GraphQLError[]): readonly GraphQLError[] => {
        const maskedErrors = errors.map(masked)
        measured(undefined, { errors: maskedErrors })
        return maskedErrors
      }
      const invalid = await whyInvalid(request)
      if (invalid) {
        turnAway(extra, invalid, onMasked)
        return refused([invalid])
      }
      connections.get(extra.socket)?.active()
      const wait = await rateLimits.takeOperation(request)
      if (wait !== undefined) return refused([rateLimited(wait)])
      const exhausted = quotas.exhausted(request.principal)
      if (exhausted) return refused([exhausted])
      const { principal, id: requestId, verifyToken } = request
      const context = createContext({ services, principal, requestId, verifyToken })
      const room = async (): Promise<void> => unsent.get(extra.socket)?.room()
      const prepared = prepare({ query, operationName, variables }, Object.assign(context, { room }))
      const errors = 'schema' in prepared ? notASubscription(prepared) : prepared
      return errors ? refused(errors) : prepared
    },
  }
  const handler = makeHandler<{ authorization?: unknown }, Connection>(options, pingMs)

  return function (this: FastifyInstance, socket, first) {
    const request = firstRequest(first)
    const leave = services.streams.join(() => socket.close(1001, 'shutting_down' satisfies EdgeErrorCode))
    socket.once('close', leave)
    const overflow = (): void => turnAway({ socket, request }, edgeError('stream_overflow'), onMasked)
    unsent.set(socket, watchUnsent({ socket, request }, unread, limits, overflow))
    // It passes the request on, and does nothing else with it.
    void handler.call(this, socket, request as unknown as FastifyRequest)
    // graphql-ws would write a client's errors, such as a message that is too long, to standard error.
    socket.removeAllListeners('error')
    socket.on('error', (error) => request.info({ err: error }, 'a WebSocket broke'))
  }
}

/** What a connection keeps of its first request. Lets go of the response to it, which Node keeps on the socket. */
function firstRequest({ id, ip, principal, verifyToken, headers, raw, server }: FastifyRequest): FirstRequest {
  const response = Reflect.get(raw.socket, '_httpMessage') as ServerResponse | null | undefined
  response?.detachSocket(raw.socket)
  return {
    id,
    ip,
    principal,
    verifyToken,
    authorization: headers.authorization,
    info: (data, message) => server.log.info({ reqId: id, ...data }, message),
  }
}

/** Returns why a connection's token is no longer valid; undefined if it is, or if its key cannot be fetched now. */
async function whyInvalid(request: FirstRequest): Promise<GraphQLError | undefined> {
  try {
    request.principal = await request.verifyToken?.()
    return undefined
  } catch (error) {
    const refusal = error instanceof GraphQLError ? error : edgeError('unauthenticated')
    return refusal.extensions['code'] === ('unavailable' satisfies EdgeErrorCode) ? undefined : refusal
  }
}

/**
 * Ends a connection with 4403 if its token is rejected, or 1013 if a retry may succeed; the error code is the reason.
 */
function turnAway({ socket, request }: Connection, error: unknown, onMasked: OnMasked): void {
  const { code } = maskError(error, request.id, onMasked).extensions
  const later = code === 'unavailable' || code === 'rate_limited' || code === 'stream_overflow'
  socket.close(later ? 1013 : CloseCode.Forbidden, code as EdgeErrorCode)
}

function notASubscription({ document, operationName }: ExecutionArgs) {
  return getOperationAST(document, operationName)?.operation === 'subscription'
    ? undefined
    : [edgeError('subscriptions_only')]
}
