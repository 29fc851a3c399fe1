import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { getOperationAST, GraphQLError } from 'graphql'
import type { Request, Response } from 'graphql-http'
import { createHandler } from 'graphql-http'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { edgeError, edgeErrors, errorBody, maskError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import type { PrepareOperation } from './operations.ts'

type Incoming = Request<FastifyRequest, ApiContext>

/** Answers queries and mutations as GraphQL over HTTP has them. */
export function createHttpHandler(prepare: PrepareOperation, onMasked: OnMasked) {
  const masked = (errors: readonly GraphQLError[], requestId: string): GraphQLError[] =>
    errors.map((error) => maskError(error, requestId, onMasked))

  const answer = createHandler<FastifyRequest, ApiContext, never>({
    onSubscribe: ({ method, context }, { query, operationName, variables }) => {
      const prepared = prepare({ query, operationName, variables }, context)
      if (!('schema' in prepared)) return masked(prepared, context.requestId)
      const kind = getOperationAST(prepared.document, prepared.operationName)?.operation
      if (kind === 'mutation' && method === 'GET') return failure('method_not_allowed', context, { allow: 'POST' })
      if (kind === 'subscription') {
        return [edgeError('malformed_request', 'a subscription needs accept: text/event-stream, or a WebSocket')]
      }
      return prepared as ExecutionArgs & { contextValue: never }
    },
    onOperation: ({ context, headers }, _, result: ExecutionResult) => {
      const told = result.errors ? { ...result, errors: masked(result.errors, context.requestId) } : result
      return wantsPlainJson((headers as IncomingHttpHeaders).accept) ? [JSON.stringify(told), plainJson] : told
    },
    formatError: (error) =>
      error instanceof GraphQLError && error.extensions['code'] !== undefined
        ? error
        : edgeError('malformed_request', error.message),
  })

  return async (request: FastifyRequest, reply: FastifyReply, context: ApiContext): Promise<FastifyReply> => {
    const incoming: Incoming = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: request.body as Record<string, unknown> | null,
      raw: request,
      context,
    }
    const [body, { status, headers }] = await answer(incoming)
    const code = body === null ? codesWithoutBody[status] : undefined
    const [text] = code ? failure(code, context) : [body]
    void reply.status(status).headers({ 'content-type': 'application/json; charset=utf-8', ...headers })
    return reply.send(text)
  }
}

const plainJson = {
  status: 200,
  statusText: 'OK',
  headers: { 'content-type': 'application/json; charset=utf-8' },
} as const

/** What most clients ask for needs no choice between media types. */
function wantsPlainJson(accept: string | undefined): boolean {
  return accept === undefined || accept === '*/*' || accept === 'application/json'
}

/** Answers that the library leaves empty say what is wrong too. */
const codesWithoutBody: Readonly<Record<number, EdgeErrorCode>> = {
  405: 'method_not_allowed',
  406: 'not_acceptable',
  415: 'unsupported_media_type',
}

function failure(code: EdgeErrorCode, { requestId }: ApiContext, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify(errorBody(code, edgeErrors[code].message, requestId))
  const { status } = edgeErrors[code]
  return [body, { status, statusText: '', headers: { 'content-type': 'application/json; charset=utf-8', ...headers } }]
}
