import type { IdentifiedSender, StreamCategory } from '@guichet/domain'
import { refusal } from '@guichet/domain'
import { actorOf } from '../../auth/index.ts'
import { edgeError } from '../../errors/index.ts'
import { keptCommandId, namingMessage } from './chosen-ids.ts'
import type { ApiContext } from '../schema/context.ts'
import { viewerOf } from '../schema/context.ts'
import { given } from '../schema/given.ts'
import type { CommandInput } from './command-input.ts'
import type { CommandResult } from './outcome.ts'
import { concluded, refused } from './outcome.ts'

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
    commandId: keptCommandId(viewer, commandId),
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
  return concluded(outcome, context, category)
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
  return { ...given(rest), ...(Array.isArray(values) && { values: toRecord(values) }) }
}

function toRecord(values: readonly { readonly label: string; readonly value: string }[]): Record<string, string> {
  if (values.length > 100) throw edgeError('malformed_input', 'values: more than 100')
  return Object.fromEntries(values.map(({ label, value }) => [label, value]))
}
