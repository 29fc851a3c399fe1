import type { ASTNode } from 'graphql'
import { GraphQLError } from 'graphql'
import type { EdgeErrorCode } from './catalogue.ts'
import { edgeErrors } from './catalogue.ts'

/** Builds an error of the edge with its code's own message, or a more precise one, and where in the document it arose. */
export function edgeError(
  code: EdgeErrorCode,
  message: string = edgeErrors[code].message,
  node?: ASTNode,
): GraphQLError {
  return new GraphQLError(message, { nodes: node ?? null, extensions: { code } })
}

/** An error of the edge that something else has caused: the log is told of that, the client is not. */
export function edgeErrorOf(code: EdgeErrorCode, cause: unknown, message: string): GraphQLError {
  const originalError = cause instanceof Error ? cause : undefined
  return new GraphQLError(message, { ...(originalError && { originalError }), extensions: { code } })
}

/** The body of an answer that is an error as a whole, outside any GraphQL operation. */
export function errorBody(code: EdgeErrorCode, message: string = edgeErrors[code].message, requestId?: string) {
  return { errors: [{ message, extensions: { code, ...(requestId !== undefined && { requestId }) } }] }
}
