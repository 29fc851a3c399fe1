import type { ChatCommandInput, Macro, MacroTerms, Outcome, Result, Step, TicketCommandInput } from '@guichet/domain'
import {
  accept,
  cannedReplyAggregate,
  cannedTexts,
  chatCommandsOf,
  macroAggregate,
  refusal,
  ticketCommandsOf,
} from '@guichet/domain'
import { projectionsBehind, ticketModels } from '@guichet/projections'
import type { Operation } from '../auth/rights.ts'
import { accessTo, operationOf } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import type { CannedTypes, Conversation } from './canned.ts'
import { cannedValuesOf, conversationOf } from './canned.ts'
import type { ChatTypes } from './chat.ts'
import { readChat } from './chat.ts'
import type { CommandInput, CommandResult } from './command.ts'
import { commandFields, derivedId, refused, send, senderOf, toCommandResult } from './command.ts'
import { viewerOf } from './context.ts'
import type { InputBuilder, Inputs } from './inputs.ts'
import type { ResultTypes } from './result-types.ts'
import { payloadOf } from './result-types.ts'
import type { ApiContext } from './services.ts'
import { withReach } from './transfer-target.ts'
import type { TicketRef } from './ticket.ts'

const reached = 'Waits until queries show the change to everybody; false if that takes too long.'

/** Adds the mutations that write canned replies and macros. */
export function addCannedMutations(
  builder: ApiBuilder,
  inputs: Inputs,
  { entityPayload }: ResultTypes,
  { reply, macro }: CannedTypes,
): void {
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
  const newId = 'The id of the one that is replaced; of a new one, derived from the command id unless given.'

  const saveReply = inputs.of('saveCannedReply', cannedReplyAggregate.schemas.save, (t) => ({
    cannedReplyId: t.id({ description: newId }),
    ...commandFields(t, 'the canned reply'),
  }))
  const removeReply = inputs.of('removeCannedReply', cannedReplyAggregate.schemas.remove, (t: InputBuilder) => ({
    cannedReplyId: t.id({ required: true, description: 'The canned reply.' }),
    ...commandFields(t, 'the canned reply'),
  }))
  const saveMacro = inputs.of('saveMacro', macroAggregate.schemas.save, (t) => ({
    macroId: t.id({ description: newId }),
    ...commandFields(t, 'the macro'),
  }))
  const removeMacro = inputs.of('removeMacro', macroAggregate.schemas.remove, (t: InputBuilder) => ({
    macroId: t.id({ required: true, description: 'The macro.' }),
    ...commandFields(t, 'the macro'),
  }))
  builder.mutationFields((t) => ({
    saveCannedReply: t.field({
      type: replyPayload('saveCannedReply'),
      description: cannedReplyAggregate.descriptions.save,
      args: { input: t.arg({ type: saveReply.type, required: true }) },
      resolve: (_, { input }, context) => {
        const id = input.cannedReplyId ?? derivedId(viewerOf(context), input.commandId)
        return send(context, 'cannedReply', id, saveReply.read(input), input)
      },
    }),
    removeCannedReply: t.field({
      type: replyPayload('removeCannedReply'),
      description: cannedReplyAggregate.descriptions.remove,
      args: { input: t.arg({ type: removeReply.type, required: true }) },
      resolve: (_, { input }, context) => send(context, 'cannedReply', input.cannedReplyId, { type: 'remove' }, input),
    }),
    saveMacro: t.field({
      type: macroPayload('saveMacro'),
      description: macroAggregate.descriptions.save,
      args: { input: t.arg({ type: saveMacro.type, required: true }) },
      resolve: (_, { input }, context) => {
        const id = input.macroId ?? derivedId(viewerOf(context), input.commandId)
        return send(context, 'macro', id, saveMacro.read(input), input)
      },
    }),
    removeMacro: t.field({
      type: macroPayload('removeMacro'),
      description: macroAggregate.descriptions.remove,
      args: { input: t.arg({ type: removeMacro.type, required: true }) },
      resolve: (_, { input }, context) => send(context, 'macro', input.macroId, { type: 'remove' }, input),
    }),
  }))
}

/** Adds `runMacro`. */
export function addRunMacro(
  builder: ApiBuilder,
  { payload }: ResultTypes,
  ticket: TicketRef,
  { chat }: ChatTypes,
): void {
  type Run = CommandResult & { readonly kind?: Conversation['kind'] }
  const result = builder.objectRef<Run>(payloadOf('runMacro')).implement({
    interfaces: [payload],
    fields: (t) => ({
      readModelsReached: t.boolean({
        description: reached,
        resolve: ({ kind }, _, { shows }) => shows(kind === 'chat' ? projectionsBehind.chats : ticketModels),
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket after the macro.',
        resolve: ({ id, kind }, _, { loaders }) =>
          id === undefined || kind !== 'ticket' ? null : loaders.ticket.load(id),
      }),
      chat: t.field({
        type: chat,
        nullable: true,
        description: 'The chat after the macro.',
        resolve: ({ id, kind }, _, context) => (id === undefined || kind !== 'chat' ? null : readChat(id, context)),
      }),
    }),
  })
  const input = builder.inputType('RunMacroInput', {
    description: 'A macro, and the ticket or chat that it is run on.',
    fields: (t) => ({
      macroId: t.id({ required: true, description: 'The macro.' }),
      chatId: t.id({ description: 'The chat; give this or a ticket.' }),
      ticketId: t.id({ description: 'The ticket; give this or a chat.' }),
      ...commandFields(t, 'the ticket or chat'),
    }),
  })
  builder.mutationField('runMacro', (t) =>
    t.field({
      type: result,
      description:
        'Carries out the steps of a macro as you, with your rights: all of them in one append, or none if one is refused. A chat that is converted gets its ticket in the background.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_, args, context): Promise<Run> => {
        const conversation = await conversationOf(args.input, context)
        if (!conversation) return refused(refusal(args.input.chatId == null ? 'ticket_not_found' : 'chat_not_found'))
        const { state: macro } = await context.services.desk.read('macro', args.input.macroId)
        if (macro.status === 'absent') return refused(refusal('macro_not_found', { field: 'macroId' }))
        if (macro.target !== conversation.kind) {
          const message = `the macro is for a ${macro.target}`
          return refused(refusal('macro_step_invalid', { message, field: 'macroId' }))
        }
        const done = await run(macro, conversation, args.input, context)
        return { ...done, kind: conversation.kind }
      },
    }),
  )
}

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
