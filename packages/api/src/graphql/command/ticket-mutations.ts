import { accept, refusal } from '@guichet/domain'
import { accessTo } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import { nameOfAssignee } from '../agent/known-agents.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import { viewerOf } from '../schema/context.ts'
import type { ApiContext } from '../schema/context.ts'
import { ownIdOf, splitIds } from '../schema/global-id.ts'
import type { People } from '../schema/people.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { ticketIdSchema } from '../ticket/ticket-id.ts'
import { operationOf } from '../ticket/viewer-can.ts'
import type { CommandInput } from './command-input.ts'
import { commandFields, inputOf } from './command-input.ts'
import type { CommandResult } from './outcome.ts'
import { concluded, refused } from './outcome.ts'
import type { ResultTypes } from './result-types.ts'
import { commandData, senderOf, sendToTicket } from './send.ts'
import type { PlainCommand } from './ticket-commands.ts'
import { ticketCommands } from './ticket-commands.ts'

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
        return concluded(outcome, context)
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
  return concluded(await desk.mergeTickets(input.source, input.target, senderOf(context, input)), context)
}
