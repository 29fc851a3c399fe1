import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Principal, VerifyToken } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { RateLimits } from './rate-limits.ts'
import { rateLimited } from './rate-limits.ts'

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
