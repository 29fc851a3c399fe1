import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Desk } from '@guichet/domain'
import { customerBy, describeIssue, id, instant, instantSchema, isOnce, later, line, personId } from '@guichet/domain'
import { edgeError } from '../errors.ts'
import { alertSeverities } from '../live-data/customer-alerts.ts'
import type { LiveData } from '../live-data/live-data.ts'
import type { RateLimits } from './authentication.ts'
import { rateLimited } from './authentication.ts'

/** The longest body, in bytes: twenty alerts fit several times. */
const bodyLimit = 65_536

const mostAlerts = 20

/** How long alerts count unless their source says so, how long at most, and how far its clock may be ahead, in milliseconds. */
const day = 86_400_000
const aheadMs = 300_000

const alertSchema = z.strictObject({
  alertId: id,
  severity: z.enum(alertSeverities),
  title: line(200),
  since: instantSchema.optional(),
})

const messageSchema = z.strictObject({
  type: z.literal('customer.alerts'),
  timestamp: instantSchema,
  data: z.strictObject({
    customer: z.union([
      z.strictObject({ id: personId }),
      z.strictObject({ externalId: z.strictObject({ system: line(100), id: line(200) }) }),
    ]),
    alerts: z
      .array(alertSchema)
      .max(mostAlerts)
      .refine((alerts) => isOnce(alerts, ({ alertId }) => alertId), 'must differ in their ids'),
    expiresAt: instantSchema.optional(),
  }),
})

type Message = z.output<typeof messageSchema>

type Dependencies = { readonly desk: Pick<Desk, 'read'>; readonly liveData: LiveData }

/**
 * Adds `POST /live-data/:source/alerts`, with which a source says which alerts a customer has now. The message is signed by
 * Standard Webhooks with the secret of the source. An older message than the one that counts, or the same again, changes nothing.
 */
export async function addLiveDataRoutes(
  app: FastifyInstance,
  { desk, liveData }: Dependencies,
  { takeBadToken }: RateLimits,
): Promise<void> {
  /** The id of a signed message. An address that keeps sending others must wait. */
  const verify = async (request: FastifyRequest, reply: FastifyReply, source: string): Promise<string> => {
    const webhookId = liveData.signatureOf(source)?.verifiedId(request.headers, String(request.body))
    if (webhookId !== undefined && id.safeParse(webhookId).success) return webhookId
    const wait = await takeBadToken(request)
    if (wait === undefined) throw edgeError('signature_invalid')
    void reply.header('retry-after', wait)
    throw rateLimited(wait)
  }
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // A signature is of the bytes that were sent.
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_, body, done) =>
      done(null, body),
    )
    scope.post<{ Params: { readonly source: string } }>('/live-data/:source/alerts', async (request, reply) => {
      const { source } = request.params
      const webhookId = await verify(request, reply, source)
      const { timestamp, data } = read(String(request.body))
      const expiresAt = data.expiresAt ?? later(timestamp, day)
      const { customer, alerts } = data
      const customerId = 'id' in customer ? customer.id : await customerBy(desk, { externalId: customer.externalId })
      if (customerId === undefined) throw edgeError('customer_unknown')
      const set = { source, customerId, webhookId, asOf: timestamp, expiresAt, alerts }
      return reply.send({ applied: await liveData.alerts.replace(set) })
    })
  })
}

function read(body: string): Message {
  const parsed = messageSchema.safeParse(parsedJson(body), describeIssue)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw edgeError('malformed_input', `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { timestamp, data } = parsed.data
  if (timestamp > later(instant(new Date()), aheadMs))
    throw edgeError('malformed_input', 'timestamp: lies in the future')
  if (data.expiresAt !== undefined && (data.expiresAt < timestamp || data.expiresAt > later(timestamp, 7 * day)))
    throw edgeError('malformed_input', 'data.expiresAt: must be within seven days after timestamp')
  return parsed.data
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
