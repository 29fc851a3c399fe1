import { createHash } from 'node:crypto'
import type {
  DomainEvent,
  Execution,
  IdentifiedSender,
  Outcome,
  Refusal,
  StreamCategories,
  StreamCategory,
  TicketCommandInput,
} from '@guichet/domain'
import { chatMessageOf, commandIdSchema, isId, messageOf, parseStream, refusal } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { actorOf, isCustomer } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import { viewerOf } from './context.ts'
import type { InputBuilder } from './inputs.ts'
import type { ApiContext, SentInChats } from './services.ts'
import { isTicketOfViewer, maySeeTicket, mayShare } from './shared-access.ts'

/**
 * Returns the sender of a command. Customers may not give an expected version: a version also counts internal events, which a
 * refusal would reveal.
 */
export function senderOf(context: ApiContext, { commandId, expectedVersion }: CommandInput): IdentifiedSender {
  const viewer = viewerOf(context)
  if (expectedVersion != null && isCustomer(viewer)) {
    throw edgeError('forbidden', 'expectedVersion: customers are shown no versions')
  }
  return {
    by: actorOf(viewer),
    commandId: storedCommandId(viewer, commandId),
    ...(expectedVersion != null && { expectedVersion }),
  }
}

/** Counts what the viewer sends in a chat. @throws `quota_exceeded`. */
export function takeMessage(context: ApiContext, sent?: SentInChats): void {
  const over = context.services.takeMessage(viewerOf(context), context.address, sent)
  if (over) throw over
}

/** Sends a command to a stream. */
export async function send<K extends StreamCategory>(
  context: ApiContext,
  category: K,
  id: string,
  command: StreamCategories[K]['command'],
  input: CommandInput,
): Promise<CommandResult> {
  const named = await namingMessage(command, category, id, context)
  const sent = category === 'chat' ? await namingAnswered(named, id, context) : named
  const outcome = await context.services.desk.execute(category, id, sent, senderOf(context, input))
  return toCommandResult(outcome, context, category)
}

/** As `send`, to a ticket that the viewer may see. Customers get the same answer for an unknown and a foreign ticket. */
export async function sendToTicket(
  context: ApiContext,
  input: CommandInput & { readonly ticketId: string },
  command: TicketCommandInput,
): Promise<CommandResult> {
  const { ticketId } = input
  const maySee = context.services.ownership.maySee(viewerOf(context), ticketId)
  const isOwn = typeof maySee === 'boolean' ? maySee : await maySee
  const isTheirs = isOwn || (await isTicketOfViewer(ticketId, context))
  if (!isTheirs && !(mayShare(command.type, context) && (await maySeeTicket(ticketId, context))))
    return refused(refusal('ticket_not_found'))
  return send(context, 'ticket', ticketId, command, input)
}

/** The result of a mutation: the outcome of the command, or why it was refused. */
export type CommandResult = {
  /** The id of the stream that the command was stored in: another ticket's when a reply followed a merge. */
  readonly id: string | undefined
  readonly executed: Execution<DomainEvent> | undefined
  readonly userErrors: readonly Pick<Refusal, 'code' | 'message' | 'field' | 'opensAt'>[]
}

/** Returns the result of a command as soon as it is stored. Later reads at this server show it. */
export function toCommandResult(
  outcome: Outcome,
  context: ApiContext,
  category: StreamCategory = 'ticket',
): CommandResult {
  if (!outcome.ok) return refused(asOfInput(outcome.refusal, category))
  const { position, stream } = outcome.value
  if (position !== undefined) context.services.acknowledged.written(position)
  context.reload(position)
  return { id: parseStream(stream).id, executed: outcome.value, userErrors: [] }
}

/** Renames the field of a refusal to that of the input of the mutation. */
function asOfInput({ field, message, ...rest }: Refusal, category: StreamCategory): Refusal {
  const named = field === 'id' ? `${category}Id` : field?.replace(/^(?:changes|profile)\./, '')
  const afterField = field !== undefined && message.startsWith(`${field}: `) ? message.slice(field.length) : undefined
  return {
    ...rest,
    message: afterField === undefined || named === undefined ? message : `${named}${afterField}`,
    ...(named !== undefined && named !== 'by' && { field: named }),
  }
}

/** The result of a mutation that was refused before its command reached the desk. */
export const refused = (refusal: Refusal): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: [refusal],
})

/** The fields that the input of every command has besides its data. */
export type CommandInput = { readonly commandId: string; readonly expectedVersion?: number | null | undefined }

