import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Principal } from '../auth/principal.ts'
import { principalKey } from '../auth/principal.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import { edgeError } from '../errors.ts'
import type { Limits } from './limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the request's token stands for; undefined without a token. */
    principal: Principal | undefined
    /** Why the request's token is not valid. */
    tokenError: unknown
    /** Verifies the request's token again; undefined without a token. */
    verifyToken: (() => ReturnType<VerifyToken>) | undefined
  }
}

/** Reads every request's token before anything else looks at it; `requireToken` decides what becomes of a bad one. */
export function addAuthentication(app: FastifyInstance, verify: VerifyToken): void {
  app.decorateRequest('principal', undefined)
  app.decorateRequest('tokenError', undefined)
  app.decorateRequest('verifyToken', undefined)
  app.addHook('onRequest', (request, _, done) => {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return done()
    request.verifyToken = () => verify(token)
    try {
      const verified = verify(token)
      if (verified instanceof Promise) {
        verified
          .then(
            (principal) => (request.principal = principal),
            (error: unknown) => (request.tokenError = error),
          )
          .finally(done)
        return
      }
      request.principal = verified
    } catch (error) {
      request.tokenError = error
    }
    done()
  })
}

/** The token of an `Authorization: Bearer …` header; undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const [scheme, token, ...rest] = header.trim().split(/ +/)
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && rest.length === 0 ? token : ''
}

/**
 * Lets a request go on, or throws why it may not: a bad token never may, none at all only where `anonymous` says so. An
 * address that sends bad tokens all the time is told to wait.
 */
export const requireToken =
  ({ takeBadToken }: RateLimits, anonymous: (request: FastifyRequest) => boolean) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { tokenError } = request
    if (tokenError === undefined) {
      if (request.principal || anonymous(request)) return
      throw edgeError('unauthenticated')
    }
    const wait = isBadToken(tokenError) ? await takeBadToken(request) : undefined
    if (wait === undefined) throw tokenError instanceof GraphQLError ? tokenError : edgeError('unauthenticated')
    void reply.header('retry-after', wait)
    throw rateLimited(wait)
  }

/** Whether a token was never valid here, as one that has expired was. */
export const isBadToken = (tokenError: unknown): boolean =>
  tokenError instanceof GraphQLError && tokenError.extensions['code'] === 'unauthenticated'

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
