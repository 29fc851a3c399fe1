import type { WebSocket, WebsocketHandler } from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ExecutionArgs } from 'graphql'
import { getOperationAST } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { makeHandler } from 'graphql-ws/use/@fastify/websocket'
import type { Principal, VerifyToken } from '../auth/index.ts'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { edgeError, maskError } from '../errors/index.ts'
import type { Services } from '../graphql/index.ts'
import { createContext } from '../graphql/index.ts'
import { bearerToken } from './authentication.ts'
import type { PrepareOperation } from './operations.ts'
import type { Subscribe } from './subscriptions.ts'

/** What the WebSocket keeps of its connection. */
type Extra = { readonly socket: WebSocket; readonly request: FastifyRequest; principal?: Principal }

/** Subscriptions over a WebSocket (graphql-ws); the token comes in the header or in `connectionParams.authorization`. */
export function createWebSocketHandler(
  services: Services,
  verify: VerifyToken,
  prepare: PrepareOperation,
  subscribe: Subscribe,
  onMasked: OnMasked,
): WebsocketHandler {
  const handler = makeHandler<{ authorization?: unknown }, Extra>({
    onConnect: async ({ extra, connectionParams }) => {
      const given = connectionParams?.authorization
      const header = typeof given === 'string' ? given : extra.request.headers.authorization
      const token = bearerToken(header)
      try {
        if (!token) throw edgeError('unauthenticated')
        extra.principal = await verify(token)
        return true
      } catch (error) {
        turnAway(extra.socket, error)
        return false
      }
    },
    subscribe: (args) => subscribe(args),
    onSubscribe: ({ extra }, _, { query, operationName, variables }) => {
      const context = createContext(services, extra.principal, extra.request.id)
      const prepared = prepare({ query, operationName, variables }, context)
      const errors = 'schema' in prepared ? notASubscription(prepared) : prepared
      return errors ? errors.map((error) => maskError(error, context.requestId, onMasked)) : prepared
    },
  })

  return function (this: FastifyInstance, socket, request) {
    const close = (): void => socket.close(1001, 'shutting_down' satisfies EdgeErrorCode)
    services.closing.addEventListener('abort', close, { once: true })
    socket.once('close', () => services.closing.removeEventListener('abort', close))
    void handler.call(this, socket, request)
  }
}

/** Ends a connection whose token is not accepted, with the code as its reason: 4403, or 1013 when it may be accepted later. */
function turnAway(socket: WebSocket, error: unknown): void {
  const { code } = maskError(error, '', () => undefined).extensions
  socket.close(code === 'unavailable' ? 1013 : CloseCode.Forbidden, code as EdgeErrorCode)
}

function notASubscription({ document, operationName }: ExecutionArgs) {
  return getOperationAST(document, operationName)?.operation === 'subscription'
    ? undefined
    : [edgeError('subscriptions_only')]
}
