import { z } from 'zod'
import { chatChannels, limits, line, refusal, ticketAggregate } from '@guichet/domain'
import { isCustomer, personOf } from '../../auth/principal.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { commandFields, derivedId, refused, senderOf, takeMessage, toCommandResult } from '../command.ts'
import { contactForm, contactOf, recordPhone, withoutContact } from '../contact.ts'
import { viewerOf } from '../context.ts'
import { languageOfCustomer } from '../customer-language.ts'
import { addMutation } from '../mutation.ts'
import type { ApiContext } from '../services.ts'
import { isBlocked } from '../shared-access.ts'
import { planOf } from '../ticket/ticket-mutations.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

const contact = z.string().max(limits.email)

const schema = z.strictObject({
  channel: z.enum(chatChannels).optional().describe('How the customer would chat; web unless given.'),
  name: line(limits.name).optional().describe('The name; that of the token unless given.'),
  email: contact.optional().describe('An e-mail address for the answer; that of the token unless given.'),
  language: ticketAggregate.schemas.open.shape.language.describe(
    'The language of the answer, such as fr; by what the desk knows of the customer, or their browser, unless given.',
  ),
  phone: contact.optional().describe('A telephone number for the answer, with its country code.'),
  subject: ticketAggregate.schemas.open.shape.subject.describe('The subject.'),
  body: ticketAggregate.schemas.open.shape.body.describe('The message.'),
})

type LeaveMessageInput = z.infer<typeof schema>

/** Adds `leaveChatMessage`: the form for customers who find nobody. It opens a ticket, at any time. */
export function addLeaveChatMessage({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { payloadWith } = use(addResultTypes)
  addMutation(builder, inputs, 'leaveChatMessage', {
    description:
      'Leaves a message when nobody is there: it becomes a ticket, answered by e-mail or telephone. What is typed here identifies nobody.',
    payload: payloadWith({
      reached: 'Waits until the desk’s lists show the ticket; false if that takes too long.',
      models: () => ['tickets'],
      fields: (t) => ({
        ticketId: t.id({ nullable: true, description: 'The id of the ticket.', resolve: ({ id }) => id }),
      }),
    }),
    schema,
    fields: (t) => ({ commandId: commandFields(t, 'the ticket').commandId }),
    resolve: (left, { commandId }, context) => leave(left, commandId, context),
  })
}

async function leave(
  { channel = 'web', ...left }: LeaveMessageInput,
  commandId: string,
  context: ApiContext,
): Promise<CommandResult> {
  const viewer = viewerOf(context)
  if (!isCustomer(viewer)) throw edgeError('forbidden', 'only customers leave messages')
  const { desk, channelWatch } = context.services
  const { abilities } = await channelWatch.now(channel)
  if (!abilities.offlineMessages) return refused(refusal('chat_offline_messages_off', { field: 'channel' }))
  if (await isBlocked(context)) return refused(refusal('customer_blocked'))

  const normalised = contactOf(viewer, left)
  if (!normalised.ok) return refused(normalised.refusal)
  const { email, phone } = normalised.value
  if (email === undefined && phone === undefined) return refused(withoutContact())
  const { subject, body, name } = left
  const customer = { ...personOf(viewer), ...(name !== undefined && { name }), ...(email !== undefined && { email }) }
  const ticketId = derivedId(viewer, commandId)
  const plan = await planOf(viewer, context)
  const language = left.language ?? (await languageOfCustomer(viewer.id, context, context.acceptLanguage))
  const details = { ...(plan && { plan }), ...(language && { language }) }
  const open = { command: { type: 'open' as const, subject, body, customer, channel: 'web' as const, ...details } }
  const number = phone === undefined ? [] : [{ command: { type: 'addNote' as const, body: phone }, by: contactForm }]
  takeMessage(context, 'start')
  const outcome = await desk.executeTogether('ticket', ticketId, [open, ...number], senderOf(context, { commandId }))
  if (outcome.ok && phone !== undefined) await recordPhone(viewer.id, phone, context)
  return toCommandResult(outcome, context)
}
