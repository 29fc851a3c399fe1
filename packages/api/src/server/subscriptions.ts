import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import { createSourceEventStream, execute } from 'graphql'
import { principalKey } from '../auth/principal.ts'
import type { OnMasked } from '../errors.ts'
import { edgeError, maskError } from '../errors.ts'
import type { ApiContext } from '../graphql/services.ts'
import { createPlaces } from '../permits.ts'
import type { Limits } from './limits.ts'
import { webSocketsPerAddress } from './limits.ts'
import type { MayInspect } from './operations.ts'
import { shownTo } from './operations.ts'
import type { Quotas } from './quotas.ts'
import { shareOf } from './quotas.ts'

type Outcome = AsyncGenerator<ExecutionResult, void, void> | ExecutionResult

/** Starts subscriptions, with a maximum per principal and with all errors masked. */
export type Subscribe = (args: ExecutionArgs) => Promise<Outcome>

/**
 * Limits the subscriptions of each principal at once, and the event streams of each address: WebSockets of an address
 * have their own limit. One more is answered with `too_many_subscriptions`, or `rate_limited`. `onMasked` is
 * called with errors that are withheld from clients. The time for computing results counts against the principal's
 * quota: a subscription ends with `quota_exceeded` when it is used up.
 */
export function createSubscribe(
  limits: Pick<Limits, 'subscriptions' | 'webSocketsOfAddress' | 'requestsPerMinute'>,
  onMasked: OnMasked,
  mayInspect: MayInspect,
  quotas: Pick<Quotas, 'exhausted' | 'takeTime'>,
): Subscribe {
  const begin = createPlaces(limits.subscriptions)
  const beginAt = createPlaces(webSocketsPerAddress(limits))

  return async (args) => {
    const context = args.contextValue as ApiContext
    const { principal, requestId, address } = context
    const masked = (result: ExecutionResult): ExecutionResult => {
      if (!result.errors) return result
      const errors = result.errors.map((error) => shownTo(error, principal, mayInspect))
      return { ...result, errors: errors.map((error) => maskError(error, requestId, onMasked)) }
    }
    const refuse = (error: GraphQLError): ExecutionResult => ({ errors: [maskError(error, requestId, onMasked)] })
    const free = principal ? begin(principalKey(principal), shareOf(principal.role)) : begin('nobody')
    if (!free) return refuse(edgeError('too_many_subscriptions'))
    // On a WebSocket there is no address: the connection holds its place.
    const leaveAddress = address === undefined ? undefined : beginAt(address)
    if (address !== undefined && !leaveAddress) {
      free()
      return refuse(edgeError('rate_limited', 'too many event streams from this address; close one first'))
    }
    const end = (): void => {
      free()
      leaveAddress?.()
      context.budget.close()
    }
    try {
      const started = await createSourceEventStream(args)
      context.budget.release()
      if (!(Symbol.asyncIterator in started)) {
        end()
        return masked(started)
      }
      const resultOf = async (event: unknown): Promise<ExecutionResult> => {
        await context.room?.()
        const refused = quotas.exhausted(principal)
        if (refused) throw refused
        const endTime = quotas.takeTime(principal)
        try {
          return masked(await execute({ ...args, rootValue: event }))
        } finally {
          endTime(context.budget.waitedMs())
          context.budget.release()
        }
      }
      return results(started[Symbol.asyncIterator](), resultOf, end, (error) => maskError(error, requestId, onMasked))
    } catch (error) {
      end()
      throw error
    }
  }
}

/**
 * Returns the results of a subscription. An error of the stream, or the reason for its end, becomes the last result.
 */
function results(
  source: AsyncIterator<unknown>,
  resultOf: (event: unknown) => Promise<ExecutionResult>,
  onEnd: () => void,
  mask: (error: unknown) => ReturnType<typeof maskError>,
): AsyncGenerator<ExecutionResult, void, void> {
  let ended = false
  const end = (): void => {
    if (!ended) onEnd()
    ended = true
  }
  const done = { done: true, value: undefined } as const
  const leave = async (): Promise<void> => {
    end()
    await source.return?.()
  }
  return {
    next: async () => {
      if (ended) return done
      try {
        const event = await source.next()
        if (!event.done) return { done: false, value: await resultOf(event.value) }
        end()
        return done
      } catch (error) {
        await leave()
        return { done: false, value: { errors: [mask(error)] } }
      }
    },
    return: async () => {
      await leave()
      return done
    },
    throw: async (error) => {
      await leave()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
