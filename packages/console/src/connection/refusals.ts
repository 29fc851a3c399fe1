import type { Errors } from './event-stream.ts'

/** The server could not be reached, or asked to come back later: the same request may be sent again. */
export class Unreachable extends Error {}

/** The server refused a request; `code` is one of docs/errors.md. */
export class Refused extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** The code that a failed request is shown with: that of its refusal, or `unavailable`. */
export const codeOf = (error: unknown): string => (error instanceof Refused ? error.code : 'unavailable')

/**
 * Errors of the edge (docs/errors.md) that the same request would only meet again. With every other code it is sent
 * again, also with one that this page does not know: a message is never given up for what passes.
 */
export const finalCodes: ReadonlySet<string> = new Set(
  (
    'forbidden visitors_off activities_off readership_off origin_not_allowed route_not_found method_not_allowed ' +
    'not_acceptable ' +
    'payload_too_large unsupported_media_type headers_too_large operation_not_allowed malformed_request syntax_error ' +
    'validation_failed malformed_input too_many_tokens too_deep too_many_aliases too_complex introspection_disabled ' +
    'subscriptions_only ' +
    'page_size_invalid cursor_invalid position_invalid article_unknown chat_call_unknown chat_unknown ' +
    'customer_unknown ' +
    'signature_invalid ticket_unknown file_unknown file_in_quarantine file_withheld file_deleted file_too_large ' +
    'file_type_refused upload_incomplete too_many_uploads link_invalid link_expired range_invalid preview_unavailable ' +
    'pdf_script_unsupported pdf_too_long history_deleted'
  ).split(' '),
)

/** Whether an error of the edge passes: the same request may succeed later. */
export const passes = (code: string): boolean => !finalCodes.has(code)

/** Errors about the token, which wait for another one. */
export const tokenCodes: readonly string[] = ['unauthenticated', 'token_expired', 'token_revoked', 'token_foreign']

/** Refusals of the domain after which the same command is sent again. */
const transientRefusals = ['TOO_MANY_CONFLICTS', 'OUTCOME_UNKNOWN']

/**
 * Returns the code with which a command was refused; undefined if it was not. @throws Unreachable when the same command
 * is to be sent again, under the same id.
 */
export function refusalIn(userErrors: readonly { readonly code: string }[]): string | undefined {
  const code = userErrors[0]?.code
  if (code !== undefined && transientRefusals.includes(code)) throw new Unreachable(code)
  return code
}

/** The code of the first error of an answer. */
export const codeOfErrors = (errors: Errors): string => errors[0]?.extensions?.code ?? 'internal_error'
