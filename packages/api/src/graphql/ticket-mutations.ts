import type { InputFieldMap } from '@pothos/core'
import { accept, limits, refusal } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { personOf } from '../auth/principal.ts'
import type { SentToTickets } from '../auth/rights.ts'
import { accessTo, operationOf } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import { nameOfAssignee } from './agent.ts'
import type { ApiBuilder } from './builder.ts'
import { ownIdOf, splitIds, ticketIdSchema } from './builder.ts'
import type { CommandInput, CommandResult, InputBuilder } from './command.ts'
import {
  commandData,
  commandFields,
  toCommandResult,
  derivedId,
  withoutNullFields,
  inputOf,
  messageIdField,
  refused,
  send,
  senderOf,
  sendToTicket,
} from './command.ts'
import { viewerOf } from './context.ts'
import type { ResultTypes } from './result-types.ts'
import type { ApiContext } from './services.ts'
import { hasPlan } from './ticket.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** Adds one mutation for every command of a ticket. */
export function addTicketMutations(
  builder: ApiBuilder,
  words: Vocabulary,
  people: People,
  { ticketPayload }: ResultTypes,
): void {
  for (const [type, { description, fields }] of Object.entries(ticketCommands(builder, words, people))) {
    const operation = operationOf[type as PlainCommand]
    const input = inputOf(builder, operation, (t) => ({
      ticketId: t.id({ required: true }),
      ...commandFields(t, 'the ticket'),
      ...fields(t),
    }))
    builder.mutationField(operation, (t) =>
      t.field({
        type: ticketPayload(operation),
        description,
        args: { input: t.arg({ type: input, required: true }) },
        resolve: async (_, args, context) => {
          const given = withOwnIds(args.input)
          if (type === 'link' && !(await linksToTicket(context, given))) {
            return refused(refusal('ticket_not_found', { field: 'to' }))
          }
          const named = type === 'assign' ? await nameOfAssignee(given, context) : accept(undefined)
          if (!named.ok) return refused(named.refusal)
          refuseHiding(given, context)
          const reasonOwed = accessTo(operation, viewerOf(context)) === 'explained' && { reasonOwed: true }
          const profile = named.value && { assigneeProfile: named.value }
          return sendToTicket(context, given, { type, ...commandData(given), ...profile, ...reasonOwed })
        },
      }),
    )
  }

  const mergeInput = inputOf(builder, 'mergeTickets', (t) => ({
    source: t.id({ required: true, description: 'The ticket that is merged and ends.' }),
    target: t.id({ required: true, description: 'The ticket that it is merged into.' }),
    ...commandFields(t, 'the ticket that ends'),
  }))
  builder.mutationField('mergeTickets', (t) =>
    t.field({
      type: ticketPayload('mergeTickets'),
      description: 'Merges a ticket into another one of the same customer. Returns the ticket that ended.',
      args: { input: t.arg({ type: mergeInput, required: true }) },
      resolve: (_, { input }, context) => merge(context, input),
    }),
  )

  const splitInput = inputOf(builder, 'splitTicket', (t) => ({
    source: t.id({ required: true, description: 'The ticket that holds the message.' }),
    messageId: t.id({
      required: true,
      description: 'A message of its customer, by the id that the conversation shows.',
    }),
    subject: t.string({ required: true, description: 'The subject of the new ticket.' }),
    ...commandFields(t, 'the ticket that holds the message'),
  }))
  builder.mutationField('splitTicket', (t) =>
    t.field({
      type: ticketPayload('splitTicket'),
      description: 'Splits a message off into a new ticket. Returns the new ticket.',
      args: { input: t.arg({ type: splitInput, required: true }) },
      resolve: async (_, { input }, context) => {
        const { source, messageId, subject } = { ...input, messageId: messageIdOf(input.messageId) }
        const outcome = await context.services.desk.splitTicket(
          { source, messageId, subject },
          senderOf(context, input),
        )
        return toCommandResult(outcome, context)
      },
    }),
  )
}

type TicketInput = CommandInput & { readonly ticketId: string } & Readonly<Record<string, unknown>>

/** Accepts the global ids of an assignee and a message in place of their own. */
function withOwnIds(input: TicketInput): TicketInput {
  const { assignee, messageId } = input as { readonly assignee?: { readonly id: string }; readonly messageId?: string }
  return {
    ...input,
    ...(assignee && { assignee: { ...assignee, id: ownIdOf('Agent', assignee.id) } }),
    ...(messageId != null && { messageId: messageIdOf(messageId) }),
  }
}

const messageIdOf = (given: string): string => splitIds(ownIdOf('Message', given)).at(-1) ?? given

