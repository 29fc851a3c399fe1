import type { ASTNode } from 'graphql'
import { GraphQLError } from 'graphql'
import {
  AppendOutcomeUnknown,
  AppendRejected,
  isDatabaseAway,
  lacksColumn,
  StreamDeleted,
  tookTooLong,
} from '@guichet/eventstore'

/** Returns an error of the edge with the message of its code or a more precise one, and its place in the document. */
export function edgeError(
  code: EdgeErrorCode,
  message: string = edgeErrors[code].message,
  node?: ASTNode,
): GraphQLError {
  return new GraphQLError(message, { nodes: node ?? null, extensions: { code } })
}

/** Returns an error of the edge with a cause, which is logged but not sent to the client. */
export function edgeErrorOf(code: EdgeErrorCode, cause: unknown, message: string): GraphQLError {
  const originalError = cause instanceof Error ? cause : undefined
  return new GraphQLError(message, { ...(originalError && { originalError }), extensions: { code } })
}

/** Returns the body of an answer that is an error as a whole, outside any GraphQL operation. */
export function errorBody(code: EdgeErrorCode, message: string = edgeErrors[code].message, requestId?: string) {
  return { errors: [{ message, extensions: { code, ...(requestId !== undefined && { requestId }) } }] }
}

/** One error of the edge: its HTTP status when it is the whole answer, and its message. */
type EdgeErrorEntry = { readonly status: number; readonly message: string }

/** Every error that the edge itself answers with; docs/errors.md explains each one and the domain's refusals. */
export const edgeErrors = {
  unauthenticated: { status: 401, message: 'a valid bearer token is needed' },
  token_expired: { status: 401, message: 'the token has expired; ask for a new one' },
  token_revoked: { status: 401, message: 'the token is no longer valid; ask for a new one' },
  token_foreign: { status: 401, message: 'the token was made for another desk; ask this one for a token' },
  visitors_off: { status: 404, message: 'this desk takes no anonymous visitors' },
  activities_off: { status: 404, message: 'this server records no activities' },
  readership_off: { status: 404, message: 'this server takes no ratings and counts no views of articles' },
  forbidden: { status: 403, message: 'your role does not allow this' },
  origin_not_allowed: { status: 403, message: 'pages of this origin may not connect' },
  route_not_found: { status: 404, message: 'there is nothing at this address' },
  method_not_allowed: { status: 405, message: 'a mutation is sent with POST' },
  not_acceptable: { status: 406, message: 'the answer cannot be given in any of the accepted media types' },
  request_timeout: { status: 408, message: 'the request did not come in time; send it again' },
  payload_too_large: { status: 413, message: 'the request is larger than the server accepts' },
  unsupported_media_type: {
    status: 415,
    message: 'the body is of a media type that this address does not take; send application/json',
  },
  headers_too_large: { status: 431, message: 'the headers of the request are larger than the server accepts' },
  rate_limited: { status: 429, message: 'too many requests; wait as long as the header retry-after says' },
  quota_exceeded: {
    status: 429,
    message: 'the quota of bytes, of activities or of time is used up; wait as long as the message says',
  },
  operation_not_allowed: { status: 403, message: 'only the operations that the server was given may be sent' },
  malformed_request: {
    status: 400,
    message: 'the request is not well-formed: it is no JSON, or not of the shape that this address takes',
  },
  syntax_error: { status: 400, message: 'the GraphQL document cannot be parsed' },
  validation_failed: { status: 400, message: 'the GraphQL document does not fit the schema' },
  malformed_input: { status: 400, message: 'an argument or a variable is malformed' },
  too_many_tokens: { status: 400, message: 'the GraphQL document is too long' },
  too_deep: { status: 400, message: 'the GraphQL document is nested too deeply' },
  too_many_aliases: { status: 400, message: 'the GraphQL document uses too many aliases' },
  too_complex: { status: 400, message: 'the operation costs too much; ask for fewer or smaller pages' },
  too_many_subscriptions: { status: 429, message: 'too many subscriptions at once; end one first' },
  introspection_disabled: { status: 400, message: 'the schema may be inspected only in development or by staff' },
  subscriptions_only: { status: 400, message: 'a WebSocket carries subscriptions only; send the rest over HTTP' },
  page_size_invalid: { status: 400, message: 'give either first or last, from 1 to 100' },
  cursor_invalid: {
    status: 400,
    message: 'the cursor was not made by this list in this order, or by the subscription to it',
  },
  position_invalid: {
    status: 400,
    message:
      'the position was not made by this server; pass a position, or a cursor of the subscription or of the list of the same events',
  },
  position_not_reached: { status: 503, message: 'the read models do not show that position yet; ask again' },
  read_timeout: { status: 503, message: 'the database took too long to answer; ask for less, or more narrowly' },
  read_model_outdated: { status: 503, message: 'the read model is being rebuilt for this version; ask again' },
  article_unknown: { status: 404, message: 'there is no such article, or it is not yours to see' },
  chat_call_unknown: { status: 404, message: 'the chat has no such accepted call, or you are not in it' },
  chat_unknown: { status: 404, message: 'there is no such chat, or it is not yours to see' },
  customer_unknown: { status: 404, message: 'no customer is known by that id of another system' },
  signature_invalid: { status: 401, message: 'the signature of the webhook is missing, wrong or too old' },
  ticket_unknown: { status: 404, message: 'there is no such ticket, or it is not yours to see' },
  file_unknown: { status: 404, message: 'there is no such file' },
  file_in_quarantine: { status: 409, message: 'the scanner has not cleared the file; ask again later' },
  file_withheld: { status: 403, message: 'the scanner has found something in the file' },
  file_deleted: { status: 410, message: 'the file was deleted' },
  file_too_large: { status: 413, message: 'the file is larger than the desk accepts' },
  file_type_refused: { status: 415, message: 'the content of the file is not what its name promises' },
  upload_incomplete: {
    status: 400,
    message: 'the content of the file did not come as it was announced; send it again',
  },
  too_many_uploads: { status: 429, message: 'too many uploads are under way; finish one first' },
  link_invalid: { status: 403, message: 'the link was not made by this desk; ask for a new one' },
  link_expired: { status: 410, message: 'the link has expired; ask for a new one' },
  range_invalid: { status: 416, message: 'the file has no such part' },
  preview_unavailable: { status: 404, message: 'there is no preview of the file' },
  preview_later: { status: 503, message: 'other pictures are drawn first; ask for the preview again a little later' },
  pdf_script_unsupported: {
    status: 404,
    message: 'a PDF cannot be written in the script of this language; print the page',
  },
  pdf_too_long: { status: 422, message: 'the article is too long for a PDF; print the page' },
  files_unavailable: { status: 503, message: 'the storage of the files does not answer; try again' },
  history_deleted: { status: 410, message: 'its history was deleted from the event store, or has lost its beginning' },
  stream_overflow: {
    status: 503,
    message: 'too many results were left unread; resume after the last position that was received',
  },
  shutting_down: { status: 503, message: 'the server is shutting down; connect again and resume' },
  unavailable: { status: 503, message: 'the database cannot be reached; nothing was written, try again' },
  outcome_unknown: {
    status: 503,
    message: 'the connection to the database broke; send the command again with the same command id',
  },
  internal_error: { status: 500, message: 'something went wrong; the request id finds it in the log' },
} as const satisfies Readonly<Record<string, EdgeErrorEntry>>

