import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionArgs } from 'graphql'
import { getOperationAST } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/fastify'
import type { OnMasked } from '../errors/index.ts'
import { edgeError, maskError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import type { PrepareOperation } from './operations.ts'
import type { Subscribe } from './subscriptions.ts'

/** Answers subscriptions as an event stream, one connection each (GraphQL over SSE, distinct connections mode). */
export function createEventStreamHandler(
  prepare: PrepareOperation,
  subscribe: Subscribe,
  contextOf: (request: FastifyRequest) => ApiContext,
  onMasked: OnMasked,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const handle = createHandler<Record<string, never>>({
    authenticate: () => null,
    validate: () => [],
    subscribe: (args) => subscribe(args),
    onSubscribe: ({ raw }, { query, operationName, variables }) => {
      const context = contextOf(raw)
      const prepared = prepare({ query, operationName, variables }, context)
      const errors = 'schema' in prepared ? notASubscription(prepared) : prepared
      if (errors) return { data: null, errors: errors.map((error) => maskError(error, context.requestId, onMasked)) }
      return prepared as ExecutionArgs & { contextValue: never }
    },
  })

  return async (request, reply) => {
    reply.hijack()
    await handle(request, reply)
  }
}

/** An event stream carries subscriptions; everything else is sent as plain GraphQL over HTTP. */
function notASubscription({ document, operationName }: ExecutionArgs) {
  return getOperationAST(document, operationName)?.operation === 'subscription'
    ? undefined
    : [edgeError('subscriptions_only')]
}
