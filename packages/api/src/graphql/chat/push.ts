import { z } from 'zod'
import { chatChannels, describeIssue, malformed, mergedCustomersOf, refusal, survivorOf } from '@guichet/domain'
import type { ChannelAvailability } from '@guichet/domain'
import { isCustomer } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { refused } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addMutation } from '../mutation.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'
import { addChatAvailability } from './chat-availability.ts'

const endpoint = z
  .string()
  .max(1_000)
  .regex(/^[\x21-\x7e]+$/, 'must be an address in ASCII')
  .describe('The address of the browser at its push service: `endpoint`.')

const deviceSchema = z.strictObject({
  endpoint,
  p256dh: z.string().length(87).describe('The public key of the browser, in base64url: `keys.p256dh`.'),
  auth: z.string().length(22).describe('The secret of the browser, in base64url: `keys.auth`.'),
  channel: z.enum(chatChannels).optional().describe('How the customer chats; web unless given.'),
})

const endpointSchema = z.strictObject({ endpoint })

/** Adds `ChatAvailability.pushKey`, `subscribeToPush` and `unsubscribeFromPush`: the browsers that show pushes. */
export function addPush({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { plainPayload } = use(addResultTypes)
  const availability = use(addChatAvailability)
  builder.objectField(availability, 'pushKey', (t) =>
    t.string({
      nullable: true,
      description:
        'The `applicationServerKey` with which browsers subscribe to pushes; null where the channel has none. See `subscribeToPush`.',
      resolve: ({ abilities }: ChannelAvailability, _, { services }) =>
        abilities.push ? (services.push?.publicKey ?? null) : null,
    }),
  )
  addMutation(builder, inputs, 'subscribeToPush', {
    description:
      'Subscribes this browser to pushes about your chats while you are not connected, for 90 days from the last call; at most ten browsers. A browser that was somebody else’s is yours from then on.',
    payload: plainPayload,
    schema: deviceSchema,
    resolve: (device, _, context) => subscribe(device, context),
  })
  addMutation(builder, inputs, 'unsubscribeFromPush', {
    description: 'Unsubscribes a browser of yours from pushes; what waits for it is not sent.',
    payload: plainPayload,
    schema: endpointSchema,
    resolve: async (address, _, context) => {
      const { desk, push } = context.services
      const viewer = viewerOf(context)
      if (!isCustomer(viewer)) throw edgeError('forbidden', 'only customers have browsers that are pushed to')
      const { error } = endpointSchema.safeParse(address, describeIssue)
      if (error) return refused(malformed(error))
      const people = await mergedCustomersOf(desk, await survivorOf(desk, viewer.id))
      await push?.subscriptions.removeDevice([...people, viewer.id], address.endpoint)
      return done
    },
  })
}

const done: CommandResult = { id: '', executed: undefined, userErrors: [] }

async function subscribe(input: z.input<typeof deviceSchema>, context: ApiContext): Promise<CommandResult> {
  const viewer = viewerOf(context)
  if (!isCustomer(viewer)) throw edgeError('forbidden', 'only customers have browsers that are pushed to')
  const { success, data, error } = deviceSchema.safeParse(input, describeIssue)
  if (!success) return refused(malformed(error))
  const { channel = 'web', endpoint, p256dh, auth } = data
  const { desk, push, channelWatch } = context.services
  const { abilities } = await channelWatch.now(channel)
  if (!push || !abilities.push) return refused(refusal('push_off', { field: 'channel' }))
  const { arePushKeys, isPushEndpoint } = await import('@guichet/workflows')
  if (!isPushEndpoint(endpoint, push.origins)) return refused(refusal('push_service_unknown', { field: 'endpoint' }))
  if (!arePushKeys({ p256dh, auth }))
    return refused(refusal('invalid_command', { message: 'p256dh: is no key of a browser', field: 'p256dh' }))
  if (await isBlocked(context)) return refused(refusal('customer_blocked'))
  const { state: customer } = await desk.read('customer', viewer.id)
  const personId = customer.status === 'absent' ? viewer.id : (customer.identifiedAs?.customer.id ?? viewer.id)
  const visitorId = viewer.role === 'visitor' ? viewer.id : viewer.visitorId
  await push.subscriptions.save({ personId, visitorId }, { endpoint, p256dh, auth })
  return done
}
