import type { ChatAgent, ChatEvent, ChatState, Outcome } from '@guichet/domain'
import {
  canSendChatTranscript,
  chatActionSchema,
  chatAgentSchema,
  chatAggregate,
  chatCardSchema,
  chatTransferTargetSchema,
  refusal,
  sharesChatsOf,
} from '@guichet/domain'
import { chatModels } from '@guichet/projections'
import { actorOf, isCustomer, personOf } from '../../auth/principal.ts'
import { operationOf } from '../../auth/rights.ts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { ChatView } from './chat.ts'
import { addChatType, chatView, loadChat, readChat } from './chat.ts'
import type { CommandResult } from '../command.ts'
import {
  commandFields,
  derivedId,
  firstMessageId,
  refused,
  send,
  senderOf,
  takeMessage,
  toCommandResult,
} from '../command.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { languageOfCustomer } from '../customer-language.ts'
import { alertCountsOf } from './customer-alerts.ts'
import type { AddPayload } from '../mutation.ts'
import { addCommandMutations, addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { withReach } from './transfer-target.ts'
import { addInputs } from '../inputs.ts'

/** Returns what adds the payload of a mutation of a chat. */
export const addChatPayload = ({ use }: SchemaParts): AddPayload =>
  use(addResultTypes).entityPayload('chat', use(addChatType), {
    models: chatModels,
    reached: 'Waits until lists of chats show the change to everybody; false if that takes too long.',
    description: 'The chat after the command.',
    read: writtenChat,
  })

/** Reads the records of the customers of a list: those that are asked for at once share a statement. */
async function listedCustomers({ read }: ApiContext) {
  const customers = await read('customers')
  return {
    read: async (_: 'customer', id: string) => {
      const [row] = await customers.byIds([id])
      return { state: row?.customer ?? ({ status: 'absent' } as const) }
    },
  }
}

/** Adds `chat`, and one mutation for every command of a chat that people send. */
export function addChatMutations({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const chat = use(addChatType)
  builder.queryField('chat', (t) =>
    t.field({
      type: chat,
      nullable: true,
      description: 'A chat by its id; null if there is none that you may see.',
      args: { id: t.arg.id({ required: true }) },
      resolve: (_, { id }, context) => loadChat(id, context),
    }),
  )
  use(addCanSendTranscript)

  inputs.object('ChatAgentInput', chatAgentSchema)
  inputs.object('ChatTransferTargetInput', chatTransferTargetSchema)
  inputs.object('ChatActionInput', chatActionSchema)
  inputs.object('ChatCardInput', chatCardSchema)
  inputs.pairs('ChatFact', chatAggregate.schemas.start.shape.context.unwrap(), 'name', 'value')
  use(addStartChat)
  use(addChatCommands)
}

/** Adds `Chat.canSendTranscript`. */
function addCanSendTranscript({ builder, use }: SchemaParts): void {
  const chat = use(addChatType)
  builder.objectField(chat, 'canSendTranscript', (t) =>
    t.boolean({
      description:
        'Whether the desk can send you, or its customer, the transcript now: see `sendChatTranscript`. It needs an address that it knows.',
      resolve: async ({ fromStream, then, ...row }, _, context) => {
        if (!context.services.sendsEmail || then) return false
        const viewer = viewerOf(context)
        const records = fromStream ? context.services.desk : await listedCustomers(context)
        const chat = fromStream ?? { ...row, transcripts: { count: row.transcripts } }
        if (seesOwnOnly(context) && !(await sharesChatsOf(records, viewer.id, chat.customer.id))) return false
        return canSendChatTranscript(records, chat, actorOf(viewer))
      },
    }),
  )
}

/** Adds `startChat`. */
function addStartChat({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const chatPayload = use(addChatPayload)
  addMutation(builder, inputs, 'startChat', {
    description: `${chatAggregate.descriptions.start} A second start returns the chat that the customer has.`,
    payload: chatPayload,
    schema: chatAggregate.schemas.start.partial({ customer: true }),
    fields: (t) => ({
      ...commandFields(t, 'the chat, 0 before it is started,'),
      chatId: t.id({
        description: 'The id of the new chat, derived from the command id unless given. Not for customers.',
      }),
    }),
    added: {
      customer: 'Customers start chats only for themselves.',
      plan: 'Not for customers.',
      priority: 'Not for customers.',
    },
    resolve: async ({ type: _type, ...data }, { chatId, ...input }, context) => {
      const viewer = viewerOf(context)
      const isOwn = isCustomer(viewer)
      if (isOwn) {
        const chosen = { ...data, chatId }
        for (const field of ['chatId', 'plan', 'priority'] as const) {
          if (chosen[field] != null) throw edgeError('forbidden', `input.${field}: customers do not choose it`)
        }
        if (data.customer && data.customer.id !== viewer.id)
          throw edgeError('forbidden', 'input.customer: customers act as themselves')
      }
      const customer = isOwn ? personOf(viewer) : data.customer
      if (!customer) return refused(refusal('invalid_command', { message: 'customer: is missing', field: 'customer' }))
      const plan = isOwn ? viewer.plan : data.plan
      const id = chatId ?? derivedId(viewer, input.commandId)
      const message = data.message && {
        ...data.message,
        messageId: isOwn ? firstMessageId(id, data.message.messageId) : data.message.messageId,
      }
      const language =
        data.language ?? (await languageOfCustomer(customer.id, context, isOwn ? context.acceptLanguage : undefined))
      const start = {
        ...data,
        customer,
        message,
        alerts: await alertCountsOf(viewer, customer.id, context),
        ...(plan !== undefined && { plan }),
        ...(language && { language }),
      }
      if (isOwn) takeMessage(context, 'start')
      return chatResult(await context.services.desk.startChat(id, start, senderOf(context, input)), context)
    },
  })
}

/** Adds one mutation for every command that people send to a chat after its start. */
function addChatCommands({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const chatPayload = use(addChatPayload)
  const { start: _start, ...operations } = operationOf.chat
  addCommandMutations(builder, inputs, {
    category: 'chat',
    definitions: chatAggregate,
    payload: chatPayload,
    operations,
    resolve: async (sentCommand, { id: chatId, type, ...input }, context) => {
      if (!(await readChat(chatId, context))) return refused(refusal('chat_not_found'))
      const viewer = viewerOf(context)
      const isOwn = isCustomer(viewer)
      if (isOwn ? countedOfCustomers.has(type) : type === 'send' || type === 'edit') takeMessage(context)
      if (type === 'reopen' && isOwn) takeMessage(context, 'start')
      // Agents send data of other systems by `sendLiveDataCard`, which asks those.
      if (sentCommand.type === 'send' && sentCommand.kind === 'card' && viewer.role !== 'service')
        return refused(refusal('chat_kind_not_allowed', { field: 'kind' }))
      const command = isOwn
        ? sentCommand
        : sentCommand.type === 'transfer'
          ? await withReach(chatId, sentCommand, context)
          : await withAgentNames(sentCommand, context)
      if (command === undefined) return refused(refusal('agent_not_found'))
      const { desk } = context.services
      const sender = () => senderOf(context, input)
      switch (command.type) {
        case 'accept':
          return chatResult(await desk.acceptChat(chatId, sender()), context)
        case 'reopen':
          return chatResult(await desk.reopenChat(chatId, sender()), context)
        case 'sendTranscript':
          if (!context.services.sendsEmail) return refused(refusal('email_off'))
          return chatResult(await desk.sendChatTranscript(chatId, sender()), context)
        case 'convert':
          return chatResult(await desk.convertChat(chatId, command.subject, sender()), context)
        default:
          return send(context, 'chat', chatId, command, input)
      }
    },
  })
}

/** What a customer's quota of messages counts: all that adds an event at will. */
const countedOfCustomers: ReadonlySet<string> = new Set(['send', 'edit', 'redact', 'choose', 'rate', 'requestCall'])

const chatResult = (outcome: Outcome<ChatEvent, ChatState>, context: ApiContext): CommandResult =>
  toCommandResult(outcome, context, 'chat')

/** The chat as a command left it, without another read if the outcome has its state. */
function writtenChat(
  id: string,
  context: ApiContext,
  executed: CommandResult['executed'],
): Promise<ChatView | undefined> | ChatView | undefined {
  if (!executed) return undefined
  const state = executed.state as ChatState | undefined
  return state && state.status !== 'absent' ? chatView(id, executed.version, state) : readChat(id, context)
}

/** A command with the names of the agents that it is about, from their profiles; undefined when there is no such agent. */
async function withAgentNames<C extends { readonly type: string }>(
  command: C,
  context: ApiContext,
): Promise<C | undefined> {
  type To = { readonly agent?: ChatAgent }
  const fields = command as C & { agent?: ChatAgent; to?: To; actions?: readonly { readonly transferTo?: To }[] }
  const targets = [fields.to, ...(fields.actions ?? []).map(({ transferTo }) => transferTo)]
  const ids = new Set([fields.agent, ...targets.map((to) => to?.agent)].flatMap((agent) => agent?.id ?? []))
  const agents = new Map<string, ChatAgent>()
  for (const id of ids) {
    const { state } = await context.services.desk.read('agent', id)
    if (state.status !== 'active') return undefined
    agents.set(id, { id, name: state.profile.name })
  }
  const named = (to: To): To => {
    const agent = to.agent && agents.get(to.agent.id)
    return agent ? { agent } : to
  }
  const { agent, to, actions } = fields
  return {
    ...command,
    ...(agent && { agent: agents.get(agent.id) }),
    ...(to && { to: named(to) }),
    ...(actions && {
      actions: actions.map((each) => (each.transferTo ? { ...each, transferTo: named(each.transferTo) } : each)),
    }),
  }
}
