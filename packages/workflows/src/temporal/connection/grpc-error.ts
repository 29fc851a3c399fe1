import { isGrpcServiceError } from '@temporalio/client'

/** What the server, or the way to it, failed with: the SDK wraps some of these; undefined for any other error. */
export function grpcErrorIn(error: unknown) {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error
  return isGrpcServiceError(cause) ? cause : undefined
}
