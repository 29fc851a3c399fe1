import { personOf } from '../../auth/index.ts'
import type { Principal } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import { given } from '../schema/given.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { hasPlan } from '../ticket/known-plan.ts'
import { derivedId } from './chosen-ids.ts'
import { commandFields, inputOf, messageIdField } from './command-input.ts'
import type { ResultTypes } from './result-types.ts'
import { commandData, send } from './send.ts'

/** `openTicket`: by a customer for themselves, or by the desk or a service for a customer. */
export function addOpenTicket(
  builder: ApiBuilder,
  words: Vocabulary,
  { personInput }: People,
  { ticketPayload }: ResultTypes,
): void {
  const input = inputOf(builder, 'openTicket', (t) => ({
    ...commandFields(t, 'the ticket, 0 before it is opened,'),
    ticketId: t.id({ description: 'Chosen by the desk or a service; derived from the command id unless given.' }),
    subject: t.string({ required: true }),
    body: t.string({ required: true }),
    messageId: messageIdField(t),
    customer: t.field({ type: personInput, description: 'Whom it is for; customers open tickets for themselves.' }),
    channel: t.field({ type: words.channel, description: 'web unless given.' }),
    priority: t.field({ type: words.priority, description: 'That of the category unless given, else normal.' }),
    language: t.string({ description: 'A language tag such as fr; the desk’s default unless given.' }),
    category: t.string({ description: 'The path of one of `categories`, such as technical_support/login_issues.' }),
    plan: t.string({
      description:
        'The customer’s plan, by which the SLA policy is chosen: by the desk or a service only. That of a customer is in their token.',
    }),
    tags: t.stringList({ description: 'By the desk or a service only.' }),
  }))

  builder.mutationField('openTicket', (t) =>
    t.field({
      type: ticketPayload('openTicket'),
      description: 'Opens a ticket. A repeat with the same command id opens no second one.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_, args, context) => {
        const viewer = viewerOf(context)
        const ticketId = args.input.ticketId ?? derivedId(viewer, args.input.commandId)
        const customer = viewer.role === 'customer' ? itself(viewer, args.input) : (args.input.customer ?? undefined)
        const plan = viewer.role === 'customer' ? viewer.plan : (args.input.plan ?? undefined)
        const { desk, planUnknown } = context.services
        if (viewer.role === 'customer' && plan !== undefined && !hasPlan((await desk.terms()).policy, plan))
          planUnknown(plan)
        const { plan: _plan, ...data } = commandData(args.input)
        const command = { type: 'open', ...data, customer: customer && given(customer), ...(plan && { plan }) }
        return send(context, 'ticket', ticketId, command, args.input)
      },
    }),
  )
}

type Chosen = {
  readonly ticketId?: string | null | undefined
  readonly customer?: { readonly id: string; readonly firstName?: string | null | undefined } | null | undefined
  readonly tags?: readonly string[] | null | undefined
  readonly plan?: string | null | undefined
}

/** A customer acts only as themselves, and chooses neither ids nor tags nor a plan. */
function itself(viewer: Principal, { ticketId, customer, tags, plan }: Chosen) {
  if (ticketId != null) throw edgeError('forbidden', 'input.ticketId: customers do not choose it')
  if (tags?.length) throw edgeError('forbidden', 'input.tags: customers do not choose them')
  if (plan != null) throw edgeError('forbidden', 'input.plan: customers do not choose it')
  if (customer && customer.id !== viewer.id) throw edgeError('forbidden', 'input.customer: customers act as themselves')
  return { ...personOf(viewer), ...(customer?.firstName != null && { firstName: customer.firstName }) }
}
