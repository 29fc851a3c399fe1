import type { FastifyBaseLogger } from 'fastify'
import { GraphQLError } from 'graphql'
import { isDatabaseAway } from '@guichet/eventstore'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { codeOfCause } from '../errors/index.ts'

type Level = 'info' | 'warn'

/** Ends of streams that are no fault of the server: what they are worth in the log. */
const ends: Partial<Readonly<Record<EdgeErrorCode, Level>>> = { shutting_down: 'info', stream_overflow: 'warn' }

/**
 * Writes down why requests failed: the cause with its stack, but for a stream that ended as streams may, and for a database
 * that is away, of which the engine tells.
 */
export const logFailures =
  (log: FastifyBaseLogger): OnMasked =>
  (cause, requestId) => {
    const code = cause instanceof GraphQLError ? (cause.extensions['code'] as EdgeErrorCode) : codeOfCause(cause)
    const level = ends[code]
    if (level) log[level]({ code, requestId }, 'a stream ended')
    else logFailure(log, cause, 'request failed', { code, requestId })
  }

/** Writes down why something failed that is tried again: the cause with its stack, but for a database that is away. */
export function logFailure(
  log: FastifyBaseLogger,
  cause: unknown,
  message: string,
  known: { readonly code?: EdgeErrorCode; readonly requestId?: string } = {},
): void {
  if (cause instanceof Error && isDatabaseAway(cause)) log.info({ ...known, reason: cause.message }, message)
  else log.error({ ...known, err: cause }, message)
}
