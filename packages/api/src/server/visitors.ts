import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { Revocation, VerifyToken } from '../auth/tokens.ts'
import { longestToken } from '../auth/tokens.ts'
import type { MintedToken, VisitorTokens } from '../auth/visitor-tokens.ts'
import { edgeError } from '../errors.ts'
import type { RateLimits } from './authentication.ts'
import { rateLimited, requireToken } from './authentication.ts'
import { refuseForeignOrigin } from './origins.ts'

type VisitorRoutes = {
  /** Undefined where the desk takes no visitors: every route answers `visitors_off`. */
  readonly visitors: VisitorTokens | undefined
  /** Verifies the token with which the host of a page says who the visitor is. */
  readonly verifyIssued: VerifyToken
  /** Revokes a token in all processes; at the latest at its expiry the revocation may be forgotten. */
  readonly revoke: (revocation: Revocation, expiresAt: number) => Promise<void>
  readonly limits: RateLimits
  readonly origins: readonly string[]
}

const claimSchema = z.strictObject({ token: z.string().min(1).max(longestToken) })

/** The longest body, in bytes: a token and its frame. */
const bodyLimit = longestToken + 1_024

/**
 * Adds the routes for the tokens of visitors: `POST /visitor` mints one or renews the bearer's, `POST /visitor/claim` exchanges it for that of
 * a customer, whom the host's token names, and `POST /visitor/logout` revokes it. Pages of foreign origins are refused.
 */
export function addVisitors(
  app: FastifyInstance,
  { visitors, verifyIssued, revoke, limits, origins }: VisitorRoutes,
): void {
  const admit = (request: FastifyRequest): VisitorTokens => {
    if (!visitors) throw edgeError('visitors_off')
    refuseForeignOrigin(request, origins)
    return visitors
  }
  const limit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const wait = await limits.takeVisitor(request)
    if (wait === undefined) return
    void reply.header('retry-after', wait)
    throw rateLimited(wait)
  }
  const bearerOf = ({ principal }: FastifyRequest): Principal => {
    if (principal?.role !== 'visitor' && principal?.visitorId === undefined) throw edgeError('unauthenticated')
    return principal
  }
  const revokeOwn = async ({ tokenId, expiresAt }: Principal): Promise<void> => {
    if (tokenId !== undefined) await revoke({ tokenId }, expiresAt)
  }
  const answer = (reply: FastifyReply, { token, id, expiresAt }: MintedToken): FastifyReply =>
    reply
      .status(201)
      .header('cache-control', 'no-store')
      .send({ token, id, expiresAt: new Date(expiresAt).toISOString() })

  const options = { bodyLimit, preParsing: requireToken(limits, () => true) }
  app.post('/visitor', options, async (request, reply) => {
    const tokens = admit(request)
    await limit(request, reply)
    return answer(reply, await tokens.visit(request.principal))
  })
  app.post('/visitor/claim', options, async (request, reply) => {
    const tokens = admit(request)
    const visitor = bearerOf(request)
    await limit(request, reply)
    const { success, data } = claimSchema.safeParse(request.body)
    if (!success) throw edgeError('malformed_input', 'the body is {"token": "…"} with the token of the host')
    const minted = await tokens.claim(await verifyIssued(data.token), visitor)
    await revokeOwn(visitor)
    return answer(reply, minted)
  })
  app.post('/visitor/logout', options, async (request, reply) => {
    admit(request)
    await revokeOwn(bearerOf(request))
    return reply.status(204).send()
  })
}
