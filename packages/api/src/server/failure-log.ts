import type { FastifyBaseLogger } from 'fastify'
import { GraphQLError } from 'graphql'
import type { EdgeErrorCode, OnMasked } from '../errors/index.ts'

type Level = 'info' | 'warn'

/** Ends of streams that are no fault of the server: what they are worth in the log. */
const ends: Partial<Readonly<Record<EdgeErrorCode, Level>>> = { shutting_down: 'info', stream_overflow: 'warn' }

/** Writes down why requests failed: the cause with its stack, but for a stream that ended as streams may. */
export const logFailures =
  (log: FastifyBaseLogger): OnMasked =>
  (cause, requestId) => {
    const code = cause instanceof GraphQLError ? (cause.extensions['code'] as EdgeErrorCode) : undefined
    const level = code && ends[code]
    if (level) log[level]({ code, requestId }, 'a stream ended')
    else log.error({ err: cause, requestId }, 'request failed')
  }
