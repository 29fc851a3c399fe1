import {
  AppendOutcomeUnknown,
  AppendRejected,
  isDatabaseAway,
  lacksColumn,
  StreamDeleted,
  tookTooLong,
} from '@guichet/eventstore'
import { GraphQLError } from 'graphql'
import type { EdgeErrorCode } from './catalogue.ts'
import { edgeErrors, isEdgeErrorCode } from './catalogue.ts'

const longestMessage = 500

/** Hears of every error whose cause the client is not told. */
export type OnMasked = (cause: unknown, requestId: string) => void

/**
 * What a client may know of an error: its code, a message, and where in the operation it arose. The cause of anything
 * that is not the client's doing goes to `onMasked` and never into the answer.
 */
export function maskError(error: unknown, requestId: string, onMasked: OnMasked): GraphQLError {
  const { code, message } = classify(error)
  if (edgeErrors[code].status >= 500) onMasked(causeOf(error), requestId)
  const { nodes, source, positions, path } = (error instanceof GraphQLError ? error : {}) as Partial<GraphQLError>
  return new GraphQLError(message.slice(0, longestMessage), {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    extensions: { code, requestId },
  })
}

function classify(error: unknown): { readonly code: EdgeErrorCode; readonly message: string } {
  const code = codeOf(error)
  const own =
    error instanceof GraphQLError && (isEdgeErrorCode(error.extensions['code']) || edgeErrors[code].status < 500)
  return { code, message: own ? error.message : edgeErrors[code].message }
}

/** An error without a code of its own and without a cause was made by the GraphQL library out of the client's input. */
function codeOf(error: unknown): EdgeErrorCode {
  if (!(error instanceof GraphQLError)) return codeOfCause(error)
  const { code } = error.extensions
  if (isEdgeErrorCode(code)) return code
  if (error.path !== undefined && error.originalError) return codeOfCause(error.originalError)
  return 'malformed_input'
}

/** The code of an error that has none of its own. */
export function codeOfCause(cause: unknown): EdgeErrorCode {
  if (cause instanceof AppendOutcomeUnknown) return 'outcome_unknown'
  if (cause instanceof AppendRejected) return 'malformed_input'
  if (cause instanceof StreamDeleted) return 'history_deleted'
  if (tookTooLong(cause)) return 'read_timeout'
  if (lacksColumn(cause)) return 'read_model_outdated'
  return isDatabaseAway(cause) ? 'unavailable' : 'internal_error'
}

const causeOf = (error: unknown): unknown => (error instanceof GraphQLError ? (error.originalError ?? error) : error)
