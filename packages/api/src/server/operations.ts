import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { getOperationAST, GraphQLError, parse, print } from 'graphql'
import type { Principal } from '../auth/principal.ts'
import { isCustomer, isStaff } from '../auth/principal.ts'
import { isDeeper } from '@guichet/desk/configuration'
import { edgeError } from '../errors.ts'
import type { ApiContext } from '../graphql/services.ts'
import { createDocuments } from './documents.ts'
import type { Limits } from './limits.ts'

/** A client's request for an operation, over any transport. */
export type OperationRequest = {
  readonly query: string
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

/** Prepares a request for execution within the limits, or returns its errors. */
export type PrepareOperation = (
  request: OperationRequest,
  context: ApiContext,
) => ExecutionArgs | readonly GraphQLError[]

/** Every transport of the API (HTTP, event streams, WebSockets) prepares its operations here. */
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

/** Returns whether a principal may see the names in the schema. */
export type MayInspect = (principal: Principal | undefined) => boolean

/** Everybody may in development, otherwise staff. */
export const mayInspectWhere =
  (development: boolean): MayInspect =>
  (principal) =>
    development || isStaff(principal)

const beginning = 'Did you mean '

/**
 * Returns an error as a principal may see it: suggestions are only for those who may inspect the schema, never
 * customers.
 */
export const shownTo = (error: GraphQLError, principal: Principal | undefined, mayInspect: MayInspect): GraphQLError =>
  !isCustomer(principal) && mayInspect(principal) ? error : withoutHints(error)

/** Returns the same error without the suggestion at its end, which would reveal the schema bit by bit. */
export function withoutHints(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, originalError, extensions } = error
  const start = message.endsWith('?') ? message.lastIndexOf(beginning) : -1
  if (start < 0) return error
  return new GraphQLError(message.slice(0, start).trimEnd(), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    ...(originalError && { originalError }),
    extensions,
  })
}
