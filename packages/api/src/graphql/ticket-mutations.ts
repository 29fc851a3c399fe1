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

/** One mutation for every command of a ticket. */
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
    source: t.id({ required: true, description: 'The ticket that ends.' }),
    target: t.id({ required: true, description: 'The ticket that it goes on as.' }),
    ...commandFields(t, 'the ticket that ends'),
  }))
  builder.mutationField('mergeTickets', (t) =>
    t.field({
      type: ticketPayload('mergeTickets'),
      description: 'Merges a ticket into another of the same customer; answers with the ticket that ended.',
      args: { input: t.arg({ type: mergeInput, required: true }) },
      resolve: (_, { input }, context) => merge(context, input),
    }),
  )

  const splitInput = inputOf(builder, 'splitTicket', (t) => ({
    source: t.id({ required: true, description: 'The ticket that holds the message.' }),
    messageId: t.id({ required: true, description: 'A message of its customer, as the conversation shows it.' }),
    subject: t.string({ required: true, description: 'The subject of the new ticket.' }),
    ...commandFields(t, 'the ticket that holds the message'),
  }))
  builder.mutationField('splitTicket', (t) =>
    t.field({
      type: ticketPayload('splitTicket'),
      description: 'Lets a message go on as a ticket of its own; answers with that ticket.',
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

/** An assignee and a message may be named by the ids of their nodes. */
function withOwnIds(input: TicketInput): TicketInput {
  const { assignee, messageId } = input as { readonly assignee?: { readonly id: string }; readonly messageId?: string }
  return {
    ...input,
    ...(assignee && { assignee: { ...assignee, id: ownIdOf('Agent', assignee.id) } }),
    ...(messageId != null && { messageId: messageIdOf(messageId) }),
  }
}

const messageIdOf = (given: string): string => splitIds(ownIdOf('Message', given)).at(-1) ?? given

/** A ticket is linked to one that there is; only the desk links tickets, so that the answer tells a customer nothing. */
const linksToTicket = ({ services }: ApiContext, { to }: TicketInput): Promise<boolean> | boolean =>
  services.ownership.exists(String(to))

/** Whatever a customer attaches is public. */
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

/** Commands whose input is the domain's own, field by field. */
type PlainCommand = Exclude<SentToTickets, 'open' | 'mergeInto' | 'split'>

type Definition = {
  readonly description: string
  fields(t: InputBuilder): InputFieldMap
}

/** Every command of a ticket as an input: the fields are named as the domain names them, and checked there. */
function ticketCommands(
  builder: ApiBuilder,
  words: Vocabulary,
  { personInput }: People,
): Readonly<Record<PlainCommand, Definition>> {
  const placeholder = builder.inputType('PlaceholderValue', {
    fields: (t) => ({
      label: t.string({ required: true, description: 'Without the square brackets.' }),
      value: t.string({ required: true }),
    }),
  })
  const none = () => ({})
  const reason = (t: InputBuilder) => ({ reason: t.string() })
  const explained = (t: InputBuilder) => ({
    reason: t.string({ description: 'Agents give one on a ticket that is somebody else’s.' }),
  })
  const note = (t: InputBuilder) => ({ note: t.string() })
  const message = (t: InputBuilder) => ({ messageId: messageIdField(t), body: t.string({ required: true }) })
  const tag = (t: InputBuilder) => ({ tag: t.string({ required: true }) })
  const link = (t: InputBuilder) => ({ to: t.id({ required: true }), relation: t.field({ type: words.relation }) })

  return {
    start: { description: 'Takes a ticket up.', fields: none },
    agentReply: {
      description: 'Replies to the customer, with a body or a template, and says how the ticket goes on.',
      fields: (t) => ({
        messageId: messageIdField(t),
        body: t.string(),
        template: t.string({ description: 'The name of a reply template, in the ticket’s language.' }),
        values: t.field({ type: [placeholder], description: 'Fills the template’s placeholders.' }),
        verbatim: t.boolean({
          description: 'The body was written elsewhere, such as in an e-mail: brackets in it are no placeholders.',
        }),
        then: t.field({
          type: words.nextStatus,
          description: 'What the reply leaves the ticket in: in_progress unless given, or resolved if it has been.',
        }),
      }),
    },
    customerReply: { description: 'Replies as the customer; reopens what had ended.', fields: message },
    addNote: { description: 'Leaves an internal note.', fields: message },
    waitForCustomer: { description: 'Waits for the customer: the chases and the closing are set.', fields: none },
    resolve: { description: 'Says that the problem is solved.', fields: (t) => ({ summary: t.string() }) },
    confirm: { description: 'The customer confirms the solution.', fields: none },
    close: {
      description: 'Ends a ticket.',
      fields: (t) => ({
        reason: t.field({ type: words.manualCloseReason, description: 'other unless given.' }),
        ...note(t),
      }),
    },
    reopen: { description: 'Brings a resolved or closed ticket back.', fields: note },
    markSpam: { description: 'Ends a ticket without a word to its sender.', fields: none },
    changePriority: {
      description: 'Changes how pressing a ticket is.',
      fields: (t) => ({
        priority: t.field({ type: words.priority, required: true }),
        reason: t.string({ description: 'Agents give one for lowering it.' }),
      }),
    },
    assign: {
      description:
        'Gives a ticket to somebody of the desk, named by their profile unless a name or an address is given.',
      fields: (t) => ({ assignee: t.field({ type: personInput, required: true }), ...explained(t) }),
    },
    unassign: { description: 'Takes a ticket away from whoever has it.', fields: explained },
    tag: { description: 'Adds a tag.', fields: tag },
    untag: { description: 'Removes a tag.', fields: tag },
    rename: { description: 'Changes the subject.', fields: (t) => ({ subject: t.string({ required: true }) }) },
    categorize: {
      description: 'Changes the category.',
      fields: (t) => ({ category: t.string({ required: true }), ...explained(t) }),
    },
    attach: {
      description: 'Records a file that belongs to a ticket or to one of its messages.',
      fields: (t) => ({
        attachmentId: t.id({ required: true }),
        messageId: t.id({
          description:
            'The message that the file belongs to, by the id that was chosen for it or the one that the conversation shows.',
        }),
        name: t.string({ required: true }),
        mediaType: t.string({ required: true }),
        bytes: t.int({ required: true, description: `Its size: at most ${limits.attachmentBytes} (25 MiB).` }),
        visibility: t.field({ type: words.visibility, description: 'public unless given.' }),
      }),
    },
    addWatcher: {
      description: 'Lets somebody follow a ticket.',
      fields: (t) => ({ watcher: t.field({ type: personInput, required: true }) }),
    },
    removeWatcher: {
      description: 'Ends somebody’s following.',
      fields: (t) => ({ watcherId: t.id({ required: true }) }),
    },
    link: { description: 'Links a ticket to another one.', fields: link },
    unlink: { description: 'Removes a link.', fields: link },
    escalate: {
      description: 'Hands a ticket to another team, up to a support level, or both.',
      fields: (t) => ({
        team: t.string({
          description: 'One of the desk’s teams; that of the level, else of the category, unless given.',
        }),
        level: t.int({
          description: '2 or 3. A ticket that is handed up leaves its agent and is routed to an expert.',
        }),
        reason: t.string({ required: true }),
      }),
    },
    deescalate: {
      description: 'Hands a ticket back down to a lower support level.',
      fields: (t) => ({
        level: t.int({ required: true, description: '1 or 2.' }),
        reason: t.string({ required: true }),
      }),
    },
    handOverToProduct: {
      description:
        'Thanks the customer for a wish, in the words of the reply template `feature_request`, resolves the ticket and notes the wish.',
      fields: (t) => ({
        messageId: messageIdField(t),
        values: t.field({
          type: [placeholder],
          description: 'Fills what placeholders the desk’s own template `feature_request` has.',
        }),
        team: t.string({ description: 'Who takes the wish on: product unless given, or one of the desk’s teams.' }),
      }),
    },
    changePlan: {
      description:
        'Changes the customer’s plan, by which the SLA policy is chosen; null for none. For supervisors and services.',
      fields: (t) => ({ plan: t.string(), ...reason(t) }),
    },
    pauseClocks: {
      description:
        'Stops the clocks of the ticket’s SLA targets until they are resumed, or the ticket is resolved or closed.',
      fields: (t) => ({ reason: t.string({ required: true }) }),
    },
    resumeClocks: { description: 'Lets the clocks of the ticket’s SLA targets go on.', fields: reason },
  }
}

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

/** A customer acts only as themselves, and chooses neither ids nor tags nor a plan. */
function itself(viewer: Principal, { ticketId, customer, tags, plan }: Chosen) {
  if (ticketId != null) throw edgeError('forbidden', 'input.ticketId: customers do not choose it')
  if (tags?.length) throw edgeError('forbidden', 'input.tags: customers do not choose them')
  if (plan != null) throw edgeError('forbidden', 'input.plan: customers do not choose it')
  if (customer && customer.id !== viewer.id) throw edgeError('forbidden', 'input.customer: customers act as themselves')
  return { ...personOf(viewer), ...(customer?.firstName != null && { firstName: customer.firstName }) }
}
