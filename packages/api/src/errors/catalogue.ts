/** One error of the edge: the HTTP status it has when it is the whole answer, and what it says. */
export type EdgeErrorEntry = { readonly status: number; readonly message: string }

/** Every error that the edge itself answers with; docs/errors.md explains each one and the domain's refusals. */
export const edgeErrors = {
  unauthenticated: { status: 401, message: 'a valid bearer token is needed' },
  token_expired: { status: 401, message: 'the token has expired; ask for a new one' },
  token_revoked: { status: 401, message: 'the token is no longer valid; ask for a new one' },
  forbidden: { status: 403, message: 'your role does not allow this' },
  route_not_found: { status: 404, message: 'there is nothing at this address' },
  method_not_allowed: { status: 405, message: 'a mutation is sent with POST' },
  not_acceptable: { status: 406, message: 'the answer cannot be given in any of the accepted media types' },
  request_timeout: { status: 408, message: 'the request did not come in time; send it again' },
  payload_too_large: { status: 413, message: 'the request is larger than the server accepts' },
  unsupported_media_type: { status: 415, message: 'the request body must be application/json' },
  headers_too_large: { status: 431, message: 'the headers of the request are larger than the server accepts' },
  rate_limited: { status: 429, message: 'too many requests; wait as long as the header retry-after says' },
  quota_exceeded: {
    status: 429,
    message: 'the quota of bytes or of time is used up; wait as long as the message says',
  },
  operation_not_allowed: { status: 403, message: 'only the operations that the server was given may be sent' },
  malformed_request: { status: 400, message: 'the request is not a well-formed GraphQL request' },
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
  cursor_invalid: { status: 400, message: 'the cursor was not made by this list in this order' },
  position_invalid: { status: 400, message: 'the position was not made by this server' },
  position_not_reached: { status: 503, message: 'the read models do not show that position yet; ask again' },
  read_timeout: { status: 503, message: 'the database took too long to answer; ask for less, or more narrowly' },
  read_model_outdated: { status: 503, message: 'the read model is being rebuilt for this version; ask again' },
  ticket_unknown: { status: 404, message: 'there is no such ticket, or it is not yours to see' },
  history_deleted: { status: 410, message: 'its history was deleted from the event store' },
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

export type EdgeErrorCode = keyof typeof edgeErrors

/** Whether a code is one of the edge's own. */
export const isEdgeErrorCode = (code: unknown): code is EdgeErrorCode =>
  typeof code === 'string' && Object.hasOwn(edgeErrors, code)