/** Returns the fields of every input of a mutation; `versioned` names what the expected version belongs to. */
export const commandFields = (t: InputBuilder, versioned: string) => ({
  commandId: t.id({
    required: true,
    description: 'An id of your choice. Sending the same one again returns the first outcome and changes nothing.',
  }),
  expectedVersion: t.int({
    description: `Refuses the command when ${versioned} is no longer at this version. Not for customers.`,
  }),
})

type Sender = Pick<Principal, 'role' | 'id'>

/**
 * Derives an id from one that a sender chose. It is the same for each repeat by the same sender, and different for each sender. It
 * cannot be guessed from the chosen id alone.
 */
export function derivedId(sender: Sender, chosen: string): string {
  const hash = hashOf(sender, chosen)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** As `derivedId`, with the chosen id as a prefix for auditors to search by, unless that is too long. */
function ownId(sender: Sender, chosen: string, isOne: (text: string) => boolean): string {
  const candidate = `${chosen}#${hashOf(sender, chosen).slice(0, 12)}`
  return isOne(candidate) ? candidate : derivedId(sender, chosen)
}

const hashOf = ({ role, id }: Sender, chosen: string): string =>
  createHash('sha256')
    .update(JSON.stringify([role, id, chosen]))
    .digest('hex')

/**
 * Returns the id under which a command is stored. Each customer has a separate set of ids: an id that the desk has used for internal
 * work must not be refused to them. A malformed id is unchanged, for the desk to refuse.
 */
function storedCommandId(viewer: Principal, chosen: string): string {
  const isOne = (commandId: string): boolean => commandIdSchema.safeParse(commandId).success
  return isCustomer(viewer) && isOne(chosen) ? ownId(viewer, chosen, isOne) : chosen
}

type Naming = { readonly type: string; readonly messageId?: unknown }

/** Replaces the message id of a command by the stored one: messages of customers have derived ids. */
async function namingMessage<C extends Naming>(
  command: C,
  category: StreamCategory,
  streamId: string,
  context: ApiContext,
): Promise<C> {
  const viewer = viewerOf(context)
  const { messageId: chosen } = command
  if (!isCustomer(viewer) || typeof chosen !== 'string' || !isId(chosen) || command.type === 'choose') return command
  const sender = category === 'chat' ? customerOfChat(streamId) : viewer
  const toOwn = (text: string): string => ownId(sender, text, isId)
  if (toOwn(chosen.replace(/#[0-9a-f]{12}$/, '')) === chosen) return command
  const messageId = toOwn(chosen)
  const isOwn = command.type !== 'attach' || (await holds(streamId, messageId, context))
  return isOwn ? { ...command, messageId } : command
}

/** Replaces the id of the message that a customer answers by the stored one, if it is one of their own. */
async function namingAnswered<C extends Naming>(command: C, chatId: string, context: ApiContext): Promise<C> {
  const { inReplyTo } = command as { readonly inReplyTo?: unknown }
  if (!isCustomer(viewerOf(context)) || typeof inReplyTo !== 'string') return command
  const { state } = await context.services.desk.read('chat', chatId)
  if (state.status === 'absent' || chatMessageOf(state, inReplyTo)) return command
  const storedId = ownId(customerOfChat(chatId), inReplyTo, isId)
  return chatMessageOf(state, storedId) ? { ...command, inReplyTo: storedId } : command
}

/** A chat has one customer, whose messages keep their ids when they say who they are. */
const customerOfChat = (chatId: string): Sender => ({ role: 'customer', id: `chat-${chatId}` })

/** The stored id of the first message with which a customer starts a chat: that under which it would be sent later. */
export const firstMessageId = (chatId: string, chosen: string): string => ownId(customerOfChat(chatId), chosen, isId)

/** Whether a ticket contains a message. */
async function holds(ticketId: string, messageId: string, { services }: ApiContext): Promise<boolean> {
  const { state } = await services.desk.read('ticket', ticketId)
  return state.status !== 'absent' && messageOf(state.messages, messageId) !== undefined
}

/** Returns an input without fields that are null, in the objects and lists inside it too; the length of lists does not change. */
export const withoutNestedNulls = <T extends object>(input: T): WithoutNullFields<T> =>
  withoutNullsInside(input) as WithoutNullFields<T>

type WithoutNullFields<T> = { [K in keyof T]: NonNullable<T[K]> }

function withoutNullsInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullsInside)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field != null)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNullsInside(field)]))
}
