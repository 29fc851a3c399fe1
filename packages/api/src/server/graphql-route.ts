import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { VerifyToken } from '../auth/tokens.ts'
import type { OnMasked } from '../errors.ts'
import { sharedSchema } from '../graphql/schema.ts'
import type { ApiContext, Services } from '../graphql/services.ts'
import type { RateLimits } from './authentication.ts'
import { admitWebSocket, requireToken } from './authentication.ts'
import { createHttpHandler, createUnreadAnswers } from './http.ts'
import type { Limits } from './limits.ts'
import { createPrepareOperation, mayInspectWhere } from './operations.ts'
import { refuseForeignOrigin } from './origins.ts'
import type { Quotas } from './quotas.ts'
import type { ServerDependencies } from './server-dependencies.ts'
import { createSubscribe } from './subscriptions.ts'
import { createWebSocketHandler } from './web-socket.ts'
import { createGraphqlYoga } from './yoga.ts'

/** Where the API is. */
export const path = '/graphql'

type Options = Pick<ServerDependencies, 'schema' | 'development' | 'corsOrigins' | 'allowedOperations' | 'trace'>

type Parts = {
  readonly services: Services
  readonly contextOf: (request: FastifyRequest) => ApiContext
  readonly verify: VerifyToken
  readonly limits: Limits
  readonly quotas: Quotas
  readonly rateLimits: RateLimits
  readonly onMasked: OnMasked
}

/** Adds the API: POST, GET, event streams and WebSockets. */
export function addGraphqlRoute(app: FastifyInstance, options: Options, parts: Parts): void {
  const { development, corsOrigins = [] } = options
  const { services, contextOf, limits, quotas, rateLimits, onMasked } = parts
  const schema = options.schema ?? sharedSchema()
  const mayInspect = mayInspectWhere(development)
  const prepare = createPrepareOperation(schema, limits, mayInspect, options.allowedOperations)
  const subscribe = createSubscribe(limits, onMasked, mayInspect, quotas)
  const yoga = createGraphqlYoga({ schema, path, prepare, subscribe, onMasked, mayInspect, quotas })
  const unread = createUnreadAnswers(limits)
  const handler = createHttpHandler(yoga, quotas, unread, onMasked, contextOf, services.files)
  const withToken = requireToken(rateLimits, ({ ws }) => development || ws)
  const { trace } = options
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
    wsHandler: createWebSocketHandler({ ...parts, prepare, subscribe, unread }),
  })
}
