import { isGrpcServiceError, ServiceError } from '@temporalio/client'

/**
 * What the server, or the way to it, failed with: the SDK wraps some of these; undefined for any other error, such as one that wraps
 * a failure of another server that speaks gRPC.
 */
export function grpcErrorIn(error: unknown) {
  const cause = error instanceof ServiceError ? error.cause : error
  return isGrpcServiceError(cause) ? cause : undefined
}

const resourceExhausted = 8

/**
 * Whether the server had to wait too long for one workflow that others were at; it answers so half a second before the deadline of a call. Its other
 * causes of the same status concern all calls.
 */
export const isBusyWorkflow = ({ code, details }: { readonly code: number; readonly details: string }): boolean =>
  code === resourceExhausted && /workflow is busy/i.test(details)
