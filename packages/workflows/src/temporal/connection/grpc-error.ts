import { isGrpcServiceError, ServiceError } from '@temporalio/client'

/**
 * What the server, or the way to it, failed with: the SDK wraps some of these; undefined for any other error, such as one that wraps
 * a failure of another server that speaks gRPC.
 */
export function grpcErrorIn(error: unknown) {
  const cause = error instanceof ServiceError ? error.cause : error
  return isGrpcServiceError(cause) ? cause : undefined
}
