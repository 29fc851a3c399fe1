import { createHash } from 'node:crypto'
import type { InputFieldMap } from '@pothos/core'
import type { DomainEvent, Executed, IdentifiedSender, Outcome, Refusal, StreamCategory } from '@guichet/domain'
import { commandIdLength, commandIdPattern, id, messageOf, parseStream, refusal } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { actorOf } from '../auth/principal.ts'
import { edgeError } from '../errors.ts'
import type { ApiBuilder, SchemaTypes } from './builder.ts'
import { viewerOf } from './context.ts'
import type { ApiContext } from './services.ts'

/** A command as it comes from the edge: only the desk checks it. */
type Unchecked = { readonly type: string } & Readonly<Record<string, unknown>>

/**
 * Who sends a command, as the desk is told. Customers may expect no version: it also counts what the desk keeps to itself,
 * and a refusal would tell.
 */
export function senderOf(context: ApiContext, { commandId, expectedVersion }: CommandInput): IdentifiedSender {
  const viewer = viewerOf(context)
  if (expectedVersion != null && viewer.role === 'customer') {
    throw edgeError('forbidden', 'expectedVersion: customers are shown no versions')
  }
  return {
    by: actorOf(viewer),
    commandId: storedCommandId(viewer, commandId),
    ...(expectedVersion != null && { expectedVersion }),
  }
}

/** Sends a command to a stream and waits for the read models. */
export async function send(
  context: ApiContext,
  category: StreamCategory,
  id: string,
  command: Unchecked,
  input: CommandInput,
): Promise<CommandResult> {
  const sent = await namingMessage(command, id, context)
  const outcome = await context.services.desk.execute(category, id, sent as never, senderOf(context, input))
  return toCommandResult(outcome, context, category)
}

/** As `send`, to a ticket that the viewer may see; to customers an unknown and a foreign ticket are the same. */
export async function sendToTicket(
  context: ApiContext,
  input: CommandInput & { readonly ticketId: string },
  command: Unchecked,
): Promise<CommandResult> {
  const { ticketId } = input
  const maySee = context.services.ownership.maySee(viewerOf(context), ticketId)
  if (!(typeof maySee === 'boolean' ? maySee : await maySee)) return refused(refusal('ticket_not_found'))
  return send(context, 'ticket', ticketId, command, input)
}

/** The data of a command out of the input of its mutation: what GraphQL calls null was not given. */
export function commandData(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { ticketId: _, commandId: __, expectedVersion: ___, values, ...rest } = input
  return { ...withoutNullFields(rest), ...(Array.isArray(values) && { values: toRecord(values) }) }
}

function toRecord(values: readonly { readonly label: string; readonly value: string }[]): Record<string, string> {
  if (values.length > 100) throw edgeError('malformed_input', 'values: more than 100')
  return Object.fromEntries(values.map(({ label, value }) => [label, value]))
}

/** What a mutation answers with: either what became of the command or why the domain refused it. */
export type CommandResult = {
  /** The stream the command ended on: that of another ticket when a reply followed a merge. */
  readonly id: string | undefined
  readonly executed: Executed<DomainEvent> | undefined
  readonly userErrors: readonly Pick<Refusal, 'code' | 'message' | 'field'>[]
}

/** Answers as soon as a command is stored; what anybody reads here from now on is not older. */
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

/** The field of the input that an id of each category stands in. */
const idFields: Partial<Readonly<Record<StreamCategory, string>>> = {
  ticket: 'ticketId',
  agent: 'agentId',
  incident: 'incidentId',
}

/** A refusal of the desk with its field named as the input of the mutation names it. */
function asOfInput({ field, message, ...rest }: Refusal, category: StreamCategory): Refusal {
  const named = field === 'id' ? idFields[category] : field?.replace(/^(?:changes|profile)\./, '')
  const told = field !== undefined && message.startsWith(`${field}: `) ? message.slice(field.length) : undefined
  return {
    ...rest,
    message: told === undefined || named === undefined ? message : `${named}${told}`,
    ...(named !== undefined && named !== 'by' && { field: named }),
  }
}

