import type { DomainEvent, Execution, TicketCommandInput, TicketEvent, TicketState } from '@guichet/domain'
import { accept, isShownToCustomers, refusal, ticketAggregate } from '@guichet/domain'
import { ticketModels, ticketRow } from '@guichet/projections'
import type { Principal } from '../../auth/principal.ts'
import { isCustomer, personOf } from '../../auth/principal.ts'
import { accessTo, operationOf } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import { nameOfAssignee } from '../agent/agent.ts'
import type { SchemaParts } from '../builder.ts'
import { ticketIdSchema } from '../builder.ts'
import type { CommandInput, CommandResult } from '../command.ts'
import { commandFields, toCommandResult, derivedId, refused, send, senderOf, sendToTicket } from '../command.ts'
import { viewerOf } from '../context.ts'
import { languageOfCustomer } from '../customer-language.ts'
import type { AddPayload } from '../mutation.ts'
import { addCommandMutations, addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import type { TicketView } from './ticket.ts'
import { addTicketType, hasPlan, viewOf } from './ticket.ts'
import { addInputs } from '../inputs.ts'

/** Adds one mutation for every command of a ticket. */
export function addTicketMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const payload = use(addTicketPayload)
  inputs.pairs('PlaceholderValue', ticketAggregate.schemas.agentReply.shape.values.unwrap(), 'label', 'value')
  const { open: _open, mergeInto: _mergeInto, split: _split, ...operations } = operationOf.ticket
  addCommandMutations(builder, inputs, {
    category: 'ticket',
    definitions: ticketAggregate,
    payload,
    operations,
    resolve: async (command, { id: ticketId, operation, ...rest }, context) => {
      const input = { ...rest, ticketId }
      if (command.type === 'link' && !(await context.services.ownership.exists(command.to))) {
        return refused(refusal('ticket_not_found', { field: 'to' }))
      }
      const named =
        command.type === 'assign' ? await nameOfAssignee(command.assignee.id, input, context) : accept(undefined)
      if (!named.ok) return refused(named.refusal)
      refuseHiding(command, context)
      const reasonOwed = accessTo(operation, viewerOf(context)) === 'explained' && ({ reasonOwed: true } as const)
      const profile = named.value && { assigneeProfile: named.value }
      return sendToTicket(context, input, { ...command, ...profile, ...reasonOwed })
    },
  })
  addMutation(builder, inputs, 'mergeTickets', {
    description:
      'Merges a ticket into another one of the same customer, or of customers who were merged. The other one shows its messages and files, and takes over its open question, its watchers and its links. Returns the ticket that ended.',
    payload,
    schema: ticketAggregate.schemas.mergeInto,
    fields: (t) => ({
      source: t.id({ required: true, description: 'The ticket that is merged and ends.' }),
      ...commandFields(t, 'the ticket that ends'),
    }),
    resolve: ({ target }, input, context) => merge(context, { ...input, target }),
  })
  addMutation(builder, inputs, 'splitTicket', {
    description: 'Splits a message off into a new ticket. Returns the new ticket.',
    payload,
    schema: ticketAggregate.schemas.split.omit({ into: true }),
    fields: (t) => ({
      source: t.id({ required: true, description: 'The ticket that holds the message.' }),
      ...commandFields(t, 'the ticket that holds the message'),
    }),
    resolve: async ({ messageId, subject }, { source, ...input }, context) => {
      const outcome = await context.services.desk.splitTicket({ source, messageId, subject }, senderOf(context, input))
      return toCommandResult(outcome, context)
    },
  })
}

/** Returns what adds the payload of a mutation of a ticket. */
const addTicketPayload = ({ use }: SchemaParts): AddPayload =>
  use(addResultTypes).entityPayload('ticket', use(addTicketType), {
    models: ticketModels,
    reached:
      'Waits until lists and conversations show the change to everybody; false if that takes too long. Your own queries always wait for your own changes.',
    description: 'The ticket after the command.',
    read: (id, context, executed) => (executed ? writtenTicket(id, executed, context) : null),
  })

/**
 * Returns the ticket after a command, without reading it if the result of the command contains all that is shown. A repeat, and a
 * command without an event for customers, returns the current ticket.
 */
