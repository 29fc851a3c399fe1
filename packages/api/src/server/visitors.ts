import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Desk } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { personOf } from '../auth/principal.ts'
import type { Revocation } from '../auth/revocations.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import { longestToken } from '../auth/tokens.ts'
import type { MintedToken, VisitorTokens } from '../auth/visitor-tokens.ts'
import type { Push } from '@guichet/workflows'
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
  /** Makes the chats of a visitor those of the customer they have proved to be. */
  readonly desk: Pick<Desk, 'claimVisitor' | 'read'>
  /** The browsers that are pushed to: those of a visit go with it. */
  readonly push: Pick<Push, 'subscriptions'> | undefined
  readonly limits: RateLimits
  readonly origins: readonly string[]
}

const claimSchema = z.strictObject({ token: z.string().min(1).max(longestToken) })

/** The longest body, in bytes: a token and its frame. */
const bodyLimit = longestToken + 1_024

/**
 * Adds the routes for the tokens of visitors: `POST /visitor` mints one or renews the bearer's, `POST /visitor/claim` exchanges it for that of
 * a customer, whom the host's token names, and `POST /visitor/logout` revokes it. With a claim and a logout every token of the visitor ends.
 * Pages of foreign origins are refused.
 */
export function addVisitors(
  app: FastifyInstance,
  { visitors, verifyIssued, revoke, desk, push, limits, origins }: VisitorRoutes,
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
  /** Ends a visit: also a token that was copied, or renewed before. */
  const endVisit = async (tokens: VisitorTokens, { role, id, visitorId = id }: Principal): Promise<void> => {
    if (role !== 'visitor' && visitorId === id) return
    const { revocation, expiresAt } = tokens.revocationOf(visitorId)
    await revoke(revocation, expiresAt)
  }
  /** Asked after the token is minted: a claim at the same time revokes what was minted before it. */
  const refuseEnded = async ({ principal, verifyToken }: FastifyRequest): Promise<void> => {
    if (principal?.role !== 'visitor') return
    await verifyToken?.()
    const { state } = await desk.read('customer', principal.id)
    if (state.status !== 'absent' && state.identifiedAs) throw edgeError('token_revoked')
  }
  /** A visitor whom another customer has claimed holds a token that is about to be revoked. */
  const attach = async (visitor: Principal, customer: Principal): Promise<void> => {
    const { plan } = customer
    const claim = { customer: personOf(customer), ...(plan !== undefined && { plan }) }
    const outcome = await desk.claimVisitor(visitor.id, claim)
    if (outcome.ok) return
    if (outcome.refusal.code === 'customer_merged') throw edgeError('token_revoked')
    throw new Error(outcome.refusal.message)
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
    const minted = await tokens.visit(request.principal)
    await refuseEnded(request)
    return answer(reply, minted)
  })
  app.post('/visitor/claim', options, async (request, reply) => {
    const tokens = admit(request)
    const visitor = bearerOf(request)
    await limit(request, reply)
    const { success, data } = claimSchema.safeParse(request.body)
    if (!success) throw edgeError('malformed_input', 'the body is {"token": "…"} with the token of the host')
    const customer = await verifyIssued(data.token)
    const minted = await tokens.claim(customer, visitor)
    if (visitor.role === 'visitor') await attach(visitor, customer)
    await revokeOwn(visitor)
    await endVisit(tokens, visitor)
    return answer(reply, minted)
  })
  app.post('/visitor/logout', options, async (request, reply) => {
    const tokens = admit(request)
    const bearer = bearerOf(request)
    const { id, visitorId = id } = bearer
    await push?.subscriptions.removeVisitor(visitorId)
    await revokeOwn(bearer)
    await endVisit(tokens, bearer)
    return reply.status(204).send()
  })
}
