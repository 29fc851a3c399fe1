import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import type { EventStore, Position } from '@guichet/domain'
import { edgeError } from '../errors.ts'
import { createContext } from '../graphql/context.ts'
import type { ApiContext, Services } from '../graphql/services.ts'
import { addressOf } from './authentication.ts'

/** Returns what makes the context of a request. It throws `position_invalid`. */
export const contextFor =
  (services: Services) =>
  (request: FastifyRequest): ApiContext =>
    createContext({
      services,
      principal: request.principal,
      requestId: request.id,
      minPosition: minPositionOf(services.store, request.headers),
      verifyToken: request.verifyToken,
      acceptLanguage: request.headers['accept-language'],
      userAgent: request.headers['user-agent'],
      address: addressOf(request),
    })

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