async function writtenTicket(
  ticketId: string,
  executed: Execution<DomainEvent>,
  { loaders, shows }: ApiContext,
): Promise<TicketView | null | undefined> {
  const { version, events, state } = executed as Execution<TicketEvent, TicketState>
  const lastEvent = events.findLast((event) => isShownToCustomers({ event }))
  if (lastEvent && state && state.status !== 'absent') {
    return { ...ticketRow(ticketId, version, state, lastEvent.at), written: true }
  }
  return (await shows(ticketModels))
    ? loaders.ticket.load(ticketId)
    : viewOf(ticketId, await loaders.history.load(ticketId))
}

/** Attachments of customers are always public. */
function refuseHiding(command: TicketCommandInput, context: ApiContext): void {
  if (command.type === 'attach' && command.visibility === 'internal' && isCustomer(viewerOf(context))) {
    throw edgeError('forbidden', 'input.visibility: what customers attach is public')
  }
}

type MergeInput = CommandInput & { readonly source: string; readonly target: string }

async function merge(context: ApiContext, input: MergeInput): Promise<CommandResult> {
  const { desk, ownership } = context.services
  const viewer = viewerOf(context)
  for (const field of ['source', 'target'] as const) {
    if (!ticketIdSchema.safeParse(input[field]).success) return refused(refusal('ticket_not_found', { field }))
  }
  for (const id of [input.source, input.target]) {
    if (!(await ownership.maySee(viewer, id))) return refused(refusal('ticket_not_found'))
  }
  return toCommandResult(await desk.mergeTickets(input.source, input.target, senderOf(context, input)), context)
}

/** Adds `openTicket`: customers open tickets for themselves, the desk and services for a customer. */
export function addOpenTicket({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  addMutation(builder, inputs, 'openTicket', {
    description: ticketAggregate.descriptions.open,
    payload: use(addTicketPayload),
    schema: ticketAggregate.schemas.open.partial({ customer: true }),
    fields: (t) => ({
      ...commandFields(t, 'the ticket, 0 before it is opened,'),
      ticketId: t.id({
        description:
          'The id of the new ticket, derived from the command id unless given. Only for the desk and services.',
      }),
    }),
    added: {
      customer: 'Customers open tickets only for themselves.',
      plan: 'Only for the desk and services: the token of a customer contains their plan.',
      tags: 'Only for the desk and services.',
    },
    resolve: async ({ plan: requested, ...data }, { ticketId, ...input }, context) => {
      const viewer = viewerOf(context)
      const isOwn = isCustomer(viewer)
      const customer = isOwn ? itself(viewer, { ...data, plan: requested, ticketId }) : data.customer
      if (!customer) return refused(refusal('invalid_command', { message: 'customer: is missing', field: 'customer' }))
      const plan = isOwn ? await planOf(viewer, context) : requested
      const accepted = isOwn ? context.acceptLanguage : undefined
      const language = data.language ?? (await languageOfCustomer(customer.id, context, accepted))
      const details = { ...(plan && { plan }), ...(language && { language }) }
      const id = ticketId ?? derivedId(viewer, input.commandId)
      return send(context, 'ticket', id, { ...data, customer, ...details }, input)
    },
  })
}

/** The plan that the token of a customer contains. One that the desk does not have is reported. */
export async function planOf({ plan }: Principal, { services }: ApiContext): Promise<string | undefined> {
  const { desk, planUnknown } = services
  if (plan !== undefined && !hasPlan((await desk.terms()).policy, plan)) planUnknown(plan)
  return plan
}

type Chosen = {
  readonly ticketId?: string | null | undefined
  readonly customer?: { readonly id: string; readonly firstName?: string | null | undefined } | null | undefined
  readonly tags?: readonly string[] | null | undefined
  readonly plan?: string | null | undefined
}

/** Checks that customers act only as themselves, and choose no ids, tags or plan. */
function itself(viewer: Principal, { ticketId, customer, tags, plan }: Chosen) {
  if (ticketId != null) throw edgeError('forbidden', 'input.ticketId: customers do not choose it')
  if (tags?.length) throw edgeError('forbidden', 'input.tags: customers do not choose them')
  if (plan != null) throw edgeError('forbidden', 'input.plan: customers do not choose it')
  if (customer && customer.id !== viewer.id) throw edgeError('forbidden', 'input.customer: customers act as themselves')
  return { ...personOf(viewer), ...(customer?.firstName != null && { firstName: customer.firstName }) }
}
