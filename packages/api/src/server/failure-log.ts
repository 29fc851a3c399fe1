import type { FastifyBaseLogger } from 'fastify'
import { GraphQLError } from 'graphql'
import { isDatabaseAway } from '@guichet/eventstore'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'
import { codeOfCause } from '../errors/index.ts'

type Level = 'info' | 'warn'

/** What is no fault of the server: what it is worth in the log. */
const expected: Partial<Readonly<Record<EdgeErrorCode, readonly [Level, string]>>> = {
  shutting_down: ['info', 'a stream ended'],
  stream_overflow: ['warn', 'a stream ended'],
  position_not_reached: ['info', 'a reader asked for more than there is yet'],
}

/**
 * Writes down why requests failed: the cause with its stack, but for what is no fault of the server, and for a database
 * that is away, of which the engine tells.
 */
export const logFailures =
  (log: FastifyBaseLogger): OnMasked =>
  (cause, requestId) => {
    const code = cause instanceof GraphQLError ? (cause.extensions['code'] as EdgeErrorCode) : codeOfCause(cause)
    const line = expected[code]
    if (line) log[line[0]]({ code, requestId }, line[1])
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
