import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Principal, VerifyToken } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whom the request's token stands for; undefined without a token. */
    principal: Principal | undefined
    /** Why the request's token is not valid. */
    tokenError: unknown
  }
}

/** Reads every request's token before anything else looks at it; `requireToken` decides what becomes of a bad one. */
export function addAuthentication(app: FastifyInstance, verify: VerifyToken): void {
  app.decorateRequest('principal', undefined)
  app.decorateRequest('tokenError', undefined)
  app.addHook('onRequest', (request, _, done) => {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return done()
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

/** Why a request may not go on, if so: a bad token never may, none at all only where the schema may be looked at. */
export function tokenFault(request: FastifyRequest, anonymous: boolean): GraphQLError | undefined {
  if (request.tokenError instanceof GraphQLError) return request.tokenError
  if (request.tokenError !== undefined) return edgeError('unauthenticated')
  return request.principal || anonymous ? undefined : edgeError('unauthenticated')
}
