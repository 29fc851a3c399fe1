import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { principalKey } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { Limits } from './limits.ts'

/** Takes one from the budget that a request draws on; answers with the seconds to wait when nothing is left of it. */
type Take = (request: FastifyRequest) => Promise<number | undefined>

/** What else is counted than requests over HTTP, which are counted as they come. */
export type RateLimits = {
  /** Counts an operation that came over a WebSocket like a request of its principal. */
  readonly takeOperation: Take
  /** Counts a token that is not valid, by the address that it came from. */
  readonly takeBadToken: Take
}

/**
 * Of how many principals and addresses the requests of a minute are remembered, some 200 bytes each: of more, those that were seen
 * last.
 */
const remembered = 100_000

/** An error that says how long to wait. */
export const rateLimited = (seconds: number) =>
  edgeError('rate_limited', `too many requests; wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`)

/**
 * Limits how many requests a minute come from one principal or, without a token, from one address: its first 64 bits where it
 * is one of IPv6. Tokens have to be read before.
 */
export async function addRateLimits(
  app: FastifyInstance,
  { requestsPerMinute, badTokensPerMinute }: Limits,
): Promise<RateLimits> {
  const addressOf = (request: FastifyRequest): string => normalizeIP(request.ip)
  await app.register(fastifyRateLimit, {
    global: requestsPerMinute > 0,
    max: requestsPerMinute,
    timeWindow: '1 minute',
    cache: remembered,
    keyGenerator: (request) => {
      const { principal } = request
      return principal ? principalKey(principal) : addressOf(request)
    },
    errorResponseBuilder: () => edgeError('rate_limited'),
  })
  const takeFrom = (max: number, ...options: Parameters<FastifyInstance['createRateLimit']>): Take => {
    if (max === 0) return async () => undefined
    const take = app.createRateLimit(...options)
    return async (request) => {
      const taken = await take(request)
      return !taken.isAllowed && taken.isExceeded ? taken.ttlInSeconds : undefined
    }
  }
  const ofAddresses = { max: badTokensPerMinute, keyGenerator: addressOf, cache: remembered }
  return {
    takeOperation: takeFrom(requestsPerMinute),
    takeBadToken: takeFrom(badTokensPerMinute, ofAddresses),
  }
}