/** A code of an error that the edge itself answers with, before or beside the refusals of the domain (docs/errors.md). */
export type EdgeErrorCode = keyof typeof edgeErrors

/** The seconds of `Retry-After` in answers with the status 503 that know no better time. */
export const retryAfterSeconds = 5

/** Returns whether a code is one of the edge's own. */
export const isEdgeErrorCode = (code: unknown): code is EdgeErrorCode =>
  typeof code === 'string' && Object.hasOwn(edgeErrors, code)

const longestMessage = 500

/** Called with every error whose cause is withheld from the client. */
export type OnMasked = (cause: unknown, requestId: string) => void

/**
 * Returns the part of an error that a client may see: its code, a message, and its place in the operation. The cause of
 * an error that the client did not cause goes to `onMasked` and never into the answer.
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
  const isOwn =
    error instanceof GraphQLError && (isEdgeErrorCode(error.extensions['code']) || edgeErrors[code].status < 500)
  return { code, message: isOwn ? error.message : edgeErrors[code].message }
}

/** An error without a code and without a cause comes from the GraphQL library, which rejected the client's input. */
function codeOf(error: unknown): EdgeErrorCode {
  if (!(error instanceof GraphQLError)) return codeOfCause(error)
  const { code } = error.extensions
  if (isEdgeErrorCode(code)) return code
  if (error.path !== undefined && error.originalError) return codeOfCause(error.originalError)
  return 'malformed_input'
}

/** Returns the code for an error that has none of its own. */
export function codeOfCause(cause: unknown): EdgeErrorCode {
  if (cause instanceof AppendOutcomeUnknown) return 'outcome_unknown'
  if (cause instanceof AppendRejected) return 'malformed_input'
  if (cause instanceof StreamDeleted) return 'history_deleted'
  if (tookTooLong(cause)) return 'read_timeout'
  if (lacksColumn(cause)) return 'read_model_outdated'
  return isDatabaseAway(cause) ? 'unavailable' : 'internal_error'
}

const causeOf = (error: unknown): unknown => (error instanceof GraphQLError ? (error.originalError ?? error) : error)
