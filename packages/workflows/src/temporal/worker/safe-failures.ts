import { CompleteAsyncError } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { isDatabaseAway } from '@guichet/eventstore'
import { DeadlinesRefused } from '../../clock/fire-due.ts'

/** How soon after an outage of the database it is noticed that it is over. */
const outageRetryMs = 5_000

/**
 * What Temporal is to know of a failure: what kind it is, no stack, no address, and nothing that an unknown error says. While the database is
 * away it is tried again every five seconds, however long that takes.
 */
export function safeFailure(error: unknown): unknown {
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error
  if (error instanceof ApplicationFailure) return withoutStack(error)
  if (isDatabaseAway(error)) {
    return failure('DatabaseAway', 'the database or the event store cannot be reached', outageRetryMs)
  }
  if (error instanceof DeadlinesRefused) return failure(error.name, error.message)
  return failure(error instanceof Error ? error.name : 'Error', 'it failed: the log of Guichet tells why')
}

/** Lets each activity of a worker fail in that way. */
export const safeFailures: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: async (input, next) => {
      try {
        return await next(input)
      } catch (error) {
        throw safeFailure(error)
      }
    },
  },
})

const failure = (type: string, message: string, nextRetryDelay?: number): ApplicationFailure =>
  withoutStack(ApplicationFailure.create({ type, message, ...(nextRetryDelay !== undefined && { nextRetryDelay }) }))

function withoutStack<E extends Error>(error: E): E {
  error.stack = ''
  return error
}