/** What a mutation answers with that was refused before the desk was asked. */
export const refused = (refusal: Refusal): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: [refusal],
})

export type InputBuilder = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>

/** What every command brings besides its own data. */
export type CommandInput = { readonly commandId: string; readonly expectedVersion?: number | null | undefined }

/** The fields every input of a mutation has; `versioned` is what its version is of. */
export const commandFields = (t: InputBuilder, versioned: string) => ({
  commandId: t.id({
    required: true,
    description: 'Chosen by you; sending it again answers with the first outcome and changes nothing.',
  }),
  expectedVersion: t.int({
    description: `Refuses the command when ${versioned} is no longer at this version. Not for customers.`,
  }),
})

/** The id of what a command says. */
export const messageIdField = (t: InputBuilder) =>
  t.id({ description: 'Chosen by you, the command id unless given: what attachToTicket takes as messageId.' })

/** Makes the input type of a mutation, named after it. */
export function inputOf<F extends InputFieldMap>(
  builder: ApiBuilder,
  operation: string,
  fields: (t: InputBuilder) => F,
) {
  const name = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return builder.inputType(name, { fields })
}

type Sender = Pick<Principal, 'role' | 'id'>

/**
 * An id that stands for the one that a sender chose: always the same for the same sender, so that a repeat stays one, and
 * another for each of them. Nobody can guess it from the chosen id alone.
 */
export function derivedId(sender: Sender, chosen: string): string {
  const hash = hashOf(sender, chosen)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** As `derivedId`, with the chosen id before it, by which an auditor finds it again; without it where that is too long. */
function ownId(sender: Sender, chosen: string, isOne: (own: string) => boolean): string {
  const own = `${chosen}#${hashOf(sender, chosen).slice(0, 12)}`
  return isOne(own) ? own : derivedId(sender, chosen)
}

const hashOf = ({ role, id }: Sender, chosen: string): string =>
  createHash('sha256')
    .update(JSON.stringify([role, id, chosen]))
    .digest('hex')

/**
 * The id that a command is kept under. What customers choose is theirs alone: an id that the desk has used on hidden work
 * must not be refused to them. A malformed one is left for the desk to refuse.
 */
function storedCommandId(viewer: Principal, chosen: string): string {
  const isOne = (commandId: string): boolean => commandId.length <= commandIdLength && commandIdPattern.test(commandId)
  return viewer.role === 'customer' && isOne(chosen) ? ownId(viewer, chosen, isOne) : chosen
}

type Naming = { readonly type: string; readonly messageId?: unknown }

/** A command to a ticket that names its message as the ticket keeps it: a customer's own under an id that is theirs alone. */
async function namingMessage<C extends Naming>(command: C, ticketId: string, context: ApiContext): Promise<C> {
  const viewer = viewerOf(context)
  if (viewer.role !== 'customer' || command.messageId === undefined) return command
  const chosen = id.safeParse(command.messageId)
  if (!chosen.success) return command
  const own = ownId(viewer, chosen.data, (messageId) => id.safeParse(messageId).success)
  const isOwn = command.type !== 'attach' || (await holds(ticketId, own, context))
  return isOwn ? { ...command, messageId: own } : command
}

/** Whether a ticket holds a message. What is attached to any other is named as the conversation shows it. */
async function holds(ticketId: string, messageId: string, { services }: ApiContext): Promise<boolean> {
  const { state } = await services.desk.read('ticket', ticketId)
  return state.status !== 'absent' && messageOf(state.messages, messageId) !== undefined
}

/** An input without the fields that GraphQL calls null, which were not given, at whatever depth; what a list holds stays. */
export function withoutNullFields<T extends object>(input: T): WithoutNullFields<T> {
  return withoutNulls(input) as WithoutNullFields<T>
}

type WithoutNullFields<T> = { [K in keyof T]: NonNullable<T[K]> }

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field != null)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]))
}