/** Checks that the other ticket of a link exists. Only the desk links tickets, so the answer reveals nothing to customers. */
const linksToTicket = ({ services }: ApiContext, { to }: TicketInput): Promise<boolean> | boolean =>
  services.ownership.exists(String(to))

/** Attachments of customers are always public. */
function refuseHiding({ visibility }: TicketInput, context: ApiContext): void {
  if (visibility === 'internal' && viewerOf(context).role === 'customer') {
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

/** Commands whose input has the same fields as in the domain. */
type PlainCommand = Exclude<SentToTickets, 'open' | 'mergeInto' | 'split'>

type Definition = {
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** The input of every command of a ticket. The fields have the names of the domain, which validates them. */
function ticketCommands(
  builder: ApiBuilder,
  words: Vocabulary,
  { personInput }: People,
): Readonly<Record<PlainCommand, Definition>> {
  const placeholder = builder.inputType('PlaceholderValue', {
    fields: (t) => ({
      label: t.string({ required: true, description: 'The label of the placeholder, without square brackets.' }),
      value: t.string({ required: true }),
    }),
  })
  const none = () => ({})
  const reason = (t: InputBuilder) => ({ reason: t.string() })
  const explained = (t: InputBuilder) => ({
    reason: t.string({ description: 'Required from agents if the ticket is assigned to somebody else.' }),
  })
  const note = (t: InputBuilder) => ({ note: t.string() })
  const message = (t: InputBuilder) => ({ messageId: messageIdField(t), body: t.string({ required: true }) })
  const tag = (t: InputBuilder) => ({ tag: t.string({ required: true }) })
  const link = (t: InputBuilder) => ({ to: t.id({ required: true }), relation: t.field({ type: words.relation }) })

  return {
    start: { description: 'Starts work on a ticket.', fields: none },
    agentReply: {
      description: 'Replies to the customer with a body or a template, and sets the status of the ticket.',
      fields: (t) => ({
        messageId: messageIdField(t),
        body: t.string(),
        template: t.string({ description: 'The name of a reply template, in the ticket’s language.' }),
        values: t.field({ type: [placeholder], description: 'Values for the placeholders of the template.' }),
        verbatim: t.boolean({
          description:
            'Whether the body was written elsewhere, such as in an e-mail: then brackets in it are not placeholders.',
        }),
        then: t.field({
          type: words.nextStatus,
          description:
            'The status after the reply: in_progress unless given, or resolved if the ticket was resolved before.',
        }),
      }),
    },
    customerReply: {
      description: 'Replies as the customer. A resolved or closed ticket is reopened.',
      fields: message,
    },
    addNote: { description: 'Adds an internal note.', fields: message },
    waitForCustomer: {
      description: 'Waits for the customer, and schedules the reminders and the closing of the ticket.',
      fields: none,
    },
    resolve: { description: 'Resolves a ticket.', fields: (t) => ({ summary: t.string() }) },
    confirm: { description: 'Confirms the solution as the customer, which closes the ticket.', fields: none },
    close: {
      description: 'Closes a ticket.',
      fields: (t) => ({
        reason: t.field({ type: words.manualCloseReason, description: 'The reason; other unless given.' }),
        ...note(t),
      }),
    },
    reopen: { description: 'Reopens a resolved or closed ticket.', fields: note },
    markSpam: { description: 'Closes a ticket as spam, without a message to its sender.', fields: none },
    changePriority: {
      description: 'Changes the priority.',
      fields: (t) => ({
        priority: t.field({ type: words.priority, required: true }),
        reason: t.string({ description: 'Required from agents who lower the priority.' }),
      }),
    },
    assign: {
      description:
        'Assigns a ticket to somebody at the desk. The name and address come from the agent’s profile unless given.',
      fields: (t) => ({ assignee: t.field({ type: personInput, required: true }), ...explained(t) }),
    },
    unassign: { description: 'Removes the assignee of a ticket.', fields: explained },
    tag: { description: 'Adds a tag.', fields: tag },
    untag: { description: 'Removes a tag.', fields: tag },
    rename: { description: 'Changes the subject.', fields: (t) => ({ subject: t.string({ required: true }) }) },
    categorize: {
      description: 'Changes the category.',
      fields: (t) => ({ category: t.string({ required: true }), ...explained(t) }),
    },
    attach: {
      description: 'Attaches a file to a ticket or to one of its messages. Only its description is stored.',
      fields: (t) => ({
        attachmentId: t.id({ required: true }),
        messageId: t.id({
          description:
            'The message that the file belongs to, by the id chosen for it or the id that the conversation shows.',
        }),
        name: t.string({ required: true }),
        mediaType: t.string({ required: true }),
        bytes: t.int({ required: true, description: `The size in bytes: at most ${limits.attachmentBytes} (25 MiB).` }),
        visibility: t.field({ type: words.visibility, description: 'Who can see it; public unless given.' }),
      }),
    },
    addWatcher: {
      description: 'Adds a watcher, who follows a ticket.',
      fields: (t) => ({ watcher: t.field({ type: personInput, required: true }) }),
    },
    removeWatcher: {
      description: 'Removes a watcher.',
      fields: (t) => ({ watcherId: t.id({ required: true }) }),
    },
    link: { description: 'Links a ticket to another one.', fields: link },
    unlink: { description: 'Removes a link.', fields: link },
    escalate: {
      description: 'Escalates a ticket to another team, to a higher support level, or both.',
      fields: (t) => ({
        team: t.string({
          description: 'One of the desk’s teams. Unless given, it is the team of the level, or else of the category.',
        }),
        level: t.int({
          description: 'The support level, 2 or 3. The ticket leaves its agent and is routed to an expert.',
        }),
        reason: t.string({ required: true }),
      }),
    },
    deescalate: {
      description: 'Hands a ticket down to a lower support level.',
      fields: (t) => ({
        level: t.int({ required: true, description: 'The support level, 1 or 2.' }),
        reason: t.string({ required: true }),
      }),
    },
    handOverToProduct: {
      description: 'Replies with the template `feature_request`, resolves the ticket and records the customer’s wish.',
      fields: (t) => ({
        messageId: messageIdField(t),
        values: t.field({
          type: [placeholder],
          description: 'Values for the placeholders of the desk’s template `feature_request`.',
        }),
        team: t.string({
          description: 'The team that gets the wish: product unless given, or one of the desk’s teams.',
        }),
      }),
    },
    changePlan: {
      description:
        'Changes the customer’s plan, which selects the SLA policy; null for none. Only for supervisors and services.',
      fields: (t) => ({ plan: t.string(), ...reason(t) }),
    },
    pauseClocks: {
      description:
        'Pauses the clocks of the ticket’s SLA targets until they are resumed, or the ticket is resolved or closed.',
      fields: (t) => ({ reason: t.string({ required: true }) }),
    },
    resumeClocks: { description: 'Resumes the clocks of the ticket’s SLA targets.', fields: reason },
  }
}

/** Adds `openTicket`: customers open tickets for themselves, the desk and services for a customer. */
export function addOpenTicket(
  builder: ApiBuilder,
  words: Vocabulary,
  { personInput }: People,
  { ticketPayload }: ResultTypes,
): void {
  const input = inputOf(builder, 'openTicket', (t) => ({
    ...commandFields(t, 'the ticket, 0 before it is opened,'),
    ticketId: t.id({
      description:
        'The id of the new ticket, derived from the command id unless given. Only for the desk and services.',
    }),
    subject: t.string({ required: true }),
    body: t.string({ required: true }),
    messageId: messageIdField(t),
    customer: t.field({ type: personInput, description: 'The customer. Customers open tickets only for themselves.' }),
    channel: t.field({ type: words.channel, description: 'The channel; web unless given.' }),
    priority: t.field({
      type: words.priority,
      description: 'The priority. Unless given, it is that of the category, or else normal.',
    }),
    language: t.string({ description: 'A language tag such as fr; the default language of the desk unless given.' }),
    category: t.string({ description: 'The path of one of `categories`, such as technical_support/login_issues.' }),
    plan: t.string({
      description:
        'The customer’s plan, which selects the SLA policy. Only for the desk and services: the token of a customer contains their plan.',
    }),
    tags: t.stringList({ description: 'Tags. Only for the desk and services.' }),
  }))

  builder.mutationField('openTicket', (t) =>
    t.field({
      type: ticketPayload('openTicket'),
      description: 'Opens a ticket. A repeat with the same command id does not open a second one.',
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
        const command = {
          type: 'open',
          ...data,
          customer: customer && withoutNullFields(customer),
          ...(plan && { plan }),
        }
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

/** Checks that customers act only as themselves, and choose no ids, tags or plan. */
function itself(viewer: Principal, { ticketId, customer, tags, plan }: Chosen) {
  if (ticketId != null) throw edgeError('forbidden', 'input.ticketId: customers do not choose it')
  if (tags?.length) throw edgeError('forbidden', 'input.tags: customers do not choose them')
  if (plan != null) throw edgeError('forbidden', 'input.plan: customers do not choose it')
  if (customer && customer.id !== viewer.id) throw edgeError('forbidden', 'input.customer: customers act as themselves')
  return { ...personOf(viewer), ...(customer?.firstName != null && { firstName: customer.firstName }) }
}
