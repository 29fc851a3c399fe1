import type { ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql'
import { getOperationAST, parse, print } from 'graphql'
import { isDeeper } from '../desk-configuration/nesting.ts'
import { edgeError } from '../errors/index.ts'
import type { ApiContext } from '../graphql/index.ts'
import { createDocuments } from './documents.ts'
import type { MayInspect } from './hints.ts'
import { shownTo } from './hints.ts'
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
export function createPrepareOperation(
  schema: GraphQLSchema,
  limits: Limits,
  mayInspect: MayInspect,
  allowed?: readonly string[],
): PrepareOperation {
  const documents = createDocuments(schema, limits)
  const allowedTexts = allowed && new Set(allowed.map((text) => print(parse(text))))

  return ({ query, operationName, variables }, context) => {
    const prepared = documents(query)
    if ('errors' in prepared) return prepared.errors.map((error) => shownTo(error, context.principal, mayInspect))
    const { document, facts } = prepared
    if (allowedTexts && !mayInspect(context.principal) && !allowedTexts.has(print(document))) {
      return [edgeError('operation_not_allowed')]
    }
    if (facts.introspects && !mayInspect(context.principal)) return [edgeError('introspection_disabled')]

    const name = operationName ?? undefined
    if (!getOperationAST(document, name)) {
      return [edgeError('malformed_request', 'operationName has to name one of the operations of the document')]
    }
    if (isDeeper(variables, limits.variableDepth)) {
      return [edgeError('too_deep', `the variables are nested more than ${limits.variableDepth} deep`)]
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
