import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Principal } from '../auth/principal.ts'
import { principalKey } from '../auth/principal.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import { edgeError } from '../errors.ts'
import { createPlaces } from '../permits.ts'
import type { Limits } from './limits.ts'
import { webSocketsPerAddress } from './limits.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The principal of the request's token; undefined without a token. */
    principal: Principal | undefined
    /** The error that the request's token was rejected with. */
    tokenError: unknown
    /** Verifies the request's token again; undefined without a token. */
    verifyToken: (() => ReturnType<VerifyToken>) | undefined
  }
}

/** Reads every request's token before all other hooks. `requireToken` rejects bad ones. */
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

/** The token of an `Authorization: Bearer …` header; undefined if there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const [scheme, token, ...rest] = header.trim().split(/ +/)
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && rest.length === 0 ? token : ''
}

/**
 * Returns a hook that lets a request pass or throws. A bad token is always rejected, a missing one unless `anonymous`
 * allows it. An address that keeps sending bad tokens must wait.
 */
export const requireToken =
  (limits: RateLimits, anonymous: (request: FastifyRequest) => boolean) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { tokenError } = request
    if (tokenError !== undefined) return rejectToken(limits, tokenError, request, reply)
    if (!request.principal && !anonymous(request)) throw edgeError('unauthenticated')
  }

/** Throws why a token was rejected or, for an address that keeps sending bad ones, `rate_limited`. */
export async function rejectToken(
  { takeBadToken }: RateLimits,
  tokenError: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<never> {
  const wait = isBadToken(tokenError) ? await takeBadToken(request) : undefined
  if (wait === undefined) throw tokenError instanceof GraphQLError ? tokenError : edgeError('unauthenticated')
  void reply.header('retry-after', wait)
  throw rateLimited(wait)
}

/** Refuses the upgrade of one WebSocket more than an address may have. @throws `rate_limited`. */
export async function admitWebSocket(
  { takeWebSocket }: RateLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const wait = await takeWebSocket(request)
  if (wait === undefined) return
  void reply.header('retry-after', wait)
  throw edgeError('rate_limited', 'too many WebSockets from one address')
}

/** Returns whether a token was never valid here. A token that has expired was valid once. */
export const isBadToken = (tokenError: unknown): boolean =>
  tokenError instanceof GraphQLError && tokenError.extensions['code'] === 'unauthenticated'

/** Takes one from the budget of a request. Returns the seconds to wait if the budget is used up. */
type Take = (
  request: Pick<FastifyRequest, 'ip'> & Partial<Pick<FastifyRequest, 'principal'>>,
) => Promise<number | undefined>

/** Counters for everything but HTTP requests, which are counted as they arrive. */
export type RateLimits = {
  /** Counts an operation over a WebSocket as a request of its principal. */
  readonly takeOperation: Take
  /** Counts an invalid token for the address that sent it. */
  readonly takeBadToken: Take
  /** Counts a minted token of a visitor for the address that asked for it. */
  readonly takeVisitor: Take
  /** Takes a place of the address for the connection of a WebSocket, until it is closed. Returns the seconds to wait if it has none left. */
  readonly takeWebSocket: (request: FastifyRequest) => Promise<number | undefined>
}

/** How long a browser that has too many WebSockets waits for the next, in seconds. */
const webSocketWait = 30

/**
 * The number of principals and addresses whose requests of a minute are counted, some 200 bytes each. If there are
 * more, those seen last are counted.
 */
const maxCounted = 100_000

/** Returns an error with the time to wait. */
export const rateLimited = (seconds: number) =>
  edgeError('rate_limited', `too many requests; wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`)

/** The address of a caller: of an IPv6 address its first 64 bits; empty when the connection is already gone. */
export const addressOf = ({ ip }: { readonly ip?: string }): string => (ip === undefined ? '' : normalizeIP(ip))

/**
 * Limits the requests per minute of one principal or, without a token, of one address: of the first 64 bits of an IPv6
 * address. Tokens must be read before.
 */
export async function addRateLimits(app: FastifyInstance, limits: Limits): Promise<RateLimits> {
  const { requestsPerMinute, visitorRequestsPerMinute, visitorsPerMinute, badTokensPerMinute } = limits
  await app.register(fastifyRateLimit, {
    global: requestsPerMinute > 0,
    max: ({ principal }: FastifyRequest) =>
      principal?.role === 'visitor' ? Math.min(requestsPerMinute, visitorRequestsPerMinute) : requestsPerMinute,
    timeWindow: '1 minute',
    cache: maxCounted,
    keyGenerator: (request) => {
      const { principal } = request
      return principal ? principalKey(principal) : addressOf(request)
    },
    errorResponseBuilder: () => edgeError('rate_limited'),
  })
  const takeFrom = (max: number, ...options: Parameters<FastifyInstance['createRateLimit']>): Take => {
    if (max === 0) return async () => undefined
    const take = app.createRateLimit(...options)
    return async ({ ip, principal }) => {
      // Only routes have settings of their own.
      const outcome = await take({ ip, principal, routeOptions: {} } as FastifyRequest)
      return !outcome.isAllowed && outcome.isExceeded ? outcome.ttlInSeconds : undefined
    }
  }
  const takePlace = createPlaces(webSocketsPerAddress(limits))
  const ofAddresses = (max: number) => ({ max, keyGenerator: addressOf, cache: maxCounted })
  return {
    takeOperation: takeFrom(requestsPerMinute),
    takeBadToken: takeFrom(badTokensPerMinute, ofAddresses(badTokensPerMinute)),
    takeVisitor: takeFrom(visitorsPerMinute, ofAddresses(visitorsPerMinute)),
    takeWebSocket: async (request) => {
      const free = takePlace(addressOf(request))
      if (!free) return webSocketWait
      request.raw.socket.once('close', free)
      return undefined
    },
  }
}
