import { z } from 'zod'
import type { ChatCommandInput, Macro, MacroTerms, Outcome, Result, Step, TicketCommandInput } from '@guichet/domain'
import {
  accept,
  cannedReplyAggregate,
  cannedTexts,
  chatCommandsOf,
  id,
  macroAggregate,
  parseStream,
  refusal,
  ticketCommandsOf,
} from '@guichet/domain'
import { projectionsBehind, ticketModels } from '@guichet/projections'
import type { Operation } from '../../auth/rights.ts'
import { accessTo, operationOf } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { Conversation } from './canned.ts'
import { addCannedTypes, cannedValuesOf, conversationOf } from './canned.ts'
import { addChatType, readChat } from '../chat/chat.ts'
import type { CommandInput, CommandResult } from '../command.ts'
import { commandFields, derivedId, refused, senderOf, toCommandResult } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addCommandMutations, addMutation } from '../mutation.ts'
import type { ApiContext } from '../services.ts'
import { withReach } from '../chat/transfer-target.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'
import { addTicketType } from '../ticket/ticket.ts'

const reached = 'Waits until queries show the change to everybody; false if that takes too long.'

/** Adds the mutations that write canned replies and macros. */
export function addCannedMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { entityPayload } = use(addResultTypes)
  const { reply, macro } = use(addCannedTypes)
  inputs.pairs('CannedTextInput', cannedTexts, 'language', 'text')
  inputs.object('MacroStepInput', macroAggregate.schemas.save.shape.steps.element)
  const replyPayload = entityPayload('cannedReply', reply, {
    models: projectionsBehind.canned,
    reached,
    description: 'The canned reply after the command; null once it is removed.',
    read: async (id, { read }) => (await (await read('canned')).repliesByIds([id]))[0],
  })
  const macroPayload = entityPayload('macro', macro, {
    models: projectionsBehind.canned,
    reached,
    description: 'The macro after the command; null once it is removed.',
    read: async (id, { read }) => (await (await read('canned')).macrosByIds([id]))[0],
  })
  const replaced = 'The id of the one that is replaced; of a new one, derived from the command id unless given.'
  const beginnings = { save: { id: replaced } }
  addCommandMutations(builder, inputs, {
    category: 'cannedReply',
    noun: 'the canned reply',
    definitions: cannedReplyAggregate,
    payload: replyPayload,
    operations: operationOf.cannedReply,
    id: 'The canned reply.',
    begun: beginnings,
  })
  addCommandMutations(builder, inputs, {
    category: 'macro',
    definitions: macroAggregate,
    payload: macroPayload,
    operations: operationOf.macro,
    id: 'The macro.',
    begun: beginnings,
  })
}

const runSchema = z
  .strictObject({
    macroId: id.describe('The macro.'),
    chatId: id.optional().describe('The chat; give this or a ticket.'),
    ticketId: id.optional().describe('The ticket; give this or a chat.'),
  })
  .describe('A macro, and the ticket or chat that it is run on.')

