import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { getOperationAST, GraphQLError } from 'graphql'
import { isStaff } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import { createDocuments } from './documents.ts'
import type { Limits } from './limits.ts'

/** What a client asks for, whichever way it comes. */
export type OperationRequest = {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** Makes a request ready to be executed, within the limits, or says why not. */
export type PrepareOperation = (
  request: OperationRequest,
  context: ApiContext,
) => ExecutionArgs | readonly GraphQLError[]

/** Every way into the API (HTTP, event streams, WebSockets) prepares its operations here. */
export function createPrepareOperation(schema: GraphQLSchema, limits: Limits, development: boolean): PrepareOperation {
  const documents = createDocuments(schema, limits)

  return ({ query, operationName, variables }, context) => {
    const mayInspect = development || isStaff(context.principal)
    const prepared = documents(query)
    if ('errors' in prepared) return mayInspect ? prepared.errors : prepared.errors.map(withoutHints)
    const { document, facts } = prepared
    if (facts.introspects && !mayInspect) return [edgeError('introspection_disabled')]

    const name = operationName ?? undefined
    if (!getOperationAST(document, name)) {
      return [edgeError('malformed_request', 'operationName has to name one of the operations of the document')]
    }
    const costOf = name === undefined && facts.costs.size === 1 ? [...facts.costs.values()][0] : facts.costs.get(name)
    const cost = costOf?.(variables ?? {}) ?? 0
    if (cost > limits.complexity) {
      return [edgeError('too_complex', `the operation costs ${cost}; the limit is ${limits.complexity}`)]
    }
    return {
      schema,
      document,
      operationName: name ?? null,
      variableValues: variables ?? null,
      contextValue: context,
    }
  }
}

/** Suggestions would tell the schema bit by bit to whoever may not read it. */
function withoutHints({ message, nodes, source, positions, extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message.replace(/ ?Did you mean [^?]*\?/g, ''), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions,
  })
}
