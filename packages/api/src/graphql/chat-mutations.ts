import type { ChatAgent, ChatEvent, ChatState, Outcome } from '@guichet/domain'
import {
  chatActionSchema,
  chatAgentSchema,
  chatCardSchema,
  chatCommandDescriptions,
  chatCommandSchemas,
  refusal,
} from '@guichet/domain'
import { chatModels } from '@guichet/projections'
import { isCustomer, personOf } from '../auth/principal.ts'
import type { SentToChats } from '../auth/rights.ts'
import { chatOperationOf } from '../auth/rights.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import type { ChatTypes, ChatView } from './chat.ts'
import { chatView, readChat } from './chat.ts'
import type { CommandResult } from './command.ts'
import { commandFields, derivedId, refused, send, senderOf, toCommandResult } from './command.ts'
import { viewerOf } from './context.ts'
import type { Inputs } from './inputs.ts'
import type { ResultTypes } from './result-types.ts'
import { payloadOf } from './result-types.ts'
import type { ApiContext } from './services.ts'

/** Adds `chat`, and one mutation for every command of a chat that people send. */
export function addChatMutations(
  builder: ApiBuilder,
  inputs: Inputs,
  { payload }: ResultTypes,
  { chat }: ChatTypes,
): void {
  const chatPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description: 'Waits until lists of chats show the change to everybody; false if that takes too long.',
          resolve: (_, __, { shows }) => shows(chatModels),
        }),
        chat: t.field({
          type: chat,
          nullable: true,
          description: 'The chat after the command.',
          resolve: ({ id, executed }, _, context) => writtenChat(id, executed, context),
        }),
      }),
    })

  builder.queryField('chat', (t) =>
    t.field({
      type: chat,
      nullable: true,
      description: 'A chat by its id; null if there is none that you may see.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, context) => readChat(id, context),
    }),
  )

  inputs.object('ChatAgentInput', chatAgentSchema)
  inputs.object('ChatActionInput', chatActionSchema)
  inputs.object('ChatCardInput', chatCardSchema)
  inputs.pairs('ChatFact', chatCommandSchemas.start.shape.context.unwrap(), 'name', 'value')

  const start = inputs.of(
    'startChat',
    chatCommandSchemas.start.partial({ customer: true }),
    (t) => ({
      ...commandFields(t, 'the chat, 0 before it is started,'),
      chatId: t.id({
        description: 'The id of the new chat, derived from the command id unless given. Not for customers.',
      }),
    }),
    {
      customer: 'Customers start chats only for themselves.',
      plan: 'Not for customers.',
      priority: 'Not for customers.',
    },
  )
  builder.mutationField('startChat', (t) =>
    t.field({
      type: chatPayload('startChat'),
      description: `${chatCommandDescriptions.start} A second start returns the chat that the customer has.`,
      args: { input: t.arg({ type: start.type, required: true }) },
      resolve: async (_, { input }, context) => {
        const viewer = viewerOf(context)
        const { type: _type, ...data } = start.read(input)
        const isOwn = isCustomer(viewer)
        if (isOwn) {
          for (const field of ['chatId', 'plan', 'priority'] as const) {
            if (input[field] != null) throw edgeError('forbidden', `input.${field}: customers do not choose it`)
          }
          if (data.customer && data.customer.id !== viewer.id)
            throw edgeError('forbidden', 'input.customer: customers act as themselves')
        }
        const customer = isOwn ? personOf(viewer) : data.customer
        if (!customer)
          return refused(refusal('invalid_command', { message: 'customer: is missing', field: 'customer' }))
        const plan = isOwn ? viewer.plan : data.plan
        const id = input.chatId ?? derivedId(viewer, input.commandId)
        const begun = { ...data, customer, ...(plan !== undefined && { plan }) }
        return chatResult(await context.services.desk.startChat(id, begun, senderOf(context, input)), context)
      },
    }),
  )

  for (const type of Object.keys(chatOperationOf).filter(isOfExistingChat)) {
    const operation = chatOperationOf[type]
    const input = inputs.of(operation, chatCommandSchemas[type], (t) => ({
      chatId: t.id({ required: true }),
      ...commandFields(t, 'the chat'),
    }))
    builder.mutationField(operation, (t) =>
      t.field({
        type: chatPayload(operation),
        description: chatCommandDescriptions[type],
        args: { input: t.arg({ type: input.type, required: true }) },
        resolve: async (_, args, context) => {
          const { chatId } = args.input
          if (!(await readChat(chatId, context))) return refused(refusal('chat_not_found'))
          const command = await withAgentName(input.read(args.input), context)
          if (command === undefined) return refused(refusal('agent_not_found'))
          const { desk } = context.services
          const sender = () => senderOf(context, args.input)
          switch (command.type) {
            case 'accept':
              return chatResult(await desk.acceptChat(chatId, sender()), context)
            case 'reopen':
              return chatResult(await desk.reopenChat(chatId, sender()), context)
            case 'convert':
              return chatResult(await desk.convertChat(chatId, command.subject, sender()), context)
            default:
              return send(context, 'chat', chatId, command, args.input)
          }
        },
      }),
    )
  }
}

const isOfExistingChat = (type: string): type is Exclude<SentToChats, 'start'> => type !== 'start'

const chatResult = (outcome: Outcome<ChatEvent, ChatState>, context: ApiContext): CommandResult =>
  toCommandResult(outcome, context, 'chat')

/** The chat as a command left it, without another read if the outcome has its state. */
function writtenChat(
  id: string | undefined,
  executed: CommandResult['executed'],
  context: ApiContext,
): Promise<ChatView | undefined> | ChatView | undefined {
  if (id === undefined || !executed) return undefined
  const state = executed.state as ChatState | undefined
  return state && state.status !== 'absent' ? chatView(id, executed.version, state) : readChat(id, context)
}

/** A command with the name of the agent that it is about, from their profile; undefined when there is no such agent. */
async function withAgentName<C extends { readonly type: string }>(
  command: C,
  context: ApiContext,
): Promise<C | undefined> {
  const given = command as C & { readonly agent?: ChatAgent; readonly to?: { readonly agent?: ChatAgent } }
  const agent = given.agent ?? given.to?.agent
  if (!agent) return command
  const { state } = await context.services.desk.read('agent', agent.id)
  if (state.status !== 'active') return undefined
  const named = { id: agent.id, name: state.profile.name }
  return given.agent ? { ...command, agent: named } : { ...command, to: { agent: named } }
}
