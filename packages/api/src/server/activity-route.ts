import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { recordActivities } from '../activities/record-activities.ts'
import type { Principal } from '../auth/principal.ts'
import { accessTo } from '../auth/rights.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import { longestToken } from '../auth/tokens.ts'
import { edgeError } from '../errors.ts'
import { ownIdOfPerson } from '../graphql/own-ids.ts'
import type { RateLimits } from './authentication.ts'
import { addressOf, rateLimited, rejectToken, requireToken } from './authentication.ts'
import { addJsonParser } from './http.ts'
import { refuseForeignOrigin } from './origins.ts'
import type { Quotas } from './quotas.ts'

type Dependencies = {
  readonly services: Parameters<typeof recordActivities>[2]
  readonly verify: VerifyToken
  readonly limits: RateLimits
  readonly quotas: Pick<Quotas, 'takeReported'>
  readonly origins: readonly string[]
}

/** The longest body, in bytes: what browsers send as a beacon, which is 64 kB at most, and a token. */
const bodyLimit = 65_536 + 2 * longestToken

const bodySchema = z.looseObject({ token: z.string().min(1).max(longestToken).optional() })

/**
 * Adds `POST /activities`, by which sites and services report what customers do and meet. The body is JSON, also as
 * `text/plain`: a beacon of a browser has no headers of its own, and has its token in the body.
 */
export async function addActivityRoute(app: FastifyInstance, dependencies: Dependencies): Promise<void> {
  const { services, verify, limits, quotas, origins } = dependencies
  /** The bearer of the token in a body. The request was counted for its address before, and now counts for them. */
  const bearerOf = async (token: string, request: FastifyRequest, reply: FastifyReply): Promise<Principal> => {
    let principal: Principal
    try {
      principal = await verify(token)
    } catch (error) {
      return rejectToken(limits, error, request, reply)
    }
    const wait = await limits.takeOperation({ ip: request.ip, principal })
    if (wait === undefined) return principal
    void reply.header('retry-after', wait)
    throw rateLimited(wait)
  }
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    addJsonParser(scope, ['application/json', 'text/plain'])
    const options = { bodyLimit, preParsing: requireToken(limits, () => true) }
    scope.post('/activities', options, async (request, reply) => {
      refuseForeignOrigin(request, origins)
      const { success, data } = bodySchema.safeParse(request.body)
      if (!success) throw edgeError('malformed_input', 'the body is {"sentAt": "…", "activities": […]}')
      const { token, ...batch } = data
      if (!request.principal && token === undefined) throw edgeError('unauthenticated')
      const principal = request.principal ?? (await bearerOf(token ?? '', request, reply))
      request.principal = principal
      if (accessTo('recordActivities', principal) === 'none')
        throw edgeError('forbidden', `the role ${principal.role} reports no activities`)
      const over = quotas.takeReported(principal, request.bodyBytes - (token?.length ?? 0))
      if (over) throw over
      const reporter = { principal, userAgent: request.headers['user-agent'], address: addressOf(request) }
      const reported = { ...batch, activities: withOwnIds(batch['activities']) }
      return reply.header('cache-control', 'no-store').send(await recordActivities(reported, reporter, services))
    })
  })
}

/** Activities whose customers have the ids that the desk uses: global ids are read, as in the mutation. */
const withOwnIds = (activities: unknown): unknown =>
  Array.isArray(activities) ? activities.map(withOwnId) : activities

function withOwnId(activity: unknown): unknown {
  if (typeof activity !== 'object' || activity === null || !('customerId' in activity)) return activity
  const { customerId } = activity
  return typeof customerId === 'string' ? { ...activity, customerId: ownIdOfPerson(customerId) } : activity
}
