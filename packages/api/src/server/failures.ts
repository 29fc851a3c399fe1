import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { edgeErrors, errorBody, isEdgeErrorCode } from '../errors/index.ts'

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

/** Answers everything that fails outside an operation in the form of GraphQL errors, with a code and the request id. */
export function addFailures(app: FastifyInstance, onMasked: OnMasked): void {
  app.setNotFoundHandler((request, reply) => sendFailure(request, reply, 'route_not_found'))
  app.setErrorHandler((error: FastifyError | GraphQLError, request, reply) => {
    const code = codeOf(error)
    if (edgeErrors[code].status >= 500) onMasked(causeOf(error), request.id)
    const message = error instanceof GraphQLError ? error.message : edgeErrors[code].message
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
  return reply.status(status).send(errorBody(code, message, request.id))
}

const causeOf = (error: FastifyError | GraphQLError): unknown =>
  error instanceof GraphQLError ? (error.originalError ?? error) : error

function codeOf(error: FastifyError | GraphQLError): EdgeErrorCode {
  if (error instanceof GraphQLError) {
    const { code } = error.extensions
    return isEdgeErrorCode(code) ? code : 'internal_error'
  }
  return codesByStatus[error.statusCode ?? 500] ?? 'internal_error'
}