/** Adds `runMacro`. */
export function addRunMacro({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const { payloadWith } = use(addResultTypes)
  const ticket = use(addTicketType)
  const chat = use(addChatType)
  addMutation(builder, inputs, 'runMacro', {
    description:
      'Carries out the steps of a macro as you, with your rights: all of them in one append, or none if one is refused. A chat that is converted gets its ticket in the background.',
    payload: payloadWith({
      reached,
      models: (result) => (runOn(result) === 'chat' ? projectionsBehind.chats : ticketModels),
      fields: (t) => ({
        ticket: t.field({
          type: ticket,
          nullable: true,
          description: 'The ticket after the macro.',
          resolve: (result, _, { loaders }) =>
            result.id === undefined || runOn(result) !== 'ticket' ? null : loaders.ticket.load(result.id),
        }),
        chat: t.field({
          type: chat,
          nullable: true,
          description: 'The chat after the macro.',
          resolve: (result, _, context) =>
            result.id === undefined || runOn(result) !== 'chat' ? null : readChat(result.id, context),
        }),
      }),
    }),
    schema: runSchema,
    fields: (t) => commandFields(t, 'the ticket or chat'),
    resolve: async ({ macroId, ...of }, input, context) => {
      const conversation = await conversationOf(of, context)
      if (!conversation) return refused(refusal(of.chatId === undefined ? 'ticket_not_found' : 'chat_not_found'))
      const { state: macro } = await context.services.desk.read('macro', macroId)
      if (macro.status === 'absent') return refused(refusal('macro_not_found', { field: 'macroId' }))
      if (macro.target !== conversation.kind) {
        const message = `the macro is for a ${macro.target}`
        return refused(refusal('macro_step_invalid', { message, field: 'macroId' }))
      }
      return run(macro, conversation, input, context)
    },
  })
}

/** Whether a macro was run on a ticket or a chat; undefined if it was refused. */
const runOn = ({ executed }: CommandResult): string | undefined => executed && parseStream(executed.stream).category

async function run(
  macro: Macro,
  conversation: Conversation,
  input: CommandInput,
  context: ApiContext,
): Promise<CommandResult> {
  const { desk } = context.services
  const terms = await termsOf(macro, conversation, input, context)
  const sender = senderOf(context, input)
  const { kind, id } = conversation
  const together = async <C extends { readonly type: string }>(
    commands: Result<readonly C[]>,
    send: (steps: readonly Step<C>[]) => Promise<Outcome>,
  ): Promise<CommandResult> => {
    if (!commands.ok) return refused(commands.refusal)
    const steps = commands.value.map((command) => ({ command: withRights(command, kind, context) }))
    return toCommandResult(await send(steps), context, kind)
  }
  if (kind === 'ticket')
    return together<TicketCommandInput>(ticketCommandsOf(macro, terms), (steps) =>
      desk.executeTogether('ticket', id, steps, sender),
    )
  const commands = chatCommandsOf(macro, terms)
  const reaching = commands.ok
    ? accept(
        await Promise.all(
          commands.value.map(async (each) => (each.type === 'transfer' ? withReach(id, each, context) : each)),
        ),
      )
    : commands
  return together<ChatCommandInput>(reaching, (steps) => desk.executeTogether('chat', id, steps, sender))
}

/** What the commands of a macro depend on: canned replies are read once, at the time of the run. */
async function termsOf(
  { steps }: Macro,
  conversation: Conversation,
  { commandId }: CommandInput,
  context: ApiContext,
): Promise<MacroTerms> {
  const { desk } = context.services
  const ids = [...new Set(steps.flatMap(({ cannedReplyId }) => cannedReplyId ?? []))]
  const replies = new Map(
    await Promise.all(
      ids.map(async (id) => {
        const { state } = await desk.read('cannedReply', id)
        return [id, state.status === 'absent' ? undefined : state.texts] as const
      }),
    ),
  )
  const written = [
    ...replies.values(),
    ...steps.flatMap(({ texts, body = '', subject = '' }) => [texts, { body, subject }]),
  ]
  const texts = written.flatMap((each) => Object.values(each ?? {}))
  return {
    language: conversation.language,
    defaultLanguage: (await desk.terms()).policy.defaultLanguage,
    values: await cannedValuesOf(conversation, texts, context),
    textsOf: (id) => replies.get(id),
    messageIdOf: (step) => derivedId(viewerOf(context), `${commandId}/${step}`),
  }
}

/** A command as the viewer may send it; throws `forbidden` if they may not. */
function withRights<C extends { readonly type: string }>(
  command: C,
  kind: Conversation['kind'],
  context: ApiContext,
): C {
  const operations: Readonly<Partial<Record<string, Operation>>> = operationOf[kind]
  const operation = operations[command.type]
  const access = operation ? accessTo(operation, viewerOf(context)) : 'none'
  if (access === 'none') throw edgeError('forbidden', `a step of the macro is ${command.type}, which you may not send`)
  return access === 'explained' ? { ...command, reasonOwed: true } : command
}
